/// Where and how a tenant's data centre is reached.
public struct UpstreamSettings: Hashable, Sendable {
    /// `https://host[:port]`, or `http://` on loopback only; no path, no trailing slash.
    public var url: String
    /// Time for DNS, TCP and TLS together.
    public var connectTimeout: Duration = .seconds(5)
    /// Time from the request sent to the first byte of the answer; nil: only `timeout` bounds it.
    public var firstByteTimeout: Duration?
    /// How long an answer under way may stand still.
    public var stallTimeout: Duration = .seconds(60)
    /// The whole exchange, from accept to the last attempt's answer. Zuora itself gives up at 120 s.
    public var timeout: Duration = .seconds(130)
    /// PEM file of certificate authorities in place of the system's.
    public var caFile: String?
    /// PEM files of the client certificate and its key.
    public var clientCertificate: String?
    public var clientKey: String?
    /// Forward proxy URL; nil takes HTTPS_PROXY and NO_PROXY, read once at start.
    public var proxy: String?
    /// 1.2 or 1.3.
    public var minimumTLS = TLSVersion.tls12
    /// A pooled connection idle for longer is closed.
    public var idleTimeout: Duration = .seconds(60)
    /// A pooled connection older than this is not reused.
    public var maximumAge: Duration = .seconds(600)
    /// How long a resolved address is believed.
    public var dnsTTL: Duration = .seconds(60)

    public init(url: String) { self.url = url }

    public enum TLSVersion: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    public var isTLS: Bool { url.hasPrefix("https://") }
}
