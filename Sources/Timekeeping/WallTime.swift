import CLinux

/// A point of calendar time (CLOCK_REALTIME, UTC). For what people and other machines read: log lines, `Date`,
/// `Retry-After`. Never for measuring a duration: it jumps.
public struct WallTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's reading.
    public static func now() -> WallTime { WallTime(nanoseconds: zg_wall_nanoseconds()) }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 { nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds - 999_999_999) / 1_000_000_000 }

    public static func < (a: WallTime, b: WallTime) -> Bool { a.nanoseconds < b.nanoseconds }
}
