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
