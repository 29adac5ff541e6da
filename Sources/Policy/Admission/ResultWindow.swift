import Wire

/// Successes and failures of the last stretch of time, in ten buckets that are reused in turn.
struct ResultWindow: Hashable, Sendable {
    private static let count = 10

    private var failures = [Int](repeating: 0, count: Self.count)
    private var totals = [Int](repeating: 0, count: Self.count)
    private let start: Instant
    private let step: Int64
    /// The number of the bucket in use, counted from the start.
    private var current: Int64 = 0

    init(length: Duration, now: Instant) {
        start = now
        step = max(length.nanoseconds / Int64(Self.count), 1)
    }

    mutating func add(isFailure: Bool, _ now: Instant) {
        advance(now)
        let index = Int(current % Int64(Self.count))
        totals[index] += 1
        if isFailure { failures[index] += 1 }
    }

    mutating func counts(_ now: Instant) -> (failures: Int, total: Int) {
        advance(now)
        return (failures.reduce(0, +), totals.reduce(0, +))
    }

    /// Empties the buckets whose time has passed.
    private mutating func advance(_ now: Instant) {
        let number = max((now - start).nanoseconds / step, current)
        for offset in 0..<min(number - current, Int64(Self.count)) {
            let index = Int((number - offset) % Int64(Self.count))
            failures[index] = 0
            totals[index] = 0
        }
        current = number
    }
}
