public import Policy

/// The destination of requests and its connection settings: created with the configuration, immutable, shared by all loops.
///
/// Connections belong to one target: an origin together with everything that TLS depends on (authorities, client certificate,
/// minimum version) and the proxy. Equal settings must share one target.
public final class UpstreamTarget: Sendable {
    public let settings: UpstreamSettings
    /// `https` or `http`.
    public let isTLS: Bool
    /// Without brackets, in lower case.
    public let host: String
    public let port: Int
    /// The host, with its port unless it is the scheme's default.
    public let authority: String
    let authorityBytes: [UInt8]
    /// The host with its port in any case.
    public var hostAndPort: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    /// The effective proxy: from the settings, or from the environment. Empty for none.
    let proxy: String
    /// The value of CURLOPT_URL: the base with the path `/`.
    let url: String
    /// The TLS credentials: shared by all loops.
    let credentials: TLSCredentials

    /// An invalid base URL.
    public struct InvalidURL: Error, Hashable, Sendable {
        public let url: String
    }

    /// - Parameter environment: the proxies to use if `settings.proxy` is nil.
    /// - Throws: `InvalidURL` unless the URL is `http[s]://host[:port]`, with at most a trailing `/`: no user, path or query.
    public init(_ settings: UpstreamSettings, environment: ProxyEnvironment = .none) throws(InvalidURL) {
        let url = settings.url.hasSuffix("/") ? String(settings.url.dropLast()) : settings.url
        let text: Substring
        if url.hasPrefix("https://") {
            isTLS = true
            text = url.dropFirst(8)
        } else if url.hasPrefix("http://") {
            isTLS = false
            text = url.dropFirst(7)
        } else {
            throw InvalidURL(url: settings.url)
        }
        guard let (host, port) = Self.split(text, defaultPort: isTLS ? 443 : 80) else { throw InvalidURL(url: settings.url) }
        self.settings = settings
        credentials = TLSCredentials(settings, isTLS: isTLS)
        self.host = host
        self.port = port
        let name = host.contains(":") ? "[\(host)]" : host
        self.authority = port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
        authorityBytes = Array(self.authority.utf8)
        self.url = url + "/"
        proxy = settings.proxy ?? environment.proxy(forHost: host, port: port, isTLS: isTLS) ?? ""
    }

    /// Host and port of an authority without user information (RFC 3986 section 3.2).
    private static func split(_ authority: Substring, defaultPort: Int) -> (String, Int)? {
        let isLiteral = authority.hasPrefix("[")
        let end: Substring.Index
        if isLiteral {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            end = authority.index(after: bracket)
        } else {
            end = authority.firstIndex(of: ":") ?? authority.endIndex
        }
        let host = isLiteral ? authority[..<end].dropFirst().dropLast() : authority[..<end]
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"): isLiteral
            default: false
            }
        }
        guard !host.isEmpty, allowed else { return nil }
        let rest = authority[end...]
        if rest.isEmpty { return (host.lowercased(), defaultPort) }
        guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65535).contains(port) else { return nil }
        return (host.lowercased(), port)
    }
}
