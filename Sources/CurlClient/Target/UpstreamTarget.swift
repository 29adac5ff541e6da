/// Where requests go and how: prepared when the configuration is loaded, immutable, shared by all loops.
///
/// Connections are shared between targets only if they agree in address and in everything that TLS depends on (CAs, client
/// certificate, version), which libcurl compares itself.
public final class UpstreamTarget: Sendable {
    public let settings: Settings
    /// `https` or `http`.
    public let isTLS: Bool
    public var offersHTTP2: Bool { isTLS && settings.http2 }
    /// Without brackets, in lower case.
    public let host: String
    public let port: Int
    /// The host, with its port unless that is the scheme's own.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
    /// The proxy in force: the settings' own, or the environment's. Empty for none.
    let proxy: String
    /// What libcurl is given as CURLOPT_URL: the base with the path `/`. Requests replace the path (CURLOPT_REQUEST_TARGET).
    let url: String

    public struct Settings: Hashable, Sendable {
        /// `scheme://host[:port]`, `http` or `https`.
        public var url: String
        /// DNS, TCP and TLS together. Milliseconds count.
        public var connectTimeout: Duration = .seconds(5)
        /// Whether HTTP/2 is offered by ALPN. Never without TLS.
        public var http2 = true
        /// PEM file of certificate authorities in place of the system's.
        public var caFile: String?
        /// PEM files.
        public var clientCertificate: String?
        public var clientKey: String?
        /// A forward proxy's URL; empty for none; nil for what the environment says.
        public var proxy: String?
        public var minimumTLS = TLSVersion.tls12
        /// A pooled connection idle for longer is not used again. Whole seconds count.
        public var idleTimeout: Duration = .seconds(60)
        /// A pooled connection older than this is not used again. Whole seconds count; zero: no limit.
        public var maximumAge: Duration = .seconds(600)
        /// How long a resolved address is believed. Whole seconds count.
        public var dnsTTL: Duration = .seconds(60)

        public init(url: String) { self.url = url }
    }

    public enum TLSVersion: String, Sendable { case tls12, tls13 }

    /// A base URL that is none.
    public struct InvalidURL: Error, Hashable, Sendable {
        public let url: String
    }

    /// - Parameter environment: the proxies to use where `settings.proxy` is nil.
    /// - Throws: `InvalidURL` unless the URL is `http[s]://host[:port]`, with at most a `/` behind it: no user, path or query.
    public init(_ settings: Settings, environment: ProxyEnvironment = .none) throws(InvalidURL) {
        let url = settings.url.hasSuffix("/") ? String(settings.url.dropLast()) : settings.url
        let authority: Substring
        if url.hasPrefix("https://") {
            isTLS = true
            authority = url.dropFirst(8)
        } else if url.hasPrefix("http://") {
            isTLS = false
            authority = url.dropFirst(7)
        } else {
            throw InvalidURL(url: settings.url)
        }
        guard let (host, port) = Self.split(authority, defaultPort: isTLS ? 443 : 80) else { throw InvalidURL(url: settings.url) }
        self.settings = settings
        self.host = host
        self.port = port
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
