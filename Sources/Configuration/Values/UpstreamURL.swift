import Glibc

/// `scheme://host[:port]` with or without a path, parsed strictly: no user, no query, no fragment, no white space.
struct UpstreamURL: Hashable {
    var scheme: String
    /// Lower case; an IPv6 address without its brackets.
    var host: String
    var port: UInt16?
    /// Empty, or beginning with `/`.
    var path: String

    enum Problem: Error, Hashable {
        case scheme, userInfo, host, port, path
    }

    init(_ text: String) throws(Problem) {
        guard let mark = text.firstRange(of: "://") else { throw .scheme }
        scheme = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        path = String(rest.dropFirst(authority.count))
        guard !authority.contains("@") else { throw .userInfo }
        let (host, port) = try Self.split(authority)
        self.host = host
        self.port = port
        guard path.isEmpty || path.hasPrefix("/"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != .hash })
        else { throw .path }
    }

    /// `host:port`, `host`, `[::1]:port` or `[::1]`.
    private static func split(_ authority: Substring) throws(Problem) -> (String, UInt16?) {
        let host: Substring
        let rest: Substring
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw .host }
            host = authority[authority.index(after: authority.startIndex)..<close]
            rest = authority[authority.index(after: close)...]
            guard HostName.isIPv6(String(host)) else { throw .host }
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority.dropFirst(host.count)
            guard HostName.isIPv4(String(host)) || HostName.isName(String(host)) else { throw .host }
        }
        if rest.isEmpty { return (host.lowercased(), nil) }
        guard rest.hasPrefix(":"), let port = portNumber(rest.dropFirst()), port > 0 else { throw .port }
        return (host.lowercased(), port)
    }

    var isLoopback: Bool { HostName.isLoopback(host) }

    /// Without the path.
    var origin: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(name)" + (port.map { ":\($0)" } ?? "")
    }
}

/// Digits alone, at most five: 0 to 65535.
func portNumber(_ text: some StringProtocol) -> UInt16? {
    (1...5).contains(text.utf8.count) && text.utf8.allSatisfy(\.isDigit) ? UInt16(text) : nil
}

/// A host of a URL or a listen address: an IPv4 address, an IPv6 address without its brackets, or a DNS name.
enum HostName {
    static func isIPv4(_ host: String) -> Bool {
        var address = in_addr()
        return unsafe inet_pton(AF_INET, host, &address) == 1
    }

    static func isIPv6(_ host: String) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET6, host, &address) == 1
    }

    /// Letters, digits, hyphens and underscores in labels of 1 to 63, 253 in all. The last label must not be a number, since parsers
    /// differ on such spellings of IPv4 addresses (`127.1`, `0x7f000001`).
    static func isName(_ host: String) -> Bool {
        let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last, !isNumber(last) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != .hyphen && label.utf8.last != .hyphen
                && label.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == .hyphen || $0 == .underscore }
        }
    }

    private static func isNumber(_ label: Substring) -> Bool {
        label.utf8.allSatisfy(\.isDigit) || label.hasPrefix("0x") && label.utf8.dropFirst(2).allSatisfy { $0.hexValue != nil }
    }

    /// 127.0.0.0/8, ::1 or `localhost`.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        if isIPv4(host) { return host.hasPrefix("127.") }
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, host, &address) == 1 else { return false }
        return unsafe withUnsafeBytes(of: &address) { unsafe $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
    }
}
