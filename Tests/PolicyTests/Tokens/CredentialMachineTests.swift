import Testing
import Wire

@testable import Policy

/// One credential while its secret changes.
@Suite struct CredentialMachineTests {
    var machine = CredentialMachine(
        key: CredentialKey(tokenURL: "https://rest.na.zuora.com/oauth/token", clientID: "id", source: .file(path: "/s")))
    var dice = SplitMix64(seed: 1)

    private let old = Secret(copying: "old-secret")
    private let new = Secret(copying: "new-secret")

    private func at(_ seconds: Double) -> Instant { TokenKit.at(seconds) }

    /// The old secret, with a token fetched at 0.
    private mutating func fill(life: Double = 3600) throws {
        let order = try unwrap(machine.secretRead(old, at(0)))
        #expect(order.secret == old)
        #expect(machine.fetched(TokenKit.grant("old", life: life), order.ticket, at(0), using: &dice))
    }

    private mutating func serves(_ now: Double) -> String? { machine.request(at(now)).reply.token?.text }

    @Test mutating func `without a secret callers are refused, and the source is read again at a limited rate`() {
        let first = machine.request(at(0))
        #expect(first.reply.refusal?.cause == .noSecret(.notRead))
        #expect(first.rereadsSecret)
        machine.secretUnusable(.missing)
        let second = machine.request(at(1))
        #expect(second.reply.refusal?.cause == .noSecret(.missing))
        #expect(!second.rereadsSecret)
        #expect(machine.request(at(5)).rereadsSecret)
        #expect(!machine.status(at(5)).isReady)
    }

    @Test mutating func `the first secret starts a fetch at once`() throws {
        try fill()
        #expect(serves(1) == "old")
        #expect(machine.status(at(1)).isReady)
    }

    @Test mutating func `the same secret again changes nothing`() throws {
        try fill()
        #expect(machine.secretRead(Secret(copying: "old-secret"), at(10)) == nil)
        #expect(machine.status(at(10)).successor == nil)
    }

    @Test mutating func `the old token serves until the new secret has one, then not any more`() throws {
        try fill()
        let order = try unwrap(machine.secretRead(new, at(10)))
        #expect(order.secret == new)
        #expect(order.ticket.credential == 2)
        for _ in 0..<100 {
            let reaction = machine.request(at(11))
            #expect(reaction.reply.token?.text == "old")
            #expect(reaction.fetch == nil)
        }
        #expect(machine.status(at(11)).successor?.fingerprint == new.fingerprint)
        #expect(machine.fetched(TokenKit.grant("new"), order.ticket, at(12), using: &dice))
        #expect(serves(12) == "new")
        #expect(machine.status(at(12)).successor == nil)
        #expect(machine.status(at(12)).fingerprint == new.fingerprint)
    }

    @Test mutating func `a new secret that does not work leaves the old token until its expiry, and shows`() throws {
        try fill()
        let order = try unwrap(machine.secretRead(new, at(10)))
        #expect(machine.failed(TokenFailure(.wrongSecret, status: 401), order.ticket, at(11), using: &dice))
        #expect(serves(12) == "old")
        let status = machine.status(at(12))
        #expect(status.phase == .valid)
        #expect(status.isReady)
        #expect(status.successor?.failure?.cause == .wrongSecret)
        #expect(status.text(host: "h").contains("a new secret"))
        // The old secret fetches no more.
        var now = at(12)
        var lastAttempt = now
        while now < at(3594) {
            for order in machine.tick(now, using: &dice) {
                #expect(order.secret == new)
                lastAttempt = now
                machine.failed(TokenFailure(.wrongSecret), order.ticket, now, using: &dice)
            }
            #expect(machine.request(now).reply.token?.text == "old")
            now = now + .seconds(7)
        }
        #expect(lastAttempt > at(3500), "the new secret is not tried any more")
        let reply = machine.request(at(3595)).reply
        #expect(reply.token == nil)
        #expect(machine.status(at(3595)).fingerprint == new.fingerprint)
    }

    @Test mutating func `a new secret replaces one that never had a token`() throws {
        let first = try unwrap(machine.secretRead(old, at(0)))
        machine.failed(TokenFailure(.wrongSecret), first.ticket, at(1), using: &dice)
        #expect(machine.request(at(2)).reply.refusal?.cause == .wrongSecret)
        let second = try unwrap(machine.secretRead(new, at(10)))
        // The failure of the old secret is not held against the new one.
        #expect(machine.request(at(10)).reply.isWait)
        #expect(machine.fetched(TokenKit.grant("new"), second.ticket, at(11), using: &dice))
        #expect(serves(11) == "new")
    }

