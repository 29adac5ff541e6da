import Testing
import Wire

@testable import Policy

/// What happens when tokens cannot be had.
@Suite struct TokenMachineFailureTests {
    var machine = TokenMachine()
    var dice = SplitMix64(seed: 1)

    private func at(_ seconds: Double) -> Instant { TokenKit.at(seconds) }

    private static let down = TokenFailure(.unavailable, status: 503)

    @Test mutating func `callers are refused with the cause and the time of the next attempt`() throws {
        let ticket = try unwrap(machine.request(at(0)).fetch)
        machine.failed(Self.down, ticket, at(1), using: &dice)
        #expect(machine.phase(at(1)) == .failed)
        let reply = machine.request(at(1)).reply
        #expect(reply.refusal == Self.down)
        let delay = try #require(reply.retryAfter)
        #expect(delay >= .milliseconds(250) && delay <= .seconds(1))
        // And right then the next caller starts it.
        let early = machine.request(at(1) + delay - .nanoseconds(1))
        #expect(early.fetch == nil && early.reply.refusal != nil)
        #expect(machine.request(at(1) + delay).fetch?.number == 2)
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    mutating func `back-off doubles up to a minute, with full jitter`(seed: UInt64) {
        dice = SplitMix64(seed: seed)
        let timing = TokenTiming()
        for count in 1...1000 {
            let ceiling = min(60, 1 << min(count - 1, 10))
            let delay = timing.delay(after: Self.down, count: count, using: &dice)
            #expect(delay >= .milliseconds(250) && delay <= .seconds(ceiling))
        }
        let late = (0..<200).map { _ in timing.delay(after: Self.down, count: 9, using: &dice) }
        #expect((late.max() ?? .zero) > .seconds(50))
        #expect((late.min() ?? .zero) < .seconds(10))
    }

    @Test(arguments: [(TokenFailure(.unavailable, status: 503), TokenPhase.empty), (TokenFailure(.wrongSecret), .failed)])
    mutating func `a failure that may have passed is forgotten once nobody has asked for a token for a while`(
        failure: TokenFailure, phase: TokenPhase
    ) throws {
        var now = at(0)
        var fetch = machine.request(now).fetch
        while let ticket = fetch {
            machine.failed(failure, ticket, now, using: &dice)
            #expect(machine.phase(now) == .failed)
            now = try #require(machine.nextTimer(after: now))
            fetch = machine.tick(now, using: &dice)
        }
        #expect(now > at(0) + TokenTiming().interest)
        #expect(machine.phase(now) == phase && machine.nextTimer(after: now) == nil)
        #expect(machine.request(now).fetch != nil)
    }

    @Test mutating func `what only people can mend is tried seldom`() {
        let timing = TokenTiming()
        for (count, ceiling) in [(1, 20), (2, 40), (3, 60), (4, 60), (500, 60)] {
            for _ in 0..<50 {
                let delay = timing.delay(after: TokenFailure(.wrongSecret), count: count, using: &dice)
                #expect(delay >= .seconds(ceiling) / 2 && delay <= .seconds(ceiling))
            }
        }
    }

    @Test(arguments: [(1.0, 1.0), (30, 30), (120, 120), (3600, 3600), (1e9, 3600)])
    mutating func `the endpoint's own wish is honoured, up to an hour, and slightly exceeded`(asked: Double, least: Double) {
        let failure = TokenFailure(.rateLimited, status: 429, retryAfter: .seconds(asked))
        for _ in 0..<50 {
            let delay = TokenTiming().delay(after: failure, count: 1, using: &dice)
            #expect(delay >= .seconds(least) && delay <= .seconds(least + min(least / 10, 5)))
        }
    }

    @Test mutating func `a short wish does not shorten the back-off`() {
        let failure = TokenFailure(.unavailable, retryAfter: .milliseconds(1))
        let delays = (0..<50).map { _ in TokenTiming().delay(after: failure, count: 8, using: &dice) }
        #expect((delays.max() ?? .zero) > .seconds(30))
    }

    @Test mutating func `an endpoint that is down for less than the remaining life costs nothing`() throws {
        let first = try unwrap(machine.request(at(0)).fetch)
        #expect(machine.fetched(TokenKit.grant("first"), first, at(0), using: &dice))
        var now = at(0)
        var attempts = 0
        while now < at(3590) {
            let reaction = machine.request(now)
            #expect(reaction.reply.token?.text == "first")
            if let ticket = reaction.fetch ?? machine.tick(now, using: &dice) {
                attempts += 1
                machine.failed(Self.down, ticket, now, using: &dice)
                #expect(machine.phase(now) == .failing)
            }
            now = now + .seconds(1)
        }
        #expect(attempts > 5 && attempts < 100)
        #expect(machine.request(at(3595)).reply.token == nil)
    }

    @Test mutating func `a failed attempt is retried without a caller while the token is in use`() throws {
        let ticket = try unwrap(machine.request(at(0)).fetch)
        machine.failed(Self.down, ticket, at(0), using: &dice)
        var now = at(0)
        var attempts: [Instant] = []
        while let next = machine.nextTimer(after: now) {
            #expect(next > now)
            now = next
            guard let ticket = machine.tick(now, using: &dice) else { continue }
            attempts.append(now)
            machine.failed(Self.down, ticket, now, using: &dice)
        }
        #expect(attempts.count > 15)
        #expect(attempts.allSatisfy { $0 <= at(900) })
        // On demand it goes on.
        #expect(machine.request(at(2000)).fetch != nil)
    }

    @Test mutating func `success ends the counting`() throws {
        var now = at(0)
        for _ in 0..<5 {
            let ticket = try unwrap(machine.request(now).fetch)
            machine.failed(Self.down, ticket, now, using: &dice)
            now = now + .seconds(61)
        }
        #expect(machine.failures == 5)
        let ticket = try unwrap(machine.request(now).fetch)
        #expect(machine.fetched(TokenKit.grant(), ticket, now, using: &dice))
        #expect(machine.failures == 0)
        #expect(machine.failure == nil)
    }

    @Test mutating func `a fetch that is never reported as ended is given up`() throws {
        let lost = try unwrap(machine.request(at(0)).fetch)
        #expect(machine.nextTimer(after: at(0)) == at(40))
        #expect(machine.tick(at(39.9), using: &dice) == nil)
        #expect(machine.phase(at(39.9)) == .fetching)
        _ = machine.tick(at(40), using: &dice)
        #expect(machine.failure?.cause == .timedOut)
        let next = try unwrap(machine.request(at(42)).fetch)
        #expect(next.number == 2)
        // Its late end is nobody's.
        #expect(!machine.fetched(TokenKit.grant("late"), lost, at(43), using: &dice))
        machine.failed(Self.down, lost, at(43), using: &dice)
        #expect(machine.phase(at(43)) == .fetching)
        #expect(machine.fetched(TokenKit.grant("next"), next, at(44), using: &dice))
        #expect(machine.request(at(44)).reply.token?.text == "next")
    }

    @Test mutating func `a ticket of another version is not this one's`() throws {
        _ = machine.request(at(0))
        #expect(!machine.fetched(TokenKit.grant(), FetchTicket(credential: 2, number: 1), at(0), using: &dice))
        #expect(machine.phase(at(0)) == .fetching)
    }

    @Test mutating func `a wrong secret costs at most four token calls in the first minute and two in each later one`() {
        var calls: [Instant] = []
        var now = at(0)
        while now < at(1800) {
            let ticket = machine.tick(now, using: &dice) ?? machine.request(now).fetch
            if let ticket {
                calls.append(now)
                machine.failed(TokenFailure(.wrongSecret, status: 401), ticket, now, using: &dice)
            }
            now = now + .milliseconds(100)
        }
        #expect(calls.filter { $0 < at(60) }.count <= 4)
        for minute in 1..<30 {
            #expect(calls.filter { $0 >= at(Double(minute) * 60) && $0 < at(Double(minute) * 60 + 60) }.count <= 2)
        }
        #expect(calls.count > 20)
    }
}
