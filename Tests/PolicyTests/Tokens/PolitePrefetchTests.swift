import Testing
import Wire

@testable import Policy

/// First token calls that no request waits for, in virtual time.
@Suite struct PolitePrefetchTests {
    private static let secret = Secret(copying: "secret")

    private static func machine() -> CredentialMachine {
        CredentialMachine(key: CredentialKey(tokenURL: "https://a/oauth/token", clientID: "id", source: .file(path: "/s")))
    }

    /// When each of a thousand gateways calls, in seconds, if each begins at `begin` and nothing else happens.
    private static func calls(_ begin: (inout CredentialMachine, inout SplitMix64) -> Instant) -> [Double] {
        (0..<1000).map { seed -> Double in
            var random = SplitMix64(seed: UInt64(seed))
            var machine = machine()
            let start = begin(&machine, &random)
            var now = start
            for _ in 0..<10 {
                now = machine.nextTimer(after: now) ?? .distantFuture
                if !machine.tick(now, using: &random).isEmpty { return (now - TokenKit.at(0)).seconds }
            }
            Issue.record("no call")
            return 0
        }.sorted()
    }

    private static func expectSpread(_ times: [Double]) {
        #expect(times[999] - times[0] >= 60)
        for start in stride(from: 0.0, to: 80, by: 1) {
            #expect(times.count { $0 >= start && $0 < start + 10 } < 220, "too many within ten seconds")
        }
    }

    @Test func `a thousand gateways that start within 10 s make their first calls over at least a minute`() {
        Self.expectSpread(
            Self.calls { machine, random in
                let start = TokenKit.at(Double.random(in: 0...10, using: &random))
                let due = PoliteTiming().prefetch(start, using: &random)
                #expect(machine.secretRead(Self.secret, start, prefetchAt: due) == nil)
                #expect(machine.status(start).isReady)
                return start
            })
    }

    @Test func `a secret that changes for a thousand gateways within 10 s is first used over at least a minute`() {
        Self.expectSpread(
            Self.calls { machine, random in
                let old = machine.secretRead(Self.secret, TokenKit.at(-100))
                if let old { machine.fetched(TokenKit.grant(), old.ticket, TokenKit.at(-100), using: &random) }
                let start = TokenKit.at(Double.random(in: 0...10, using: &random))
                let due = PoliteTiming().prefetch(start, using: &random)
                #expect(machine.secretRead(Secret(copying: "new"), start, prefetchAt: due) == nil)
                #expect(machine.request(start).reply.token != nil, "the old token serves meanwhile")
                return start
            })
    }

    @Test func `a request fetches at once, and the time that was set for it is over`() throws {
        var random = SplitMix64(seed: 1)
        var machine = Self.machine()
        _ = machine.secretRead(Self.secret, TokenKit.at(0), prefetchAt: TokenKit.at(40))
        let reaction = machine.request(TokenKit.at(1))
        #expect(reaction.reply.isWait)
        let order = try #require(reaction.fetch)
        machine.fetched(TokenKit.grant(), order.ticket, TokenKit.at(2), using: &random)
        #expect(machine.tick(TokenKit.at(41), using: &random).isEmpty)
        #expect(try #require(machine.nextTimer(after: TokenKit.at(41))) > TokenKit.at(1000))
    }

    @Test func `a request whose old token is rejected does not wait for the new secret's time`() throws {
        var random = SplitMix64(seed: 1)
        var machine = Self.machine()
        let old = try unwrap(machine.secretRead(Self.secret, TokenKit.at(0)))
        machine.fetched(TokenKit.grant(), old.ticket, TokenKit.at(0), using: &random)
        _ = machine.secretRead(Secret(copying: "new"), TokenKit.at(100), prefetchAt: TokenKit.at(150))
        let token = try unwrap(machine.request(TokenKit.at(101)).reply.token)
        let reaction = machine.rejected(token.version, TokenKit.at(102))
        #expect(reaction.reply.isWait)
        #expect(reaction.fetch?.secret == Secret(copying: "new"))
    }

    @Test func `a request that comes too soon after a change of the secret waits for its turn only`() throws {
        var random = SplitMix64(seed: 1)
        var machine = Self.machine()
        let old = try unwrap(machine.secretRead(Self.secret, TokenKit.at(0)))
        machine.fetched(TokenKit.grant(), old.ticket, TokenKit.at(0), using: &random)
        let token = try unwrap(machine.request(TokenKit.at(0)).reply.token)
        _ = machine.secretRead(Secret(copying: "new"), TokenKit.at(1), prefetchAt: TokenKit.at(50))
        // The timer is set now; the request sets none.
        #expect(machine.nextTimer(after: TokenKit.at(1)) == TokenKit.at(5))
        let reaction = machine.rejected(token.version, TokenKit.at(2))
        #expect(reaction.reply.isWait && reaction.fetch == nil)
        #expect(machine.tick(TokenKit.at(5), using: &random).map(\.secret) == [Secret(copying: "new")])
    }

    @Test func `a call that is set for later than unused tokens are refreshed is made nevertheless`() {
        var random = SplitMix64(seed: 1)
        var machine = Self.machine()
        _ = machine.secretRead(Self.secret, TokenKit.at(0), prefetchAt: TokenKit.at(5000))
        #expect(machine.nextTimer(after: TokenKit.at(0)) == TokenKit.at(5000))
        #expect(machine.tick(TokenKit.at(4999), using: &random).isEmpty)
        #expect(machine.tick(TokenKit.at(5000), using: &random).count == 1)
    }
}
