import Policy
import Testing
import Wire

@Suite struct RetryFieldsTests {
    /// 2026-02-20T09:30:00Z
    static let now = WallTime(nanoseconds: 1_771_579_800_000_000_000)

    @Test(arguments: [
        ("0", 0), ("120", 120), ("86400", 86_400), ("86401", 86_400), ("99999999999999999999999999", 86_400),
        ("Fri, 20 Feb 2026 09:32:00 GMT", 120), ("Friday, 20-Feb-26 09:30:30 GMT", 30), ("Fri Feb 20 09:31:00 2026", 60),
        // Past, and far away.
        ("Mon, 01 Jan 0001 00:00:00 GMT", 0), ("Sat, 01 Jan 1600 00:00:00 GMT", 0),
        ("Sat, 12 Apr 2262 00:00:00 GMT", 86_400), ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Fri, 20 Feb 2026 09:29:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Fri, 20 Feb 2099 09:32:00 GMT", 86_400),
    ])
    func `Retry-After is seconds or a date, and bounded`(text: String, seconds: Int) {
        #expect(spanResult(text) { RetryAfter.parse($0, now: Self.now) } == .seconds(seconds))
    }

    @Test(arguments: [
        "", "-1", "1.5", "1s", "soon", " 1", "Fri, 31 Feb 2026 09:32:00 GMT", "Fri, 20 Feb 2026", "1\n", "é",
        String(repeating: "1", count: 65),
    ])
    func `anything else is as good as absent`(text: String) {
        #expect(spanResult(text) { RetryAfter.parse($0, now: Self.now) } == nil)
    }

    @Test(arguments: [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (120_000, 120), (-5, 1)])
    func `a wait is told in whole seconds, never too short`(milliseconds: Int, seconds: Int) {
        #expect(RetryAfter.seconds(.milliseconds(milliseconds)) == seconds)
    }

    private func fields(_ lines: [(FieldName, String, String)]) -> RateLimitFields {
        var fields = RateLimitFields()
        for (name, text, value) in lines {
            let (text, value) = (Array(text.utf8), Array(value.utf8))
            fields.read(name, nameBytes: text.span, value: value.span)
        }
        return fields
    }

    @Test func `Zuora's limits are read`() {
        let read = fields([
            (.rateLimitLimit, "RateLimit-Limit", "2250000, 50000;w=60, 2250000;w=3600, 27000000;w=86400"),
            (.rateLimitRemaining, "RateLimit-Remaining", "0"),
            (.rateLimitReset, "RateLimit-Reset", "17"), (.concurrencyLimitRemaining, "Concurrency-Limit-Remaining", "39"),
            (.other, "CONCURRENCY-limit-Limit", "40"), (.other, "Concurrency-Limit-Types", "7"),
            (.contentType, "Content-Type", "8"),
        ])
        #expect(read.limit == 2_250_000)
        #expect(read.remaining == 0)
        #expect(read.reset == .seconds(17))
        #expect(read.concurrencyRemaining == 39)
        #expect(read.concurrencyLimit == 40)
        #expect(read.quotaWait == .seconds(17))
    }

    @Test func `a quota of which something remains asks for no wait`() {
        let read = fields([(.rateLimitRemaining, "RateLimit-Remaining", "1"), (.rateLimitReset, "RateLimit-Reset", "17")])
        #expect(read.quotaWait == nil)
        #expect(fields([(.rateLimitRemaining, "RateLimit-Remaining", "0")]).quotaWait == nil)
    }

    @Test func `values that are no numbers are ignored`() {
        #expect(
            fields([
                (.rateLimitRemaining, "RateLimit-Remaining", "-1"), (.rateLimitReset, "RateLimit-Reset", "x"),
                (.rateLimitLimit, "RateLimit-Limit", ""),
            ]).isEmpty)
    }
}
