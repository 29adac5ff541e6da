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
        guard let base = try? UpstreamURL(settings.url), ["", "/"].contains(base.path), ["http", "https"].contains(base.scheme)
        else {
            throw InvalidURL(url: settings.url)
        }
        self.settings = settings
        isTLS = base.scheme == "https"
        host = base.host
        let usualPort: UInt16 = isTLS ? 443 : 80
        port = Int(base.port ?? usualPort)
        authority = port == usualPort ? base.bracketedHost : "\(base.bracketedHost):\(port)"
        authorityBytes = Array(authority.utf8)
        url = base.origin + "/"
        credentials = TLSCredentials(settings, isTLS: isTLS)
        proxy = settings.proxy ?? environment.proxy(forHost: host, port: port, isTLS: isTLS) ?? ""
    }
}
