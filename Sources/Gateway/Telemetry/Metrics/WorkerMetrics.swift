/// One worker's counters: plain memory of its own, without locks. Room grows with the tenants and routes that are really used.
///
/// Not Sendable on purpose: only its worker counts, and others get a `snapshot`.
public struct WorkerMetrics {
    private var counts = MetricsSnapshot()

    public init() {}

    /// Counts a request that is over: its outcome, its phases, its bytes, its retries, its gzip work.
    public mutating func record(_ record: borrowing AccessRecord) { counts.record(record) }

    public mutating func count(_ counter: WorkerCounter, _ amount: Int = 1) { counts.add(UInt64(clamping: amount), to: counter) }

    /// Retries and bytes are counted by `record`.
    public mutating func count(_ counter: TenantCounter, _ tenant: Label, _ amount: Int = 1) {
        counts.add(UInt64(clamping: amount), to: counter, slot: tenant.slot)
    }

    /// What was counted so far. Copied when the worker next counts something.
    public func snapshot(_ gauges: WorkerGauges) -> MetricsSnapshot {
        var snapshot = counts
        snapshot.gauges = gauges
        return snapshot
    }
}

@available(*, unavailable)
extension WorkerMetrics: Sendable {}

/// What is counted for a worker, whatever the tenant.
public enum WorkerCounter: Int, Sendable, CaseIterable {
    /// Connections that callers made.
    case clientConnections
    /// Connections that were closed at once, because there were too many.
    case clientConnectionsRefused
    case clientHandshakes
    case clientHandshakeFailures
    /// Connections that were cut before their handshake, because too many were under way.
    case clientHandshakesRefused
    /// Connections that were made to upstreams.
    case upstreamConnections
    case upstreamHandshakes
    case upstreamHandshakeFailures
    // Requests that were turned away because the gateway was at its own limits, by what was short.
    case shedForRequests
    case shedForMemory
    case shedForDescriptors
    case shedForEventLoop

    static let count = 12
}

/// What a worker has at the moment that its numbers are asked for.
public struct WorkerGauges: Sendable {
    /// Connections of callers that are open.
    public var clientConnections = 0
    /// Connections to upstreams that are open, idle ones included.
    public var upstreamConnections = 0
    /// The longest turn of the event loop within the last minute: how late the loop was at worst.
    public var longestTurn: Duration = .zero

    public init(clientConnections: Int = 0, upstreamConnections: Int = 0, longestTurn: Duration = .zero) {
        self.clientConnections = clientConnections
        self.upstreamConnections = upstreamConnections
        self.longestTurn = longestTurn
    }

    /// Sums of two workers; of their turns the longer one.
    mutating func merge(_ other: WorkerGauges) {
        clientConnections += other.clientConnections
        upstreamConnections += other.upstreamConnections
        longestTurn = max(longestTurn, other.longestTurn)
    }
}