    @Test mutating func `what the old secret's fetch brings is used up, but does not delay the new one`() throws {
        try fill()
        let refresh = try unwrap(machine.request(at(3100)).fetch)
        let order = try unwrap(machine.secretRead(new, at(3101)))
        #expect(machine.fetched(TokenKit.grant("old2"), refresh.ticket, at(3102), using: &dice))
        #expect(serves(3102) == "old2")
        #expect(machine.fetched(TokenKit.grant("new"), order.ticket, at(3103), using: &dice))
        #expect(serves(3103) == "new")
        #expect(!machine.fetched(TokenKit.grant("old3"), refresh.ticket, at(3104), using: &dice))
    }

    @Test mutating func `a secret that is taken back in time leaves the old version as it was`() throws {
        try fill()
        let order = try unwrap(machine.secretRead(new, at(10)))
        #expect(machine.secretRead(Secret(copying: "old-secret"), at(20)) == nil)
        #expect(!machine.fetched(TokenKit.grant("new"), order.ticket, at(21), using: &dice))
        #expect(serves(21) == "old")
        #expect(machine.request(at(3100)).fetch?.secret == old)
    }

    @Test mutating func `a rejected token of the old version hands over to the new one`() throws {
        try fill()
        let version = try unwrap(machine.request(at(1)).reply.token?.version)
        let order = try unwrap(machine.secretRead(new, at(10)))
        let reaction = machine.rejected(version, at(11))
        #expect(reaction.reply.isWait)
        #expect(reaction.fetch == nil)
        #expect(machine.fetched(TokenKit.grant("new"), order.ticket, at(12), using: &dice))
        #expect(machine.rejected(version, at(12)).reply.token?.text == "new")
    }

    @Test mutating func `a rejection forces one fetch with the same secret`() throws {
        try fill()
        let version = try unwrap(machine.request(at(1)).reply.token?.version)
        let orders = (0..<100).compactMap { _ in machine.rejected(version, at(2)).fetch }
        #expect(orders.map(\.secret) == [old])
    }

    @Test mutating func `a source that breaks leaves the secret in use, and shows`() throws {
        try fill()
        machine.secretUnusable(.missing)
        #expect(serves(10) == "old")
        #expect(machine.status(at(10)).text(host: "h").contains("does not exist"))
        _ = machine.secretRead(old, at(11))
        #expect(machine.status(at(11)).problem == nil)
    }

    @Test mutating func `a failure that blames the secret has its source read again, not too often`() throws {
        var order = try unwrap(machine.secretRead(old, at(0)))
        #expect(machine.failed(TokenFailure(.wrongSecret), order.ticket, at(1), using: &dice))
        order = try unwrap(machine.request(at(30)).fetch)
        #expect(machine.failed(TokenFailure(.unknownClient), order.ticket, at(31), using: &dice))
        order = try unwrap(machine.request(at(80)).fetch)
        #expect(!machine.failed(TokenFailure(.unavailable), order.ticket, at(81), using: &dice))
        // What an old secret's call says is no news of the new one.
        let late = try unwrap(machine.request(at(200)).fetch)
        _ = machine.secretRead(new, at(201))
        #expect(!machine.failed(TokenFailure(.wrongSecret), late.ticket, at(202), using: &dice))
    }

    @Test mutating func `a file that keeps changing costs at most twelve token calls a minute`() throws {
        var calls = 0
        for step in 0..<600 {
            let now = at(Double(step) * 0.1)
            if let order = machine.secretRead(Secret(copying: "s\(step)"), now) {
                calls += 1
                machine.failed(TokenFailure(.unavailable), order.ticket, now, using: &dice)
            }
            calls += machine.tick(now, using: &dice).count
        }
        #expect(calls >= 1 && calls <= 13)
        // And once it has come to rest, the last one is in use.
        let order = try unwrap(machine.tick(at(66), using: &dice).first)
        #expect(order.secret == Secret(copying: "s599"))
    }

