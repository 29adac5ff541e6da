import Wire

/// `scheme://host[:port]` with or without a path, parsed strictly: no user, no query, no fragment, no white space.
package struct UpstreamURL: Hashable {
    package let scheme: String
    /// Lower case; an IPv6 address without its brackets.
    package let host: String
    package let port: UInt16?
    /// Empty, or beginning with `/`.
    package var path: String

    package enum Problem: Error, Hashable {
        case scheme, userInfo, host, port, path
    }

    package init(_ text: String) throws(Problem) {
        // Looked for in the whole text: a slash in a password would end the authority.
        guard !text.contains("@") else { throw .userInfo }
        guard let mark = text.firstRange(of: "://") else { throw .scheme }
        scheme = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        path = String(rest.dropFirst(authority.count))
        let (host, port) = try Self.split(authority)
        self.host = host
        self.port = port
        guard path.isEmpty || path.hasPrefix("/"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
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

    package var isLoopback: Bool { HostName.isLoopback(host) }

    /// Without the path.
    package var origin: String { "\(scheme)://\(bracketedHost)" + (port.map { ":\($0)" } ?? "") }

    /// As in a URL.
    package var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }
}

/// Digits alone, at most five: 0 to 65535.
package func portNumber(_ text: some StringProtocol) -> UInt16? {
    (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 0x30 < 10 } ? UInt16(text) : nil
}
