import HeapModule
public import Wire

/// A timer that is cheap to reset: moving its deadline later, or cancelling it, is one store. The heap notices
/// at the old deadline.
public final class Timer {
    /// When it fires; `.distantFuture` while it is not set.
    public private(set) var deadline = Instant.distantFuture
    /// The timer's earliest entry in the heap.
    var queued = Instant.distantFuture

    private unowned let heap: TimerHeap
    private let action: () -> Void

    /// - Parameter action: called on the loop's thread, outside any Swift job.
    public init(_ heap: TimerHeap, action: @escaping () -> Void) {
        self.heap = heap
        self.action = action
    }

    /// Fires once, at `deadline` or in the loop's next iteration after it.
    public func schedule(at deadline: Instant) {
        self.deadline = deadline
        if deadline < queued {
            queued = deadline
            heap.insert(self, deadline)
        }
    }

    public func cancel() { deadline = .distantFuture }

    /// The heap's entry for `entry` is due: fires, or is reinserted if the deadline has moved.
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

/// A loop's timers, ordered by deadline. No thread, no descriptor: the loop asks for `next` and calls `fire`.
public final class TimerHeap {
    private struct Entry: Comparable {
        let deadline: Instant
        let timer: Timer
        static func < (a: Entry, b: Entry) -> Bool { a.deadline < b.deadline }
        static func == (a: Entry, b: Entry) -> Bool { a.deadline == b.deadline && a.timer === b.timer }
    }

    private var heap = Heap<Entry>()

    public init() {}

    /// When the loop must wake up at the latest: no timer fires earlier.
    public var next: Instant? { heap.min?.deadline }

    /// Entries, including cancelled ones that are not due yet.
    var count: Int { heap.count }

    func insert(_ timer: Timer, _ deadline: Instant) {
        heap.insert(Entry(deadline: deadline, timer: timer))
        if heap.count > sweepAt { sweep() }
    }

    /// Releases timers that are not set: a distant deadline would keep them until then.
    private func sweep() {
        var kept: [Entry] = []
        for entry in heap.unordered where entry.deadline == entry.timer.queued {
            if entry.timer.deadline == .distantFuture {
                entry.timer.queued = .distantFuture
            } else {
                kept.append(entry)
            }
        }
        heap = Heap(kept)
        // As many again may be added before scanning all of them is worthwhile.
        sweepAt = max(Self.smallest, 2 * heap.count)
    }

    private static let smallest = 1024
    private var sweepAt = smallest

    /// Fires every timer that is due. A timer that an action resets to a past time waits for the next call.
    public func fire(_ now: Instant) {
        var due: [Entry] = []
        while let first = heap.min, first.deadline <= now {
            due.append(first)
            heap.removeMin()
        }
        for entry in due { entry.timer.came(up: entry.deadline, now: now) }
    }
}