    @Test mutating func `the timer is that of whichever version is due first`() throws {
        try fill()
        let order = try unwrap(machine.secretRead(new, at(10)))
        #expect(machine.nextTimer(after: at(10)) == at(50))
        machine.failed(TokenFailure(.unavailable), order.ticket, at(11), using: &dice)
        let next = try unwrap(machine.nextTimer(after: at(11)))
        #expect(next > at(11) && next <= at(12))
        #expect(machine.tick(next, using: &dice).map(\.secret) == [new])
    }

    @Test mutating func `the old secret is forgotten once the new one serves`() throws {
        weak var secret: Secret?
        do {
            let gone = Secret(copying: "gone")
            secret = gone
            let order = try unwrap(machine.secretRead(gone, at(0)))
            #expect(machine.fetched(TokenKit.grant("old"), order.ticket, at(0), using: &dice))
        }
        #expect(secret != nil)
        let order = try unwrap(machine.secretRead(new, at(10)))
        #expect(machine.fetched(TokenKit.grant("new"), order.ticket, at(12), using: &dice))
        #expect(secret == nil)
    }
}

/// A bearer token that somebody else keeps fresh.
@Suite struct StaticTokenTests {
    var machine = CredentialMachine(
        key: CredentialKey(tokenURL: "https://rest.na.zuora.com", clientID: nil, source: .file(path: "/t")))

    private func at(_ seconds: Double) -> Instant { TokenKit.at(seconds) }

    @Test mutating func `it serves at once, for ever, and never fetches`() {
        #expect(machine.secretRead(Secret(copying: "t1"), at(0)) == nil)
        #expect(machine.request(at(1e6)).reply.token?.text == "t1")
        #expect(machine.request(at(1e6)).fetch == nil)
        #expect(machine.nextTimer(after: at(0)) == nil)
        #expect(machine.status(at(0)).phase == .valid)
    }

    @Test mutating func `a new one takes over at once`() throws {
        _ = machine.secretRead(Secret(copying: "t1"), at(0))
        let first = try unwrap(machine.request(at(0)).reply.token?.version)
        _ = machine.secretRead(Secret(copying: "t2"), at(1))
        #expect(machine.request(at(1)).reply.token?.text == "t2")
        #expect(machine.rejected(first, at(2)).reply.token?.text == "t2")
    }

    @Test mutating func `once rejected it has its file read again, and shows until a new one comes`() throws {
        _ = machine.secretRead(Secret(copying: "t1"), at(0))
        let version = try unwrap(machine.request(at(0)).reply.token?.version)
        let reaction = machine.rejected(version, at(1))
        #expect(reaction.reply.refusal?.cause == .rejected)
        #expect(reaction.rereadsSecret)
        #expect(!machine.rejected(version, at(2)).rereadsSecret)
        #expect(machine.status(at(2)).phase == .failing)
        #expect(machine.status(at(2)).failure?.cause == .rejected)
        _ = machine.secretRead(Secret(copying: "t1"), at(3))
        #expect(machine.status(at(3)).phase == .failing)
        _ = machine.secretRead(Secret(copying: "t2"), at(4))
        #expect(machine.status(at(4)).phase == .valid)
    }

    @Test mutating func `without one callers are refused`() {
        machine.secretUnusable(.notABearerToken)
        #expect(machine.request(at(0)).reply.refusal?.cause == .noSecret(.notABearerToken))
        #expect(machine.status(at(0)).phase == .failed)
    }
}

@Suite struct CredentialKeyTests {
    @Test func `credentials are shared only where all that makes a token is the same`() {
        let base = CredentialKey(tokenURL: "https://a/oauth/token", clientID: "id", source: .file(path: "/s"))
        let others = [
            CredentialKey(tokenURL: "https://b/oauth/token", clientID: "id", source: .file(path: "/s")),
            CredentialKey(tokenURL: "https://a/oauth/token", clientID: "id2", source: .file(path: "/s")),
            CredentialKey(tokenURL: "https://a/oauth/token", clientID: "id", source: .file(path: "/s2")),
            CredentialKey(tokenURL: "https://a/oauth/token", clientID: "id", source: .environment(name: "/s")),
            CredentialKey(tokenURL: "https://a/oauth/token", clientID: nil, source: .file(path: "/s")),
        ]
        #expect(Set(others + [base]).count == 6)
        #expect(
            base
                == CredentialKey(
                    .client(id: "id", secret: .file(path: "/s")), upstream: "https://a", tokenURL: "https://a/oauth/token"))
    }
}
