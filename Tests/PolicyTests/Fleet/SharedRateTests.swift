import Policy
import Testing
import Wire

struct SharedRateTests {
    private var rate = SharedRate(rate: 100)

    private func store(_ seconds: Double) -> StoreTime { StoreTime(microseconds: Int64(seconds * 1e6)) }

    private func reply(_ now: Double, _ granted: Int64, at: Double = 0, pause: Double = 0, kind: String = "") throws -> RateReply
    {
        let reply = RateReply(
            .array([
                .bulk(Array("rate".utf8)), .integer(store(now).microseconds), .integer(granted), .integer(store(at).microseconds),
                .integer(store(pause).microseconds), .bulk(Array(kind.utf8)),
            ]))
        return try #require(reply)
    }

    private mutating func chunk(_ key: String, waiting: Int, _ now: Instant) throws -> ScriptCall {
        let call = rate.chunk(key, waiting: waiting, now)
        return try #require(call)
    }

    private mutating func replied(_ reply: RateReply, _ now: Double) {
        rate.replied(reply, asked: .at(now), .at(now))
    }

    @Test mutating func `starts come from a chunk, and one is asked for at a time`() throws {
        #expect(rate.start(.at(0)) == .ask)
        let call = try chunk("r", waiting: 3, .at(0))
        #expect(call.arguments.map { String(decoding: $0, as: UTF8.self) } == ["3", "10000", "100"])
        #expect(rate.chunk("r", waiting: 3, .at(0)) == nil)
        replied(try reply(0, 3), 0.01)
        for _ in 0..<3 { #expect(rate.start(.at(0.02)) == .start) }
        #expect(rate.start(.at(0.02)) == .ask)
    }

    @Test mutating func `what is not used within a second lapses`() throws {
        _ = rate.chunk("r", waiting: 50, .at(0))
        replied(try reply(0, 50), 0)
        #expect(rate.start(.at(0.99)) == .start)
        #expect(rate.start(.at(1)) == .ask)
    }

    @Test mutating func `a chunk is no larger than what the last second needed`() throws {
        _ = rate.chunk("r", waiting: 40, .at(0))
        replied(try reply(0, 40), 0)
        for _ in 0..<40 { #expect(rate.start(.at(0.5)) == .start) }
        let next = try chunk("r", waiting: 1, .at(1.2))
        #expect(String(decoding: next.arguments[0], as: UTF8.self) == "40")
        replied(try reply(1.2, 40), 1.2)
        let later = try chunk("r", waiting: 1, .at(9))
        #expect(String(decoding: later.arguments[0], as: UTF8.self) == "1")
    }

    @Test mutating func `without a start to be had all wait until the store said, a second at most`() throws {
        _ = rate.chunk("r", waiting: 5, .at(0))
        replied(try reply(0, 0, at: 0.4), 0)
        #expect(rate.start(.at(0.1)) == .wait(until: .at(0.4)))
        #expect(rate.start(.at(0.4)) == .ask)
        _ = rate.chunk("r", waiting: 5, .at(0.4))
        replied(try reply(0.4, 0, at: 900), 0.4)
        #expect(rate.start(.at(0.5)) == .wait(until: .at(1.4)))
    }

    @Test mutating func `a pause that any member called for holds here, and no longer than a minute`() throws {
        _ = rate.chunk("r", waiting: 1, .at(0))
        replied(try reply(0, 0, at: 20, pause: 20, kind: "rate-limited"), 0.5)
        #expect(rate.start(.at(1)) == .wait(until: .at(20.5)))
        #expect(rate.pauses == ["rate-limited": 1])
        let call = rate.pause("r", for: .seconds(86_400), kind: "quota", .at(1))
        #expect(String(decoding: call.arguments[0], as: UTF8.self) == "60000000")
        #expect(rate.start(.at(2)) == .wait(until: .at(61)))
    }

    @Test mutating func `without the store starts are not limited here, but a pause still holds`() throws {
        rate.storeLost()
        #expect(rate.start(.at(0)) == .start)
        #expect(rate.chunk("r", waiting: 1, .at(0)) == nil)
        _ = rate.pause("r", for: .seconds(5), kind: "rate-limited", .at(0))
        #expect(rate.start(.at(1)) == .wait(until: .at(5)))
        rate.storeRegained()
        #expect(rate.start(.at(5)) == .ask)
    }

    @Test mutating func `a chunk that was requested before the store could be used is requested again`() {
        _ = rate.start(.at(0))
        let early = rate.chunk("r", waiting: 1, .at(0))
        rate.storeRegained()
        let call = rate.chunk("r", waiting: 1, .at(1))
        #expect(early != nil && call != nil)
    }

    @Test mutating func `without a rate one chunk a second tells of pauses`() throws {
        rate = SharedRate(rate: nil)
        #expect(!rate.isCheckDue(.at(0)))
        #expect(rate.start(.at(0)) == .start && rate.isCheckDue(.at(0)))
        _ = rate.chunk("r", waiting: 0, .at(0))
        #expect(rate.isPending && !rate.isCheckDue(.at(0)))
        replied(try reply(0, 1), 0)
        for _ in 0..<1000 { #expect(rate.start(.at(0.5)) == .start) }
        #expect(!rate.isCheckDue(.at(0.99)) && rate.isCheckDue(.at(1)))
        _ = rate.chunk("r", waiting: 0, .at(1))
        replied(try reply(1, 0, at: 3, pause: 3, kind: "quota"), 1)
        #expect(rate.start(.at(2)) == .wait(until: .at(3)))
        #expect(rate.pauses == ["quota": 1])
        // All that waited would start at once.
        #expect(rate.start(.at(3)) == .ask)
        _ = rate.chunk("r", waiting: 9, .at(3))
        replied(try reply(3, 1, at: 3), 3)
        for _ in 0..<9 { #expect(rate.start(.at(3.1)) == .start) }
    }

    @Test mutating func `while Zuora's quota is scarce starts are taken one by one, also without a rate`() throws {
        rate = SharedRate(rate: nil)
        _ = rate.start(.at(0))
        _ = rate.chunk("r", waiting: 0, .at(0))
        replied(try reply(0, 1, at: 0.5), 0)
        #expect(rate.start(.at(0.1)) == .start)
        #expect(rate.start(.at(0.1)) == .ask)
        _ = rate.chunk("r", waiting: 1, .at(0.1))
        replied(try reply(0.1, 0, at: 0.5), 0.1)
        #expect(rate.start(.at(0.2)) == .wait(until: .at(0.5)))
        #expect(rate.start(.at(0.5)) == .ask)
        _ = rate.chunk("r", waiting: 1, .at(0.5))
        replied(try reply(0.5, 1), 0.5)
        for _ in 0..<10 { #expect(rate.start(.at(0.6)) == .start) }
    }

    @Test mutating func `reasons of a pause that no member gives count as one`() throws {
        for number in 0..<1000 {
            let now = 10 * Double(number)
            _ = rate.chunk("r", waiting: 1, .at(now))
            replied(try reply(now, 0, at: now + 1, pause: now + 1, kind: ["quota", "concurrency", "\(number)"][number % 3]), now)
        }
        #expect(rate.pauses == ["quota": 334, "concurrency": 333, "rate-limited": 333])
    }

    @Test mutating func `a store that names a time in the past is not asked without end`() throws {
        _ = rate.chunk("r", waiting: 5, .at(10))
        replied(try reply(10, 0, at: 2), 10)
        #expect(rate.start(.at(10)) == .wait(until: .at(10.01)))
    }

    @Test func `a rate that is none is no limit`() {
        for value in [0, -1, .nan, .infinity] as [Double] {
            var rate = SharedRate(rate: value)
            let call = rate.chunk("r", waiting: 1, .at(0))
            #expect(call.map { String(decoding: $0.arguments[1], as: UTF8.self) } == "0")
        }
    }

    @Test func `members are counted by the store`() {
        #expect(MemberCount.read(.array([.bulk(Array("members".utf8)), .integer(1), .integer(12)])) == 12)
        #expect(MemberCount.read(.error([])) == nil)
        #expect(MemberCount.read(.array([.bulk(Array("members".utf8)), .integer(1), .integer(.max)])) == nil)
    }
}
