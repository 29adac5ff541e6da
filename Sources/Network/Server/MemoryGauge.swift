import CLinux
import Synchronization

/// What is held in memory for clients, on all loops together, and how much that may be: input that is not handled yet, and bodies.
public final class MemoryGauge: Sendable {
    /// A fall from at least this much to its half is worth a walk over the heap.
    private static let worthReturning = 64 << 20

    private let bytes = Atomic<Int>(0)
    private let most = Atomic<Int>(.max)
    /// The most that was held since free memory was last given back to the system.
    private let peak = Atomic<Int>(0)

    public init(limit: Int = .max) { self.limit = limit }

    /// Bytes; what is held may exceed it by what is read at a time.
    public var limit: Int {
        get { most.load(ordering: .relaxed) }
        set { most.store(newValue, ordering: .relaxed) }
    }

    /// Bytes held now.
    public var used: Int { bytes.load(ordering: .relaxed) }

    public var isExhausted: Bool { used >= limit }

    /// Counts bytes that are held, or, where `change` is negative, no longer held.
    public func add(_ change: Int) {
        let now = bytes.wrappingAdd(change, ordering: .relaxed).newValue
        guard change < 0 else {
            peak.max(now, ordering: .relaxed)
            return
        }
        let highest = peak.load(ordering: .relaxed)
        guard highest >= Self.worthReturning, now <= highest / 2 else { return }
        // One loop alone does it.
        if peak.compareExchange(expected: highest, desired: now, ordering: .relaxed).exchanged { zg_trim_heap() }
    }
}
