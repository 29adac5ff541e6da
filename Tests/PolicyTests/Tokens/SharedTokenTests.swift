import Testing
import Wire

@testable import Policy

/// A credential whose tokens other members of a fleet may fetch.
@Suite struct SharedTokenTests {
    var machine = CredentialMachine(
        key: CredentialKey(tokenURL: "https://a/oauth/token", clientID: "id", source: .file(path: "/s")))
    var dice = SplitMix64(seed: 1)

    private func at(_ seconds: Double) -> Instant { TokenKit.at(seconds) }

    @Test mutating func `a token of another member serves until it ends, and its successor is fetched when that is due`() throws {
        let order = try unwrap(machine.secretRead(Secret(copying: "s"), at(0)))
        #expect(machine.received(TokenKit.grant("other", life: 1000), refreshAt: at(600), order.ticket, at(2), using: &dice))
        #expect(machine.request(at(3)).reply.token?.text == "other")
        #expect(machine.request(at(599)).fetch == nil)
        #expect(machine.request(at(600)).fetch != nil)
        #expect(machine.request(at(997)).reply.token == nil, "five seconds before its end")
    }

    @Test mutating func `what comes late, has ended or was rejected is not used`() throws {
        let order = try unwrap(machine.secretRead(Secret(copying: "s"), at(0)))
        #expect(!machine.received(TokenKit.grant("ended", life: 0), refreshAt: at(0), order.ticket, at(1), using: &dice))
        #expect(!machine.received(TokenKit.grant("late"), refreshAt: at(0), order.ticket, at(2), using: &dice))
        let second = try unwrap(machine.request(at(100)).fetch)
        #expect(machine.received(TokenKit.grant("good"), refreshAt: at(900), second.ticket, at(101), using: &dice))
        let token = try unwrap(machine.request(at(102)).reply.token)
        let third = try unwrap(machine.rejected(token.version, at(103)).fetch)
        #expect(machine.isForced(third.ticket))
        #expect(!machine.received(TokenKit.grant("good"), refreshAt: at(900), third.ticket, at(104), using: &dice))
        #expect(machine.backOff(third.ticket, at(104)) > .zero)
    }

    @Test mutating func `a refresh that waits for its turn is brought forward by no request, but by a rejection`() throws {
        let order = try unwrap(machine.secretRead(Secret(copying: "s"), at(0)))
        machine.fetched(TokenKit.grant(life: 1000), order.ticket, at(0), using: &dice)
        let refresh = try unwrap(machine.request(at(900)).fetch)
        #expect(try unwrap(machine.span(refresh.ticket, at(900))).goodUntil == at(995))
        machine.postpone(refresh.ticket, to: at(980))
        #expect(machine.request(at(901), needs: .seconds(130)).fetch == nil)
        #expect(machine.nextTimer(after: at(901)) == at(980))
        #expect(machine.tick(at(980), using: &dice).count == 1)
        var other = machine
        other = machine
        let token = try unwrap(other.request(at(981)).reply.token)
        #expect(other.rejected(token.version, at(981)).reply.isWait)
    }

    @Test func `a scope's text has the same entities`() {
        let scope = TokenScope("entity.\(Sample.emea) user.x entity.\(Sample.hex(Sample.amer))")
        #expect(TokenScope(scope.text) == scope)
        #expect(TokenScope.unknown.text.isEmpty)
    }

    @Test func `another member's failure keeps its cause and its time`() {
        for cause in [TokenFailure.Cause.unknownClient, .wrongSecret, .userDeactivated, .rateLimited, .redirected] {
            let shared = TokenFailure(shared: TokenFailure(cause).name, retryAfter: .seconds(7))
            #expect(shared.cause == cause && shared.retryAfter == .seconds(7))
        }
        #expect(TokenFailure(shared: "of-a-newer-version", retryAfter: .zero).cause == .unavailable)
    }
}
