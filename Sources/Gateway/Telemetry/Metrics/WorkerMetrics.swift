/// One worker's counters: plain memory without locks. It grows with the tenants and routes in use.
///
/// Deliberately not Sendable: only its worker counts, others get a `snapshot`.
public struct WorkerMetrics {
    private var counts = MetricsSnapshot()

    public init() {}

    /// Counts a completed request: its outcome, its phases, its bytes, its retries, its gzip work.
    public mutating func record(_ record: borrowing AccessRecord) { counts.record(record) }

    public mutating func count(_ counter: WorkerCounter, _ amount: Int = 1) { counts.add(UInt64(clamping: amount), to: counter) }

    /// Retries and bytes are counted by `record`.
    public mutating func count(_ counter: TenantCounter, _ tenant: Label, _ amount: Int = 1) {
        counts.add(UInt64(clamping: amount), to: counter, slot: tenant.slot)
    }

    /// The counts so far. Copied on the worker's next write.
    public func snapshot(_ gauges: WorkerGauges) -> MetricsSnapshot {
        var snapshot = counts
        snapshot.gauges = gauges
        return snapshot
    }
}

@available(*, unavailable)
extension WorkerMetrics: Sendable {}

/// Counters of a worker, regardless of tenants.
public enum WorkerCounter: Int, Sendable, CaseIterable {
    /// Connections accepted from callers.
    case clientConnections
    /// Connections that were closed at once, because there were too many.
    case clientConnectionsRefused
    case clientHandshakes
    case clientHandshakeFailures
    /// Connections that were closed before their handshake, because too many were in progress.
    case clientHandshakesRefused
    /// Connections established to upstreams.
    case upstreamConnections
    case upstreamHandshakes
    case upstreamHandshakeFailures
    // Requests that were shed because the gateway was at its limits, by resource.
    case shedForRequests
    case shedForMemory
    case shedForDescriptors
    case shedForEventLoop

    static let count = 12
}

/// Gauges of a worker at the moment of the snapshot.
public struct WorkerGauges: Sendable {
    /// Open connections from callers.
    public var clientConnections = 0
    /// Open connections to upstreams, including idle ones.
    public var upstreamConnections = 0
    /// The longest iteration of the event loop within the last minute: the worst delay.
    public var longestTurn: Duration = .zero

    public init(clientConnections: Int = 0, upstreamConnections: Int = 0, longestTurn: Duration = .zero) {
        self.clientConnections = clientConnections
        self.upstreamConnections = upstreamConnections
        self.longestTurn = longestTurn
    }

    /// Sums of two workers; the longer of their iterations.
    mutating func merge(_ other: WorkerGauges) {
        clientConnections += other.clientConnections
        upstreamConnections += other.upstreamConnections
        noteTurn(of: other.longestTurn)
    }

    /// An iteration took at least this long.
    mutating func noteTurn(of time: Duration) { longestTurn = max(longestTurn, time) }
}
