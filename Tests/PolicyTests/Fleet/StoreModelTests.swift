import FleetModel
import Policy
import Testing

/// What the scripts do, shown on their model, which Tests/Conformance/fleet holds against real servers.
struct StoreModelTests {
    private var store = StoreModel()
    private var now: Int64 = 1_000_000_000_000
    private let second: Int64 = 1_000_000

    private mutating func ask(_ member: String, known: Int64? = nil, rejected: Bool = false, waits: Bool = true) throws
        -> TokenQuestion.Reply
    {
        let question = TokenQuestion(member: member, known: known, rejected: rejected, isAwaited: waits)
        let reply = TokenQuestion.Reply(store.run(question.call("c"), wall: now))
        return try #require(reply)
    }

    private mutating func publish(_ fence: Int64, life: Int64 = 3600) -> RESPValue {
        let facts = TokenRecordFacts(
            generation: fence, expiry: StoreTime(microseconds: now + life * second),
            refresh: StoreTime(microseconds: now + life / 2 * second))
        return store.run(facts.publication("c", sealed: [1, 2, 3]), wall: now)
    }

    private func word(_ reply: RESPValue) -> String {
        guard case .array(let parts) = reply, case .bulk(let word)? = parts.first else { return "" }
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func fetched(_ member: String) throws -> Int64 {
        guard case .fetch(_, let fence, _) = try ask(member) else { return 0 }
        #expect(word(publish(fence)) == "published")
        return fence
    }

    @Test mutating func `one member fetches and the others wait for it`() throws {
        guard case .fetch(_, let fence, true) = try ask("a") else { return #expect(Bool(false)) }
        guard case .wait = try ask("b") else { return #expect(Bool(false)) }
        #expect(word(publish(fence)) == "published")
        guard case .token(_, let facts, [1, 2, 3]) = try ask("b") else { return #expect(Bool(false)) }
        #expect(facts.generation == fence)
    }

    @Test mutating func `a fetcher that was too slow cannot publish over its successor`() throws {
        guard case .fetch(_, let first, _) = try ask("a") else { return #expect(Bool(false)) }
        now += 11 * second
        guard case .fetch(_, let second, _) = try ask("b") else { return #expect(Bool(false)) }
        #expect(second > first)
        #expect(word(publish(first)) == "refused")
        #expect(word(publish(second)) == "published")
    }

    @Test mutating func `of many rejections of one token the first counts, and an older one gets the successor`() throws {
        let first = try fetched("a")
        guard case .fetch(_, let second, _) = try ask("a", known: first, rejected: true) else { return #expect(Bool(false)) }
        guard case .wait = try ask("b", known: first, rejected: true) else { return #expect(Bool(false)) }
        _ = publish(second)
        guard case .token(_, let facts, _) = try ask("b", known: first, rejected: true) else { return #expect(Bool(false)) }
        #expect(facts.generation == second)
    }

    @Test mutating func `fresh tokens that are rejected again and again are fetched ever more rarely`() throws {
        var known = try fetched("a")
        var waits: [Int64] = []
        for _ in 0..<6 {
            let rejected = now
            var reply = try ask("a", known: known, rejected: true)
            if case .hold(_, let until, let kind) = reply {
                #expect(kind == "rejected")
                now = until.microseconds
                reply = try ask("a", known: known)
            }
            guard case .fetch(_, let fence, _) = reply else { return #expect(Bool(false), "\(reply)") }
            waits.append((now - rejected) / second)
            _ = publish(fence)
            known = fence
        }
        #expect(waits == [0, 10, 20, 40, 60, 60])
    }

    @Test mutating func `a failure holds all members off`() throws {
        guard case .fetch(_, let fence, _) = try ask("a") else { return #expect(Bool(false)) }
        let call = TokenRecordFacts.failure("c", fence: fence, delay: .seconds(20), kind: "rate-limited")
        #expect(word(store.run(call, wall: now)) == "noted")
        guard case .hold(_, let until, "rate-limited") = try ask("b") else { return #expect(Bool(false)) }
        #expect(until.microseconds == now + 20 * second)
        now += 20 * second
        guard case .fetch = try ask("b") else { return #expect(Bool(false)) }
    }

    @Test mutating func `calls that requests wait for go before the others, which take half`() throws {
        func turn(_ isAwaited: Bool) throws -> Bool {
            let turn = TokenTurn(store.run(TokenTurn.call("e", isAwaited: isAwaited), wall: now))
            return try #require(turn).isGranted
        }
        var ahead = 0
        while try turn(false) { ahead += 1 }
        #expect(ahead == 10)
        var awaited = 0
        while try turn(true) { awaited += 1 }
        // Ten more at once, and those that may be reserved in advance.
        #expect(awaited == 16)
        let another = try turn(false)
        #expect(!another)
    }

    @Test mutating func `a pause that one member calls for holds for all, and a scarce quota slows all down`() throws {
        var rate = SharedRate(rate: 1000)
        func take(_ want: Int) throws -> RateReply {
            let reply = RateReply(store.run(ScriptCall(.rate, keys: ["r"], ["\(want)", "1000", "1000"]), wall: now))
            return try #require(reply)
        }
        func expect(_ want: Int, _ granted: Int) throws {
            let reply = try take(want)
            #expect(reply.granted == granted)
        }
        try expect(10, 10)
        _ = store.run(rate.pause("r", for: .seconds(5), kind: "rate-limited", .at(0)), wall: now)
        let paused = try take(10)
        #expect(paused.granted == 0 && paused.kind == "rate-limited")
        now += 6 * second
        _ = store.run(rate.pause("r", for: .zero, kind: "", pace: (.seconds(2), .seconds(60)), .at(6)), wall: now)
        try expect(10, 1)
        try expect(10, 0)
        now += 2 * second
        try expect(10, 1)
        now += 60 * second
        try expect(10, 10)
    }

    @Test mutating func `a pace that is over does not slow the rate down`() throws {
        var rate = SharedRate(rate: 600)
        let call = rate.chunk("r", waiting: 5, .at(0))
        let chunk = try #require(call)
        _ = store.run(rate.pause("r", for: .zero, kind: "quota", pace: (.seconds(50), .seconds(50)), .at(0)), wall: now)
        func granted() throws -> Int {
            let reply = RateReply(store.run(chunk, wall: now))
            return try #require(reply).granted
        }
        now += 49 * second
        var count = try granted()
        #expect(count == 1)
        // As if the rate had been used up to now.
        now += 2 * second
        count = try granted()
        #expect(count == 0)
        now += second / 100
        count = try granted()
        #expect(count == 5)
    }

    private mutating func report(
        _ member: String, _ seq: Int64, want: Int, keep: Int = 0, hold: Duration
    ) throws -> LeaseReply {
        let settings = SlotLease.Settings(cap: 40, hold: hold)
        let report = LeaseReport(member: member, seq: seq, want: want, keep: keep, settings: settings)
        let reply = try LeaseReply.read(store.run(report.call(["l", "l:w", "l:x"], run: "1"), wall: now))
        return try #require(reply)
    }

    @Test mutating func `slots of a lost member are held for as long as it said, whoever reports next`() throws {
        _ = try report("a", 1, want: 40, keep: 40, hold: .seconds(130))
        _ = try report("b", 1, want: 40, hold: .seconds(10))
        for seq in 2...70 {
            now += 2 * second
            let reply = try report("b", Int64(seq), want: 40, hold: .seconds(10))
            // A lease of 6 s, and the time it said.
            #expect(reply.use == (seq <= 68 ? 0 : 40), "after \((seq - 1) * 2) s")
        }
    }

    @Test mutating func `renewals do not look like a clock that was set, however briefly slots are held`() throws {
        var keep = 0
        for seq in 1...10 {
            keep = try report("a", Int64(seq), want: 4, keep: keep, hold: .zero).use
            now += 2 * second
        }
        #expect(keep == 4)
        #expect(try report("b", 1, want: 4, hold: .zero).use == 4)
    }

    @Test mutating func `members that are silent are no longer counted`() {
        for member in ["a", "b", "c"] { _ = store.run(MemberCount.call("m", member: member), wall: now) }
        #expect(MemberCount.read(store.run(MemberCount.call("m", member: "a"), wall: now)) == 3)
        now += 91 * second
        #expect(MemberCount.read(store.run(MemberCount.call("m", member: "a"), wall: now)) == 1)
    }
}
