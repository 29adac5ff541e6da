import Policy
import Testing
import Wire

struct SharedFetchTests {
    private var random = SplitMix64(seed: 5)
    private let facts = TokenRecordFacts(
        generation: 8, expiry: StoreTime(microseconds: 1_000_000_000), refresh: StoreTime(microseconds: 700_000_000))

    /// The store's clock shows the same seconds as ours.
    private func store(_ seconds: Double) -> StoreTime { StoreTime(microseconds: Int64(seconds * 1e6)) }

    private func turn(_ word: String, at: Double, now: Double) throws -> TokenTurn {
        let reply = TokenTurn(
            .array([.bulk(Array(word.utf8)), .integer(store(now).microseconds), .integer(store(at).microseconds)]))
        return try #require(reply)
    }

    private func question(rejected: Bool = false, isAwaited: Bool = true) -> TokenQuestion {
        TokenQuestion(member: "me", known: 7, rejected: rejected, isAwaited: isAwaited)
    }

    private func begun(rejected: Bool = false, isAwaited: Bool = true) -> SharedFetch {
        var fetch = SharedFetch(member: "me", known: 7, rejected: rejected, isAwaited: isAwaited)
        #expect(fetch.begin() == [.ask(question(rejected: rejected, isAwaited: isAwaited))])
        return fetch
    }

