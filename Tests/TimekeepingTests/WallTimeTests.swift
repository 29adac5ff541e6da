import Foundation
import Testing

@testable import Timekeeping

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
}
