import Policy
import Testing
import Wire

struct SharedStartsTests {
    private var starts = SharedStarts(key: "r", rate: 10)

    private func reply(_ now: Double, _ granted: Int64, at: Double = 0, pause: Double = 0, kind: String = "") throws -> RateReply
    {
        func micros(_ seconds: Double) -> RESPValue { .integer(Int64(seconds * 1e6)) }
        let reply = RateReply(
            .array([
                .bulk(Array("rate".utf8)), micros(now), .integer(granted), micros(at), micros(pause), .bulk(Array(kind.utf8)),
            ]))
        return try #require(reply)
    }

    /// The requests that start when the store replies.
    private mutating func replied(_ reply: RateReply, _ now: Double) -> [UInt64] {
        starts.replied(reply, asked: .at(now), .at(now))
        var granted: [UInt64] = []
        starts.advance(.at(now), granted: &granted)
        return granted
    }

    private mutating func acquire(_ ids: ClosedRange<UInt64>, at now: Double) -> [SharedStarts.Decision] {
        ids.map { starts.acquire($0, .at(now), patience: .seconds(10)) }
    }

    private mutating func step(_ now: Double) -> (notices: [[String]], chunk: [String], next: Instant?) {
        let step = starts.step(.at(now))
        return (step.notices.map(words), words(step.chunk), step.next)
    }

    private mutating func isDue(_ now: Double) -> Bool { starts.takeDue(.at(now)) }

    private func words(_ call: ScriptCall?) -> [String] { call?.arguments.map { String(decoding: $0, as: UTF8.self) } ?? [] }

    @Test mutating func `requests wait in order for a chunk, which is asked for once`() throws {
        #expect(acquire(1...4, at: 1) == Array(repeating: .queued, count: 4))
        #expect(isDue(1))
        #expect(!isDue(1))
        let step = step(1)
        #expect(step.chunk.first == "4" && step.next == nil)
        #expect(self.step(1.1).chunk == [])
        let some = try reply(1, 2, at: 1.5)
        #expect(replied(some, 1.1) == [1, 2])
        // Newcomers do not overtake.
        #expect(acquire(5...5, at: 1.2) == [.queued])
        #expect(self.step(1.2).chunk.first == "3")
        let none = try reply(1.2, 0, at: 1.5)
        #expect(replied(none, 1.2) == [])
        #expect(self.step(1.3).next == .at(1.5))
        let isGone = starts.cancel(3)
        #expect(isGone && starts.waiting == 2)
    }

    @Test mutating func `without a rate nothing waits, and one chunk a second tells of pauses`() throws {
        starts = SharedStarts(key: "r", rate: nil)
        #expect(!isDue(1))
        #expect(acquire(1...100, at: 1) == Array(repeating: .start, count: 100))
        #expect(isDue(1))
        #expect(step(1).chunk.first == "1")
        let one = try reply(1, 1)
        #expect(replied(one, 1) == [])
        #expect(acquire(1...100, at: 1.5) == Array(repeating: .start, count: 100))
        #expect(!isDue(1.5))
        #expect(acquire(1...1, at: 2.1) == [.start])
        #expect(isDue(2.1))
    }

    @Test mutating func `a pause that another member called for holds those that can wait, and refuses the others`() throws {
        starts = SharedStarts(key: "r", rate: nil)
        _ = acquire(1...1, at: 1)
        _ = starts.step(.at(1))
        _ = replied(try reply(1, 0, at: 6, pause: 6, kind: "rate-limited"), 1)
        #expect(acquire(2...3, at: 2) == [.queued, .queued])
        let decision = starts.acquire(4, .at(2), patience: .seconds(1))
        #expect(decision == .refused(AdmissionRefusal(.quota, retryAfter: .seconds(4))))
        #expect(step(2).next == .at(6))
        #expect(step(6).chunk.first == "1")
        let over = try reply(6, 1, at: 6)
        #expect(replied(over, 6) == [2, 3])
        #expect(starts.pauses == ["rate-limited": 1])
    }

    private static let refusals: [(quota: Bool, slots: Int?, retryAfter: Duration?, pause: Int, kind: String)] = [
        (false, nil, .seconds(3), 3_000_000, "rate-limited"), (false, nil, .seconds(120), 10_000_000, "rate-limited"),
        (false, nil, nil, 1_000_000, "rate-limited"), (false, 0, .seconds(120), 1_000_000, "concurrency"),
        (true, nil, nil, 20_000_000, "quota"),
    ]

    @Test(arguments: refusals)
    func `a 429 makes all members pause as long as its reason lasts`(
        _ case: (quota: Bool, slots: Int?, retryAfter: Duration?, pause: Int, kind: String)
    ) {
        var starts = SharedStarts(key: "r", rate: nil)
        var fields = RateLimitFields()
        if `case`.quota { (fields.remaining, fields.reset) = (0, .seconds(20)) }
        fields.concurrencyRemaining = `case`.slots
        starts.refused(fields, retryAfter: `case`.retryAfter, .at(1))
        let isDue = starts.takeDue(.at(1))
        let notices = starts.step(.at(1)).notices
        #expect(isDue && notices.map(words) == [["\(`case`.pause)", `case`.kind, "0", "0"]])
        // Calls that were in flight say the same.
        starts.refused(fields, retryAfter: `case`.retryAfter, .at(1.1))
        let more = starts.step(.at(1.1)).notices
        #expect(more.isEmpty)
        #expect(starts.pauses == [`case`.kind: 1])
    }

    @Test func `a quota that is gone makes all members pause as long as Retry-After says, if nothing says more`() {
        var starts = SharedStarts(key: "r", rate: nil)
        var fields = RateLimitFields()
        fields.remaining = 0
        starts.refused(fields, retryAfter: .seconds(30), .at(1))
        let notices = starts.step(.at(1)).notices
        #expect(notices.map(words) == [["30000000", "quota", "0", "0"]])
    }

    @Test func `a quota that is gone for hours is tried once a minute by all members together`() {
        var starts = SharedStarts(key: "r", rate: nil)
        var fields = RateLimitFields()
        (fields.remaining, fields.reset) = (0, .seconds(7200))
        starts.observe(fields, .at(1))
        let notices = starts.step(.at(1)).notices
        #expect(notices.map(words) == [["60000000", "quota", "60000000", "120000000"]])
    }

    @Test mutating func `the last tenth of a quota slows all members down`() {
        var fields = RateLimitFields()
        (fields.limit, fields.remaining, fields.reset) = (1000, 101, .seconds(50))
        starts.observe(fields, .at(1))
        #expect(step(1).notices == [])
        fields.remaining = 50
        starts.observe(fields, .at(1))
        starts.observe(fields, .at(1.5))
        #expect(step(1.5).notices == [["0", "quota", "1000000", "50000000"]])
        fields.remaining = 0
        starts.observe(fields, .at(2))
        #expect(step(2).notices == [["50000000", "quota", "0", "0"]])
        #expect(acquire(1...1, at: 3) == [.refused(AdmissionRefusal(.quota, retryAfter: .seconds(49)))])
    }

    @Test mutating func `without the store nothing waits, but a pause from here still holds`() {
        #expect(acquire(1...2, at: 1) == [.queued, .queued])
        starts.storeLost()
        var granted: [UInt64] = []
        starts.advance(.at(1), granted: &granted)
        #expect(granted == [1, 2])
        #expect(acquire(3...3, at: 2) == [.start])
        starts.refused(RateLimitFields(), retryAfter: .seconds(5), .at(2))
        #expect(acquire(4...4, at: 3) == [.queued])
    }
}
