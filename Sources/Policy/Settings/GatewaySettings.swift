/// The process as a whole: where it listens, how it starts and how it ends.
public struct GatewaySettings: Hashable, Sendable {
    public var listen: [ListenerSettings] = [.init(address: .tcp(host: "127.0.0.1", port: 8080, tls: false))]
    /// Health, metrics and status page; nil: none.
    public var admin: ListenAddress? = .tcp(host: "127.0.0.1", port: 9901, tls: false)
    /// For `tls:` listeners.
    public var tls: InboundTLSSettings?
    /// Event loops; nil: one for each processor that the process may use.
    public var workers: Int? = 1
    /// The field in which callers name their tenant.
    public var tenantHeader = "X-Zuora-Tenant"
    /// The tenant of a request that names none.
    public var defaultTenant: String?
    /// Names, in lower case, by which callers reach listeners on loopback, beside loopback's own and the configured addresses.
    public var hosts: [String] = []
    /// How long a SIGTERM waits for requests under way, counted from its coming.
    public var drain: Duration = .seconds(25)
    /// How long listeners go on accepting after a SIGTERM, so that whoever routes to them can take notice. Part of `drain`.
    public var minDrain: Duration = .zero
    /// Whether a listener that others than this machine reach is served although no caller is configured.
    public var trustNetwork = false
    /// Whether a SIGTERM that was drained ends the process with 0 rather than by the signal (143).
    public var exitZeroOnSigterm = false
    public var logLevel = LogLevel.info
    /// Whether the process gives up, by Landlock and seccomp, what it never needs; nothing happens where the kernel does not
    /// offer it.
    public var landlock = true
    public var seccomp = true

    public init() {}

    /// The levels of swift-log, by the same names.
    public enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }
}

/// What a caller may send and hold.
public struct LimitSettings: Hashable, Sendable {
    /// Bytes of a request head; more is a 431.
    public var head = 32 << 10
    /// Bytes of a request target; more is a 414.
    public var target = 8 << 10
    /// Field lines of a request; more is a 431.
    public var fields = 100
    /// Bytes of a request body; more is a 413.
    public var body = 16 << 20
    /// From the first byte of a request head, or a new connection, to its last.
    public var headTimeout: Duration = .seconds(10)
    /// How long a connection may stand idle between requests.
    public var idleTimeout: Duration = .seconds(75)
    /// Bytes a second that a request body must average; less is a 408.
    public var bodyRate = 1 << 10
    /// How long a caller may take no byte of an answer.
    public var writeStallTimeout: Duration = .seconds(30)
    /// Connections of callers at one time, over all workers.
    public var connections = 10_000
    /// Requests under way or waiting, of all tenants; further ones are refused with 503.
    public var requests = 10_000
    /// Bytes of bodies held at one time, of all requests; above, new requests are refused with 503.
    public var memory = 256 << 20
    /// How late an event loop may be before new requests are refused with 503.
    public var loopDelay: Duration = .seconds(2)

    public init() {}
}
