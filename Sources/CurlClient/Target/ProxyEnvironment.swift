/// The forward proxies that the environment names, read once at start instead of by every request.
///
/// The variables are those that curl(1) knows; a lower-case name wins over its upper-case twin. `HTTP_PROXY` in upper case is not
/// read, since a CGI caller can set it. A host on loopback never goes through a proxy.
public struct ProxyEnvironment: Hashable, Sendable {
    /// For `https` and `http` upstreams; nil: connect directly.
    public var https: String?
    public var http: String?
    public var exceptions: NoProxyList

    public static let none = ProxyEnvironment([:])

    /// - Parameter environment: the process's variables.
    public init(_ environment: [String: String]) {
        func first(_ names: String...) -> String? {
            for name in names {
                if let value = environment[name], !value.isEmpty { return value }
            }
            return nil
        }
        https = first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        http = first("http_proxy", "all_proxy", "ALL_PROXY")
        exceptions = NoProxyList(first("no_proxy", "NO_PROXY") ?? "")
    }

    /// - Parameter host: in lower case, an IPv6 address without brackets.
    /// - Returns: the proxy's URL, or nil to connect directly.
    public func proxy(forHost host: String, port: Int, isTLS: Bool) -> String? {
        guard let proxy = isTLS ? https : http, !NoProxyList.loopback.contains(host, port: port) else { return nil }
        return exceptions.contains(host, port: port) ? nil : proxy
    }
}
