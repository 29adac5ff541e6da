import Testing
import Wire

@testable import Policy

/// What happens when the API answers 401.
@Suite struct TokenMachineRejectionTests {
    var machine = TokenMachine()
    var dice = SplitMix64(seed: 1)

    private func at(_ seconds: Double) -> Instant { TokenKit.at(seconds) }

    private mutating func fill(_ text: String, _ now: Double) throws -> TokenVersion {
        let ticket = try unwrap(machine.request(at(now)).fetch)
        #expect(machine.fetched(TokenKit.grant(text), ticket, at(now), using: &dice))
        return try unwrap(machine.request(at(now)).reply.token?.version)
    }

    @Test mutating func `a thousand rejections of one token cost one fetch, and all get the new token`() throws {
        let old = try fill("old", 0)
        var tickets: [FetchTicket] = []
        for _ in 0..<1000 {
            let reaction = machine.rejected(old, at(100))
            #expect(reaction.reply.isWait)
            if let ticket = reaction.fetch { tickets.append(ticket) }
        }
        #expect(tickets.count == 1)
        #expect(machine.fetched(TokenKit.grant("new"), try #require(tickets.first), at(101), using: &dice))
        for _ in 0..<1000 {
            let reaction = machine.rejected(old, at(101))
            #expect(reaction.reply.token?.text == "new")
            #expect(reaction.fetch == nil)
        }
    }

    @Test mutating func `a rejected token is not used while its successor is fetched`() throws {
        let old = try fill("old", 0)
        _ = machine.rejected(old, at(100))
        #expect(machine.request(at(100)).reply.isWait)
        #expect(machine.usable(at(100)) == nil)
        #expect(machine.phase(at(100)) == .fetching)
    }

    @Test mutating func `nor when the successor cannot be had`() throws {
        let old = try fill("old", 0)
        let ticket = try unwrap(machine.rejected(old, at(100)).fetch)
        machine.failed(TokenFailure(.unavailable), ticket, at(101), using: &dice)
        #expect(machine.request(at(101)).reply.refusal?.cause == .unavailable)
        #expect(machine.rejected(old, at(101)).reply.refusal?.cause == .unavailable)
        let next = try #require(machine.nextTimer(after: at(101)))
        #expect(next <= at(102))
        #expect(machine.tick(next, using: &dice) != nil)
    }

    @Test mutating func `a refresh under way is the fresh token that a rejection wants`() throws {
        let old = try fill("old", 0)
        let ticket = try unwrap(machine.request(at(3100)).fetch)
        let reaction = machine.rejected(old, at(3100))
        #expect(reaction.reply.isWait)
        #expect(reaction.fetch == nil)
        #expect(machine.fetched(TokenKit.grant("new"), ticket, at(3101), using: &dice))
        #expect(machine.request(at(3101)).reply.token?.text == "new")
    }

    @Test mutating func `even when no fetch may be forced`() throws {
        let old = try fill("old", 0)
        let forced = try unwrap(machine.rejected(old, at(0)).fetch)
        #expect(machine.fetched(TokenKit.grant("short", life: 10), forced, at(0), using: &dice))
        let refresh = try unwrap(machine.request(at(8.6)))
        let token = try #require(refresh.reply.token)
        #expect(refresh.fetch != nil)
        #expect(machine.rejected(token.version, at(8.7)).reply.isWait)
    }

    @Test mutating func `the first rejection is acted on at once, and of fresh tokens ever more slowly`() throws {
        var version = try fill("0", 0)
        var fetches: [Double] = []
        var now = 0.0
        while now < 600 {
            let reaction = machine.rejected(version, at(now))
            if let ticket = reaction.fetch {
                fetches.append(now)
                #expect(machine.fetched(TokenKit.grant("\(now)"), ticket, at(now), using: &dice))
                version = try unwrap(machine.request(at(now)).reply.token?.version)
            } else {
                #expect(reaction.reply.refusal?.cause == .rejected)
                // Meanwhile the token serves: it is the API's own response that callers should see.
                #expect(machine.request(at(now)).reply.token != nil)
            }
            now += 0.5
        }
        #expect(fetches.prefix(8) == [0, 10, 30, 70, 130, 190, 250, 310])
    }

    @Test mutating func `a refusal tells when the next fetch is allowed`() throws {
        let first = try fill("first", 0)
        let ticket = try unwrap(machine.rejected(first, at(10)).fetch)
        #expect(machine.fetched(TokenKit.grant("second"), ticket, at(11), using: &dice))
        let second = try unwrap(machine.request(at(11)).reply.token?.version)
        #expect(machine.rejected(second, at(12)).reply.retryAfter == .seconds(8))
    }

    @Test mutating func `a token that was good for five minutes begins a new count`() throws {
        var version = try fill("0", 0)
        for (now, fetches) in [(0.0, true), (1, false), (10, true), (311, true), (312, false), (321, true), (330, false)] {
            let reaction = machine.rejected(version, at(now))
            #expect((reaction.fetch != nil) == fetches, "at \(now)")
            if let ticket = reaction.fetch {
                #expect(machine.fetched(TokenKit.grant("\(now)"), ticket, at(now), using: &dice))
                version = try unwrap(machine.request(at(now)).reply.token?.version)
            }
        }
    }

    @Test mutating func `an endpoint that gives the rejected token again has failed`() throws {
        let old = try fill("same", 0)
        let ticket = try unwrap(machine.rejected(old, at(100)).fetch)
        #expect(!machine.fetched(TokenKit.grant("same"), ticket, at(101), using: &dice))
        #expect(machine.failure?.cause == .sameTokenAgain)
        #expect(machine.request(at(101)).reply.refusal?.cause == .sameTokenAgain)
    }

    @Test mutating func `at a refresh the same token may come again`() throws {
        _ = try fill("same", 0)
        let ticket = try unwrap(machine.request(at(3100)).fetch)
        #expect(machine.fetched(TokenKit.grant("same", life: 500), ticket, at(3100), using: &dice))
        #expect(machine.request(at(3101)).reply.token?.text == "same")
    }

    @Test mutating func `a rejection that comes after the token has lapsed is a plain request`() throws {
        let old = try fill("old", 0)
        let reaction = machine.rejected(old, at(4000))
        #expect(reaction.reply.isWait)
        #expect(reaction.fetch != nil)
        #expect(machine.rejections == 0)
    }
}
