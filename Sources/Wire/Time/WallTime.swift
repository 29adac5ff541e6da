import CLinux

/// A point of calendar time (CLOCK_REALTIME, UTC). For what people and other machines read: log lines, `Date`,
/// `Retry-After`. Never for measuring a duration: it jumps.
public struct WallTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's reading.
    public static func now() -> WallTime { WallTime(nanoseconds: zg_wall_nanoseconds()) }

    /// The earliest and the latest time that 64-bit nanoseconds hold: in September 1677 and in April 2262.
    public static let earliest = WallTime(nanoseconds: .min)
    public static let latest = WallTime(nanoseconds: .max)

    /// From whole seconds since 1970; what lies outside counts as `earliest` or `latest`.
    init(clampingSeconds seconds: Int64) {
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = overflow ? (seconds < 0 ? .earliest : .latest) : WallTime(nanoseconds: nanoseconds)
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 { nanoseconds / 1_000_000_000 - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0) }

    /// The part of a second after `seconds`, in whole milliseconds: 0 to 999.
    public var milliseconds: Int {
        let rest = nanoseconds % 1_000_000_000
        return Int((rest < 0 ? rest + 1_000_000_000 : rest) / 1_000_000)
    }

    /// The time from `b` to `a`; negative when `a` is earlier. It saturates at about 292 years.
    public static func - (a: WallTime, b: WallTime) -> Duration {
        let (difference, overflow) = a.nanoseconds.subtractingReportingOverflow(b.nanoseconds)
        return .nanoseconds(overflow ? (a < b ? -Int64.max : Int64.max) : difference)
    }

    public static func < (a: WallTime, b: WallTime) -> Bool { a.nanoseconds < b.nanoseconds }
}
