import CLinux

/// A point in monotonic time that includes suspended time (CLOCK_BOOTTIME), so that a machine woken from sleep does not
/// use a token that expired meanwhile.
///
/// Decisions take an `Instant` as a parameter; only I/O code calls `now()`.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since boot.
    public var nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The clock's reading.
    public static func now() -> Instant { Instant(nanoseconds: zg_boot_nanoseconds()) }

    /// A time that never comes.
    public static let distantFuture = Instant(nanoseconds: .max)

    @inlinable
    public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Later (or, with a negative duration, earlier) by `duration`; saturates at both ends.
    @inlinable
    public static func + (a: Instant, duration: Duration) -> Instant {
        let delta = duration.nanoseconds
        let (sum, overflow) =
            delta >= 0
            ? a.nanoseconds.addingReportingOverflow(UInt64(delta))
            : a.nanoseconds.subtractingReportingOverflow(delta.magnitude)
        return Instant(nanoseconds: overflow ? (delta >= 0 ? .max : 0) : sum)
    }

    @inlinable
    public static func - (a: Instant, duration: Duration) -> Instant { a + .nanoseconds(-duration.nanoseconds) }

    /// The time from `b` to `a`; negative when `a` is earlier.
    @inlinable
    public static func - (a: Instant, b: Instant) -> Duration {
        a >= b
            ? .nanoseconds(Int64(clamping: a.nanoseconds - b.nanoseconds))
            : .nanoseconds(-Int64(clamping: b.nanoseconds - a.nanoseconds))
    }
}

extension Duration {
    /// The whole duration in nanoseconds, saturating at about 292 years.
    @inlinable
    public var nanoseconds: Int64 {
        // One division, where `components` takes two and a multiplication of 128 bits each.
        max(Int64(clamping: attoseconds / 1_000_000_000), -Int64.max)
    }

    /// The duration in seconds.
    @inlinable
    public var seconds: Double { Double(nanoseconds) / 1e9 }
}
