import Testing
import Wire

@testable import Policy

/// The life of a token when nothing goes wrong.
@Suite struct TokenMachineTests {
    var machine = TokenMachine()
    var dice = SplitMix64(seed: 1)

    private func at(_ seconds: Double) -> Instant { TokenKit.at(seconds) }

    /// A machine with a token of this life, fetched in no time at 0.
    private mutating func fill(life: Double = 3600) throws {
        let ticket = try unwrap(machine.request(at(0)).fetch)
        #expect(machine.fetched(TokenKit.grant("first", life: life), ticket, at(0), using: &dice))
    }

    @Test mutating func `the first caller starts a fetch and waits, the others only wait`() throws {
        #expect(machine.phase(at(0)) == .empty)
        #expect(machine.nextTimer(after: at(0)) == nil)
        let first = machine.request(at(0))
        #expect(first.reply.isWait)
        #expect(first.fetch == FetchTicket(credential: 1, number: 1))
        #expect(machine.phase(at(0)) == .fetching)
        for _ in 0..<1000 {
            let other = machine.request(at(1))
            #expect(other.reply.isWait)
            #expect(other.fetch == nil)
        }
        #expect(machine.fetched(TokenKit.grant("first"), try #require(first.fetch), at(2), using: &dice))
        #expect(machine.request(at(2)).reply.token?.text == "first")
        #expect(machine.phase(at(2)) == .valid)
    }

    @Test mutating func `the queue of waiting callers is bounded`() {
        _ = machine.request(at(0), waiting: 0)
        #expect(machine.request(at(0), waiting: 9_999).reply.isWait)
        #expect(machine.request(at(0), waiting: 10_000).reply.refusal?.cause == .tooManyWaiting)
    }

    @Test mutating func `a token serves until its expiry less the margin, and not one nanosecond longer`() throws {
        try fill()
        let end = at(3595)
        #expect(machine.request(end - .nanoseconds(1)).reply.token?.text == "first")
        #expect(machine.usable(end) == nil)
        #expect(machine.request(end).reply.token == nil)
    }

    @Test mutating func `life counts from the beginning of the fetch`() throws {
        let ticket = try unwrap(machine.request(at(0)).fetch)
        #expect(machine.fetched(TokenKit.grant(life: 100), ticket, at(30), using: &dice))
        #expect(machine.usable(at(94.9)) != nil)
        #expect(machine.usable(at(95)) == nil)
        let due = try #require(machine.nextTimer(after: at(30)))
        #expect(due >= at(75) && due <= at(85))
    }

    @Test(arguments: [(3600.0, 3595.0), (100, 95), (60, 57), (10, 9.5), (1, 0.95)])
    mutating func `the margin is five seconds, or a twentieth of a short life`(life: Double, end: Double) throws {
        try fill(life: life)
        #expect(machine.usable(at(end) - .nanoseconds(1)) != nil)
        #expect(machine.usable(at(end)) == nil)
    }

    @Test mutating func `a token that is dead on arrival is a failure`() throws {
        let ticket = try unwrap(machine.request(at(0)).fetch)
        #expect(!machine.fetched(TokenKit.grant(life: 10), ticket, at(9.5), using: &dice))
        #expect(machine.failure?.cause == .malformedResponse(.expiredOnArrival))
        #expect(machine.phase(at(9.5)) == .failed)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    mutating func `a refresh begins at 75 to 85 percent of the life while the old token serves`(seed: UInt64) throws {
        dice = SplitMix64(seed: seed)
        try fill()
        let due = try #require(machine.nextTimer(after: at(0)))
        #expect(due >= at(2700) && due <= at(3060))
        #expect(machine.tick(due - .nanoseconds(1), using: &dice) == nil)
        let ticket = try unwrap(machine.tick(due, using: &dice))
        #expect(machine.phase(due) == .refreshing)
        #expect(machine.tick(due, using: &dice) == nil)
        let reaction = machine.request(due)
        #expect(reaction.reply.token?.text == "first")
        #expect(reaction.fetch == nil)
        #expect(machine.fetched(TokenKit.grant("second"), ticket, due + .seconds(1), using: &dice))
        #expect(machine.request(due + .seconds(1)).reply.token?.text == "second")
    }

