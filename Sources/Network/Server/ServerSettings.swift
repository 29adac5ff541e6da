public import Wire

/// What a client may send and hold, and for how long.
public struct ServerSettings: Sendable {
    public var head = HeadLimits()
    /// Bytes of a request body, decoded from its framing; more is a 413.
    public var body = 16 << 20
    /// From the first byte of a head to its last; also how long a new connection may stay silent.
    public var headTimeout: Duration = .seconds(10)
    /// Between two requests on a connection.
    public var idleTimeout: Duration = .seconds(75)
    /// A body may take this long in any case …
    public var bodyGrace: Duration = .seconds(10)
    /// … and must then have kept up this rate, in bytes a second, so that a byte a second does not hold a slot.
    public var bodyRate = 256
    /// How long an answer under way may stand still because the client does not read.
    public var writeStall: Duration = .seconds(30)
    /// Open connections on all loops together; one more is answered with a 503 and closed.
    public var connections = 10_000
    /// Whether the connection that has been without a request the longest makes way for a new one when there are so many.
    public var replacesSilent = false
    /// How long a TLS handshake may take.
    public var handshakeTimeout: Duration = .seconds(10)
    /// TLS handshakes under way on one loop at a time; a connection beyond them is cut.
    public var handshakes = 512
    /// How long after the beginning of a drain an idle connection may still bring one more request, if the drain says nothing else.
    public var drainGrace: Duration = .seconds(1)
    /// How long the client of an idle connection that is being closed may take to close its side, too.
    public var linger: Duration = .milliseconds(500)
    /// Bytes of an unread request body that are read and dropped after the answer, to keep the connection.
    public var drainedBody = 64 << 10
    /// How long what still comes of a larger one is read and dropped before the connection is closed, at most `body` bytes: many
    /// clients read the response only once they have sent everything, and a reset would destroy it (RFC 9112 section 9.6).
    public var discardTime: Duration = .seconds(30)
    /// How long such a client may be silent.
    public var discardSilence: Duration = .seconds(5)
    /// How long a client is kept waiting while memory is short, before it, or another, is refused.
    public var memoryPatience: Duration = .seconds(1)

    public init() {}
}
