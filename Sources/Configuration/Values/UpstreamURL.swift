import Policy

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
        "\(scheme)://\(bracketedHost)" + (port.map { ":\($0)" } ?? "")
    }

    /// As in a URL.
    var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }
}

/// A URL for a message, without its query, which may have a key.
func quotedURL(_ text: String) -> String {
    let shown = text.prefix { $0 != "?" && $0 != "#" }
    return quoted(shown.count == text.count ? text : shown + "?…")
}

/// Digits alone, at most five: 0 to 65535.
func portNumber(_ text: some StringProtocol) -> UInt16? {
    (1...5).contains(text.utf8.count) && text.utf8.allSatisfy(\.isDigit) ? UInt16(text) : nil
}