    @Test mutating func `refreshes of gateways started together drift apart`() throws {
        var times: Set<Instant> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            machine = TokenMachine()
            dice = SplitMix64(seed: seed)
            try fill()
            times.insert(try #require(machine.nextTimer(after: at(0))))
        }
        #expect(times.count == 20)
    }

    @Test mutating func `a caller starts a refresh that is due, and is served meanwhile`() throws {
        try fill()
        let reaction = machine.request(at(3100))
        #expect(reaction.reply.token?.text == "first")
        #expect(reaction.fetch != nil)
        #expect(machine.request(at(3100)).fetch == nil)
    }

    @Test mutating func `a token that is not requested expires`() throws {
        try fill()
        let first = try #require(machine.nextTimer(after: at(0)))
        // It was used in this life: one refresh.
        let ticket = try unwrap(machine.tick(first, using: &dice))
        #expect(machine.fetched(TokenKit.grant("second"), ticket, first, using: &dice))
        var now = first
        var fetches = 0
        while let next = machine.nextTimer(after: now) {
            #expect(next > now)
            now = next
            if machine.tick(now, using: &dice) != nil { fetches += 1 }
        }
        #expect(fetches == 0)
        #expect(machine.phase(now) == .empty)
        #expect(machine.held == nil)
        // And on demand it is there again.
        #expect(machine.request(now).fetch != nil)
    }

    @Test mutating func `a token in use is refreshed for ever`() throws {
        try fill()
        var now = at(0)
        var fetches = 0
        while now < at(36_000) {
            now = now + .seconds(10)
            let reaction = machine.request(now)
            #expect(reaction.reply.token != nil)
            if let ticket = reaction.fetch ?? machine.tick(now, using: &dice) {
                fetches += 1
                #expect(machine.fetched(TokenKit.grant("t\(fetches)"), ticket, now, using: &dice))
            }
        }
        #expect((11...14).contains(fetches))
    }

    @Test mutating func `a long call brings the refresh forward, once half the life is over`() throws {
        try fill(life: 200)
        #expect(machine.request(at(50), needs: .seconds(190)).fetch == nil)
        #expect(machine.request(at(101), needs: .seconds(90)).fetch == nil)
        let reaction = machine.request(at(101), needs: .seconds(130))
        #expect(reaction.reply.token?.text == "first")
        #expect(reaction.fetch != nil)
    }

    @Test mutating func `a machine that slept does not serve a dead token`() throws {
        try fill()
        // No timer came while it slept.
        let reaction = machine.request(at(100_000))
        #expect(reaction.reply.isWait)
        #expect(reaction.fetch != nil)
    }

    @Test mutating func `a token is dropped when it dies`() throws {
        try fill()
        weak let secret = machine.held?.token.secret
        #expect(secret != nil)
        _ = machine.tick(at(3595), using: &dice)
        #expect(secret == nil)
    }

    @Test mutating func `prefetching starts one fetch and none if there is a token`() throws {
        let ticket = try unwrap(machine.prefetch(at(0)))
        #expect(machine.prefetch(at(0)) == nil)
        #expect(machine.fetched(TokenKit.grant(), ticket, at(0), using: &dice))
        #expect(machine.prefetch(at(1)) == nil)
    }

    @Test mutating func `a first fetch that was put off is begun by the timer`() throws {
        machine = TokenMachine(credential: 3, notBefore: at(5))
        #expect(machine.prefetch(at(0)) == nil)
        let reaction = machine.request(at(1))
        #expect(reaction.reply.isWait)
        #expect(reaction.fetch == nil)
        #expect(machine.nextTimer(after: at(1)) == at(5))
        #expect(machine.tick(at(4), using: &dice) == nil)
        #expect(machine.tick(at(5), using: &dice)?.credential == 3)
    }

    @Test mutating func `every token has a version of its own`() throws {
        try fill()
        let first = try unwrap(machine.request(at(1)).reply.token)
        let ticket = try unwrap(machine.request(at(3100)).fetch)
        #expect(machine.fetched(TokenKit.grant("second"), ticket, at(3100), using: &dice))
        let second = try unwrap(machine.request(at(3101)).reply.token)
        #expect(second.version > first.version)
    }
}
