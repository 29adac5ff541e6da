import Policy
import Wire

extension SplitMix64 {
    mutating func seconds(_ range: ClosedRange<Double>) -> Duration { .seconds(Double.random(in: range, using: &self)) }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
}

/// Events in the order of their times; those of one time in the order in which they were made.
struct VirtualTime<Event> {
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)
    private var heap: [(at: Instant, number: Int, event: Event)] = []
    private var number = 0

    mutating func schedule(_ event: Event, at: Instant) {
        number += 1
        heap.append((max(at, now), number, event))
        var child = heap.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func schedule(_ event: Event, after delay: Duration) { schedule(event, at: now + delay) }

    /// The next event not after `end`; nil, with the time at `end`, if nothing is due.
    mutating func next(until end: Instant) -> Event? {
        guard let first = heap.first, first.at <= end else {
            now = max(now, end)
            return nil
        }
        now = first.at
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) { least = child }
            guard least != parent else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return first.event
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool { (heap[a].at, heap[a].number) < (heap[b].at, heap[b].number) }
}

/// The store's machine and the way to it: a clock of its own, some latency, and what can go wrong.
struct StoreMachine {
    var model = StoreModel()
    /// Microseconds between this machine's clock and the members'.
    var offset: Int64 = 1_700_000_000_000_000
    var run = "run-1"

    mutating func run(_ call: ScriptCall, at now: Instant) -> RESPValue {
        model.run(call, wall: Int64(now.nanoseconds / 1000) + offset)
    }

    static func latency(_ random: inout SplitMix64) -> Duration {
        // Mostly quick, seldom slow, never beyond the time-out.
        random.chance(0.01) ? random.seconds(0.005...0.09) : random.seconds(0.0001...0.002)
    }
}
