public import Wire

/// How long an exchange with an upstream may take. The time for connecting is the target's (`UpstreamTarget`).
public struct UpstreamLimits: Hashable, Sendable {
    /// The deadline of the exchange in any state.
    public var total: Instant
    /// From the end of the request to the response's head.
    public var firstByte: Duration?
    /// How long a response, or a request's content, may stall. Time during which the upstream waits for us is
    /// not counted.
    public var stall: Duration?

    public init(total: Instant, firstByte: Duration? = nil, stall: Duration? = nil) {
        self.total = total
        self.firstByte = firstByte
        self.stall = stall
    }

    public static let none = UpstreamLimits(total: .distantFuture)

    /// The limit that passed.
    public enum Kind: String, Sendable, CaseIterable { case connect, firstByte, stall, total }
}

/// Timings and sizes of an exchange with an upstream.
public struct UpstreamTimings: Hashable, Sendable {
    /// Durations of dialling, as measured by libcurl: from its start to a TCP connection, and of TLS. Zero if a connection was
    /// reused.
    public var connect: Duration = .zero
    public var tls: Duration = .zero
    /// From the start of the exchange to the first byte of the response; zero before that.
    public var firstByte: Duration = .zero
    /// Whether a connection was reused.
    public var isReused = false
    /// Bytes of the request accepted by the kernel or TLS: head, content and framing.
    public var bytesSent = 0
    /// Received bytes of the response: head, content and framing.
    public var bytesReceived = 0

    public init() {}
}
