public import Wire

/// A point in time on the store's clock, in microseconds since 1970, as in a script's reply. It is monotonic
/// per key, even if the clock of the store's machine is set back.
public struct StoreTime: Hashable, Comparable, Sendable {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func < (a: StoreTime, b: StoreTime) -> Bool { a.microseconds < b.microseconds }

    /// Later by `duration`, rounded down to the microsecond; saturates at both ends.
    public static func + (a: StoreTime, duration: Duration) -> StoreTime {
        let (sum, overflow) = a.microseconds.addingReportingOverflow(duration.microseconds)
        return StoreTime(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The time from `b` to `a`; saturates.
    public static func - (a: StoreTime, b: StoreTime) -> Duration {
        let (difference, overflow) = a.microseconds.subtractingReportingOverflow(b.microseconds)
        return .microseconds(overflow ? (a < b ? Int64.min / 1000 : Int64.max / 1000) : difference)
    }
}

extension Duration {
    /// Whole microseconds, rounded down; saturates.
    public var microseconds: Int64 {
        let nanoseconds = nanoseconds
        return nanoseconds >= 0 ? nanoseconds / 1000 : ~(~nanoseconds / 1000)
    }
}

/// The time in one reply: the store's clock showed `time` at some moment between `asked` and `received` on
/// the clock of this machine. Neither machine needs the time of day.
public struct StoreReading: Hashable, Sendable {
    public var time: StoreTime
    public var asked: Instant
    public var received: Instant

    public init(time: StoreTime, asked: Instant, received: Instant) {
        self.time = time
        self.asked = asked
        self.received = received
    }

    /// No later than the moment at which the store's clock shows `time`: for the validity of a lease or a token.
    public func earliest(_ time: StoreTime) -> Instant { asked + (time - self.time) }

    /// No earlier than that moment: for back-off.
    public func latest(_ time: StoreTime) -> Instant { received + (time - self.time) }

    /// At most the store's clock at `instant`: the expiry to publish for something valid until `instant`.
    public func storeTime(at instant: Instant) -> StoreTime { time + (instant - received) }
}
