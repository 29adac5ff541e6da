import Wire

/// Counts calls in fixed windows of time that follow each other.
struct RateWindow: Hashable, Sendable {
    let length: Duration
    private var begin: Instant
    private(set) var count = 0

    init(length: Duration, now: Instant) {
        self.length = length
        begin = now
    }

    /// Counts a call, in a new window if the last one is over.
    mutating func add(now: Instant) {
        if now >= begin + length {
            let whole = (now - begin).nanoseconds / length.nanoseconds
            begin = begin + .nanoseconds(whole * length.nanoseconds)
            count = 0
        }
        count += 1
    }

    func remaining(of limit: Int) -> Int { max(0, limit - count) }

    /// Whole seconds until the window is over, at least 1.
    func secondsLeft(now: Instant) -> Int { max(1, Int((begin + length - now).seconds.rounded(.up))) }
}
