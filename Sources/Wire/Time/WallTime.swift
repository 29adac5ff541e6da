import CLinux

/// A point in calendar time (CLOCK_REALTIME, UTC), for log lines, `Date` and
/// `Retry-After`. Never for measuring durations, since it may jump.
public struct WallTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's reading.
    public static func now() -> WallTime { WallTime(nanoseconds: zg_wall_nanoseconds()) }

    /// The earliest and the latest time that 64-bit nanoseconds hold: in September 1677 and in April 2262.
    public static let earliest = WallTime(nanoseconds: .min)
    public static let latest = WallTime(nanoseconds: .max)

    /// From whole seconds since 1970; clamped to `earliest` and `latest`.
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

private let dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
private let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

extension WallTime {
    /// RFC 3339 in UTC with milliseconds: `2026-02-20T09:30:00.125Z`.
    public var rfc3339: String {
        var bytes: [UInt8] = []
        appendRFC3339(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `rfc3339` as ASCII, 24 bytes for the years 0 to 9999.
    public func appendRFC3339(to out: inout [UInt8]) {
        let date = CivilDate(secondsSince1970: seconds)
        out.appendDecimal(date.year, width: 4)
        out.append(0x2D)
        out.appendDecimal(date.month, width: 2)
        out.append(0x2D)
        out.appendDecimal(date.day, width: 2)
        out.append(0x54)
        out.appendTime(date)
        out.append(0x2E)
        out.appendDecimal(milliseconds, width: 3)
        out.append(0x5A)
    }

    /// IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    public var httpDate: String {
        let date = CivilDate(secondsSince1970: seconds)
        var out: [UInt8] = []
        out.append(contentsOf: dayNames[date.weekday].utf8)
        out.append(contentsOf: ", ".utf8)
        out.appendDecimal(date.day, width: 2)
        out.append(0x20)
        out.append(contentsOf: monthNames[date.month - 1].utf8)
        out.append(0x20)
        out.appendDecimal(date.year, width: 4)
        out.append(0x20)
        out.appendTime(date)
        out.append(contentsOf: " GMT".utf8)
        return String(decoding: out, as: UTF8.self)
    }

    /// Reads an HTTP-date in any of the three forms that a recipient must accept (RFC 9110 section 5.6.7): IMF-fixdate,
    /// RFC 850 (a two-digit year more than 50 years ahead of `now` is in the past), asctime.
    /// - Returns: nil if the text is none of them or names a date that does not exist. A date that 64-bit nanoseconds cannot hold
    ///   counts as the nearest that they can.
    public init?(httpDate text: some StringProtocol, now: WallTime) {
        let parts = String(text).split(omittingEmptySubsequences: true) { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        let date: CivilDate
        if parts.count == 6, parts[5] == "GMT", let day = Self.number(parts[1]), let month = monthNames.firstIndex(of: parts[2]),
            var year = Self.number(parts[3]), let time = Self.timeOfDay(parts[4])
        {
            if parts[3].count == 2 {
                let thisYear = CivilDate(secondsSince1970: now.seconds).year
                year += thisYear / 100 * 100
                if year > thisYear + 50 { year -= 100 }
            } else if parts[3].count != 4 {
                return nil
            }
            date = CivilDate(
                year: year, month: month + 1, day: day, hour: time.hour, minute: time.minute, second: time.second)
        } else if parts.count == 5, let month = monthNames.firstIndex(of: parts[1]), let day = Self.number(parts[2]),
            let time = Self.timeOfDay(parts[3]), parts[4].count == 4, let year = Self.number(parts[4])
        {
            date = CivilDate(
                year: year, month: month + 1, day: day, hour: time.hour, minute: time.minute, second: time.second)
        } else {
            return nil
        }
        guard date.isValid, (1...9999).contains(date.year) else { return nil }
        self.init(clampingSeconds: date.secondsSince1970)
    }

    private static func timeOfDay(_ text: String) -> (hour: Int, minute: Int, second: Int)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = number(parts[0]),
            let minute = number(parts[1]), let second = number(parts[2])
        else { return nil }
        return (hour, minute, second)
    }

    /// 1 to 4 digits, and no sign, which `Int` would take.
    private static func number(_ text: some StringProtocol) -> Int? {
        (1...4).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}

extension [UInt8] {
    fileprivate mutating func appendTime(_ date: CivilDate) {
        appendDecimal(date.hour, width: 2)
        append(0x3A)
        appendDecimal(date.minute, width: 2)
        append(0x3A)
        appendDecimal(date.second, width: 2)
    }
}
