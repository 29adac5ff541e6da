import Synchronization

/// Completed traces on their way from the workers to the exporter: bounded, and never waited for.
final class TraceQueue: Sendable {
    /// Traces that may wait; further ones are dropped.
    static let limit = 4096

    private let waiting = Mutex<[FinishedTrace]>([])
    private let exported = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    /// Spans that a collector has accepted, and those that were lost.
    var exportedSpans: Int { exported.load(ordering: .relaxed) }
    var droppedSpans: Int { dropped.load(ordering: .relaxed) }

    func add(_ trace: FinishedTrace) {
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < Self.limit else { return false }
            waiting.append(trace)
            return true
        }
        if !isTaken { countDropped(trace.spanCount) }
    }

    /// Removes up to `count` traces, the oldest first.
    func take(_ count: Int) -> [FinishedTrace] {
        waiting.withLock { waiting in
            let batch = Array(waiting.prefix(count))
            waiting.removeFirst(batch.count)
            return batch
        }
    }

    func countExported(_ spans: Int) { exported.wrappingAdd(spans, ordering: .relaxed) }
    func countDropped(_ spans: Int) { dropped.wrappingAdd(spans, ordering: .relaxed) }
}
