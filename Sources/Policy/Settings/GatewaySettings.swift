/// Settings of the whole process: listeners, startup and shutdown.
public struct GatewaySettings: Hashable, Sendable {
    public var listen: [ListenerSettings] = [.init(address: .tcp(host: "127.0.0.1", port: 8080, tls: false))]
    /// Health, metrics and status page; nil: none.
    public var admin: ListenAddress? = .tcp(host: "127.0.0.1", port: 9901, tls: false)
    /// For `tls:` listeners.
    public var tls: InboundTLSSettings?
    /// Export of traces; nil: none.
    public var tracing: TracingSettings?
    /// Event loops; nil means one per processor available to the process.
    public var workers: Int? = 1
    /// The field that selects the tenant.
    public var tenantHeader = "X-Zuora-Tenant"
    /// The tenant of a request without one.
    public var defaultTenant: String?
    /// Names, in lower case, accepted in `Host` on loopback listeners, besides loopback's names and the configured addresses.
    public var hosts: [String] = []
    /// The path at which callers' listeners say whether the process can serve; nil: none.
    public var healthPath: String?
    /// How long the gateway waits for requests in flight after a SIGTERM.
    public var drain: Duration = .seconds(25)
    /// How long listeners keep accepting after a SIGTERM, so that load balancers can react. Part of `drain`.
    public var minDrain: Duration = .zero
    /// Whether a listener that other machines can reach is allowed without configured callers.
    public var trustNetwork = false
    /// Whether the exit code after a drain by SIGTERM is 0 instead of 143.
    public var exitZeroOnSigterm = false
    public var logLevel = LogLevel.info
    /// The format of both logs.
    public var logFormat = LogFormat.json
    /// Whether the process drops privileges that it does not need with Landlock and seccomp; no effect if the kernel does not
    /// support them.
    public var landlock = true
    public var seccomp = true

    public init() {}

    public enum LogFormat: String, Sendable, CaseIterable {
        /// One JSON object per line (docs/logging.md).
        case json
        /// The same with the names of the Elastic Common Schema.
        case ecs
        /// OTLP in JSON with the names of OpenTelemetry's semantic conventions.
        case otel
        /// For people.
        case text
    }

    /// The levels of swift-log, by the same names.
    public enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }
}

/// Limits on callers' requests and connections.
public struct LimitSettings: Hashable, Sendable {
    /// Bytes of a request head; more get a 431.
    public var head = 32 << 10
    /// Bytes of a request target; more get a 414.
    public var target = 8 << 10
    /// Field lines of a request; more get a 431.
    public var fields = 100
    /// Bytes of a request body; more get a 413.
    public var body = 16 << 20
    /// From the first byte of a request head, or a new connection, to its last.
    public var headTimeout: Duration = .seconds(10)
    /// How long a connection may be idle between requests.
    public var idleTimeout: Duration = .seconds(75)
    /// Minimum average rate of a request body in bytes per second; slower gets a 408.
    public var bodyRate = 1 << 10
    /// How long a caller may read nothing of a response.
    public var writeStallTimeout: Duration = .seconds(30)
    /// Concurrent connections from callers, over all workers.
    public var connections = 10_000
    /// Requests in flight or waiting, of all tenants; further ones are refused with 503.
    public var requests = 10_000
    /// Buffered bytes of bodies of all requests; above it, new requests are refused with 503.
    public var memory = 256 << 20
    /// How far an event loop may lag before new requests are refused with 503.
    public var loopDelay: Duration = .seconds(2)

    public init() {}
}