    /// A fetch whose call is under way since 1 s.
    private mutating func calling() throws -> SharedFetch {
        var fetch = begun()
        let turn = try turn("go", at: 1, now: 1)
        #expect(
            fetch.replied(.fetch(store(1), fence: 9, isAwaited: true), asked: .at(1), .at(1), using: &random) == [
                .takeTurn(isAwaited: true)
            ])
        #expect(fetch.turn(turn, asked: .at(1), .at(1), using: &random) == [.call])
        return fetch
    }

    @Test mutating func `a token of another member ends the fetch without a call`() {
        var fetch = begun()
        let reading = StoreReading(time: store(1), asked: .at(1), received: .at(1.1))
        let actions = fetch.replied(.token(store(1), facts, sealed: [1]), asked: .at(1), .at(1.1), using: &random)
        #expect(actions == [.end(.received([1], facts, reading))])
        #expect(fetch.nextTimer == nil)
    }

    @Test mutating func `a token is published with the fence and an expiry that errs early`() throws {
        var fetch = try calling()
        let actions = fetch.called(.token(goodUntil: .at(101), refreshAt: .at(71)), .at(3))
        let facts = TokenRecordFacts(generation: 9, expiry: store(101), refresh: store(71))
        #expect(actions == [.publish(facts), .end(.fetched)])
        #expect(fetch.called(.failure(kind: "late", delay: .zero), .at(4)) == [])
    }

    @Test mutating func `a failure is told to all, with its delay`() throws {
        var fetch = try calling()
        #expect(
            fetch.called(.failure(kind: "rate-limited", delay: .seconds(9)), .at(2)) == [
                .fail(fence: 9, delay: .seconds(9), kind: "rate-limited"), .end(.failed),
            ])
    }

    @Test mutating func `the lock is renewed every 3 s while the call is under way`() throws {
        var fetch = try calling()
        #expect(fetch.nextTimer == .at(4))
        #expect(fetch.tick(.at(3.9)) == [])
        #expect(fetch.tick(.at(4)) == [.ask(question())])
        #expect(fetch.replied(.fetch(store(4), fence: 9, isAwaited: true), asked: .at(4), .at(4.01), using: &random) == [])
        #expect(fetch.nextTimer == .at(7.01))
        // A renewal that came too late: another member has the lock, or has published. The call is not cut.
        _ = fetch.tick(.at(7.01))
        #expect(fetch.replied(.wait(store(8), lockEnd: store(18)), asked: .at(7.01), .at(8), using: &random) == [])
        #expect(fetch.called(.token(goodUntil: .at(101), refreshAt: .at(71)), .at(9)).last == .end(.fetched))
    }

    @Test mutating func `a lock that has expired and is taken again publishes with its new fence`() throws {
        var fetch = try calling()
        // The process stood still for longer than the lock lasts.
        #expect(fetch.tick(.at(14)) == [.ask(question())])
        #expect(fetch.replied(.fetch(store(14), fence: 12, isAwaited: true), asked: .at(14), .at(14.01), using: &random) == [])
        let actions = fetch.called(.token(goodUntil: .at(101), refreshAt: .at(71)), .at(15))
        guard case .publish(let facts)? = actions.first else { return #expect(Bool(false)) }
        #expect(facts.generation == 12)
    }

    @Test mutating func `waiting members poll, first after 50 to 150 ms and then more rarely up to 1500 ms`() {
        var fetch = begun()
        var now = Instant.at(1)
        var gaps: [Double] = []
        for _ in 0..<8 {
            #expect(fetch.replied(.wait(store(1), lockEnd: store(9)), asked: now, now, using: &random) == [])
            guard let next = fetch.nextTimer else { break }
            gaps.append((next - now).seconds)
            now = next
            #expect(fetch.tick(now) == [.ask(question())])
        }
        #expect(gaps.count == 8)
        #expect((0.05...0.15).contains(gaps.first ?? 0))
        #expect(gaps.suffix(4).allSatisfy { (0.4...1.5).contains($0) })
    }

    @Test mutating func `a hold ends the fetch with the time and the reason of another member`() {
        var fetch = begun()
        #expect(
            fetch.replied(.hold(store(1), until: store(11), kind: "wrong-secret"), asked: .at(1), .at(1.5), using: &random) == [
                .end(.held(until: .at(11.5), kind: "wrong-secret"))
            ])
    }

    @Test mutating func `a turn in the future is waited for, and one that was missed is taken anew`() throws {
        var fetch = begun()
        _ = fetch.replied(.fetch(store(1), fence: 9, isAwaited: true), asked: .at(1), .at(1), using: &random)
        let granted = try turn("go", at: 3, now: 1)
        #expect(fetch.turn(granted, asked: .at(1), .at(1), using: &random) == [])
        #expect(fetch.nextTimer == .at(3))
        var missed = fetch
        #expect(fetch.tick(.at(3)) == [.call])
        // The process stood still.
        #expect(missed.tick(.at(4.5)) == [.ask(question())])
    }

    @Test mutating func `without a turn the lock is kept alive until there is one`() throws {
        var fetch = begun(isAwaited: false)
        let actions = fetch.replied(.fetch(store(1), fence: 9, isAwaited: false), asked: .at(1), .at(1), using: &random)
        #expect(actions == [.takeTurn(isAwaited: false)])
        let later = try turn("later", at: 31, now: 1)
        #expect(fetch.turn(later, asked: .at(1), .at(1), using: &random) == [])
        #expect(fetch.nextTimer == .at(2))
        #expect(fetch.tick(.at(2)) == [.ask(question(isAwaited: false))])
        // Another member's request has come to wait for it meanwhile.
        let urgent = fetch.replied(.fetch(store(2), fence: 9, isAwaited: true), asked: .at(2), .at(2), using: &random)
        #expect(urgent == [.takeTurn(isAwaited: true)])
    }

    @Test mutating func `a request that begins to wait hurries a fetch that was begun without one`() throws {
        var fetch = begun(isAwaited: false)
        _ = fetch.replied(.fetch(store(1), fence: 9, isAwaited: false), asked: .at(1), .at(1), using: &random)
        _ = fetch.turn(try turn("later", at: 31, now: 1), asked: .at(1), .at(1), using: &random)
        #expect(fetch.awaited(.at(1.2)) == [.ask(question())])
        #expect(fetch.awaited(.at(1.3)) == [])
    }

    @Test mutating func `a rejection counts once, however often the fetch asks`() {
        var fetch = begun(rejected: true)
        _ = fetch.replied(.wait(store(1), lockEnd: store(9)), asked: .at(1), .at(1), using: &random)
        #expect(fetch.tick(.at(3)) == [.ask(question())])
    }

    @Test mutating func `without the store all goes on alone, but a call under way is used`() throws {
        var asking = begun()
        #expect(asking.storeLost() == [.end(.alone)])
        #expect(asking.storeLost() == [])
        var fetch = try calling()
        #expect(fetch.storeLost() == [])
        #expect(fetch.called(.token(goodUntil: .at(101), refreshAt: .at(71)), .at(3)).last == .end(.fetched))
    }
}
