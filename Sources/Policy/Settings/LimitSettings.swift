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
