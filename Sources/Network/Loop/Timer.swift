public import Wire

/// A timer that can be set again and again cheaply: moving its deadline later, or cancelling it, is one store. The heap finds out
/// when the old deadline comes.
public final class Timer {
    /// When it fires; `.distantFuture` while it is not set.
    public private(set) var deadline = Instant.distantFuture
    /// The earliest entry that the heap holds for this timer.
    var queued = Instant.distantFuture

    private unowned let heap: TimerHeap
    private let action: () -> Void

    /// - Parameter action: called on the loop's thread, outside any Swift job.
    public init(_ heap: TimerHeap, action: @escaping () -> Void) {
        self.heap = heap
        self.action = action
    }

    /// Fires once, at `deadline` or as soon after as the loop turns.
    public func schedule(at deadline: Instant) {
        self.deadline = deadline
        if deadline < queued {
            queued = deadline
            heap.insert(self, deadline)
        }
    }

    public func cancel() { deadline = .distantFuture }

    /// The heap's entry for `entry` came up: fires, or goes back into the heap if the deadline has moved.
    func came(up entry: Instant, now: Instant) {
        guard entry == queued else { return }
        queued = .distantFuture
        if deadline <= now {
            deadline = .distantFuture
            action()
        } else if deadline != .distantFuture {
            queued = deadline
            heap.insert(self, deadline)
        }
    }
}
