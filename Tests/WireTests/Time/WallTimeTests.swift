import Foundation
import Testing

@testable import Wire

@Suite struct WallTimeTests {
    let now = WallTime(nanoseconds: 1_790_000_000 * 1_000_000_000)

    @Test func `an HTTP date is written as IMF-fixdate`() {
        #expect(WallTime(nanoseconds: 784_111_777 * 1_000_000_000).httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `all three forms of an HTTP date are read`(text: String) {
        #expect(WallTime(httpDate: text, now: now)?.seconds == 784_111_777)
    }

    @Test(arguments: [
        "", "soon", "Sun, 31 Feb 2026 00:00:00 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 199 08:49:37 GMT", "Sun, 06 Non 1994 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 +8:49:37 GMT", "Sunday, 06-Nov-+4 08:49:37 GMT", "Sun Nov +6 08:49:37 1994",
        "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 99999999999999999999 Nov 1994 08:49:37 GMT",
    ])
    func `a date that is none of the forms or does not exist is refused`(text: String) {
        #expect(WallTime(httpDate: text, now: now) == nil)
    }

    @Test func `RFC 3339 text agrees with Foundation over four centuries`() throws {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
        for seconds in stride(from: Int64(-2_000_000_000), to: 10_000_000_000, by: 86_400 * 13 + 3_601) {
            let ours = WallTime(nanoseconds: seconds &* 1_000_000_000 &+ 125_000_000)
            guard abs(seconds) < 9_000_000_000 else { continue }
            #expect(ours.rfc3339 == (Date(timeIntervalSince1970: Double(seconds) + 0.125)).formatted(style))
        }
    }

    @Test(arguments: [
        ("Mon, 01 Jan 0001 00:00:00 GMT", WallTime.earliest), ("Sat, 01 Jan 1600 00:00:00 GMT", .earliest),
        ("Tue, 21 Sep 1677 00:12:43 GMT", .earliest), ("Sat, 12 Apr 2262 00:00:00 GMT", .latest),
        ("Fri, 31 Dec 9999 23:59:60 GMT", .latest), ("Fri Dec 31 23:59:59 9999", .latest),
        ("Fri, 11 Apr 2262 23:47:16 GMT", WallTime(nanoseconds: 9_223_372_036_000_000_000)),
    ])
    func `a date beyond 64-bit nanoseconds is read as the nearest that they hold`(text: String, time: WallTime) {
        #expect(WallTime(httpDate: text, now: now) == time)
    }

    @Test func `every day of all years that an HTTP date can name is read`() {
        for days in stride(from: Int64(-719_162), through: 2_932_896, by: 97) {
            let date = CivilDate(secondsSince1970: days * 86400)
            let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][date.month - 1]
            let (year, day) = ("\(10_000 + date.year)".dropFirst(), "\(100 + date.day)".dropFirst())
            let read = WallTime(httpDate: "Mon, \(day) \(month) \(year) 00:00:00 GMT", now: now)
            #expect(read == WallTime(clampingSeconds: days * 86400), "\(year)-\(date.month)-\(day)")
        }
    }

    @Test(arguments: [
        (WallTime.earliest, Int64(-9_223_372_037), "1677-09-21T00:12:43.145Z"),
        (.latest, 9_223_372_036, "2262-04-11T23:47:16.854Z"),
        (WallTime(nanoseconds: -1), -1, "1969-12-31T23:59:59.999Z"), (WallTime(nanoseconds: 0), 0, "1970-01-01T00:00:00.000Z"),
        (WallTime(nanoseconds: -1_000_000_000), -1, "1969-12-31T23:59:59.000Z"),
    ])
    func `seconds and text are right from end to end`(time: WallTime, seconds: Int64, text: String) {
        #expect(time.seconds == seconds)
        #expect(time.rfc3339 == text)
    }

    @Test func `the time between two times of day saturates instead of trapping`() {
        #expect(WallTime.latest - .earliest == .nanoseconds(Int64.max))
        #expect(WallTime.earliest - .latest == .nanoseconds(-Int64.max))
        #expect(WallTime.earliest - now == .nanoseconds(-Int64.max))
        #expect(WallTime(nanoseconds: 5) - WallTime(nanoseconds: 7) == .nanoseconds(-2))
    }
}
