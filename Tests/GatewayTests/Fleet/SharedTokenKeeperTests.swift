import Foundation
import Network
import Policy
import Testing
import Wire

@testable import Gateway

/// What a member asks the store for tokens, and what it makes of the replies.
@Suite(.timeLimit(.minutes(1))) struct SharedTokenKeeperTests {
    /// Nobody listens at the token endpoint.
    private static func tenant(_ secret: SecretSource, caFile: String? = nil) -> TenantSettings {
        var upstream = UpstreamSettings(url: "http://127.0.0.1:1")
        upstream.caFile = caFile
        var tenant = TenantSettings(name: "acme", upstream: upstream, credential: .client(id: "id", secret: secret))
        tenant.token = TokenSettings(url: "http://127.0.0.1:1/oauth/token")
        return tenant
    }

    /// A keeper in a fleet whose store may be used.
    private func join(_ store: StandInStore, members: Int? = nil, _ loop: isolated KeeperLoop) async throws -> StoreClient {
        var settings = store.settings
        settings.members = members
        let client = StoreClient(settings, reactor: loop.reactor, upstream: loop.client, log: loop.log)
        loop.keeper.fleet = try #require(Fleet(settings, key: nil, store: client))
        client.begin()
        while !client.health.isUp { await loop.reactor.yield() }
        return client
    }

    private static let target = UpstreamSettings(url: "http://127.0.0.1:1")

    @Test func `credentials with the same secret are two members, of whom one calls`() async throws {
        let store = try StandInStore { _ in .reply("wait", .integer(9_000_000)) }
        defer { store.close() }
        try await KeeperLoop.with { loop in
            let client = try await join(store, loop)
            defer { client.close() }
            let target = try UpstreamTarget(Self.target)
            for caFile in [nil, "/dev/null"] {
                try loop.request(
                    loop.keeper.source(for: Self.tenant(.literal("secret"), caFile: caFile), target: target, notify: loop.note))
            }
            while store.runs.count < 2 { await loop.reactor.yield() }
            let runs = store.runs.prefix(2)
            #expect(Set(runs.map(\.words[0])).count == 1 && Set(runs.map(\.words[1])).count == 2, "\(runs)")
        }
    }

    @Test func `a secret that another member found wrong is read again`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
        try Data("one".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let store = try StandInStore { _ in .reply("hold", .integer(61_000_000), .text("wrong-secret")) }
        defer { store.close() }
        try await KeeperLoop.with { loop in
            let client = try await join(store, loop)
            defer { client.close() }
            let source = try #require(
                loop.keeper.source(
                    for: Self.tenant(.file(path: file.path)), target: try UpstreamTarget(Self.target), notify: loop.note))
            let before = source.status(.now()).fingerprint
            try Data("two".utf8).write(to: file)
            try loop.request(source)
            while source.status(.now()).failure == nil, source.status(.now()).fingerprint == before {
                await loop.reactor.yield()
            }
            let status = source.status(.now())
            #expect(before != nil && (status.successor?.fingerprint ?? status.fingerprint) != before)
        }
    }

    @Test func `a member that cannot reach Zuora does not hold the others up`() async throws {
        let store = try StandInStore { run in
            switch run.script {
            case "token": .reply("fetch", .integer(7), .integer(1))
            case "budget": .reply("go", .integer(1_000_000))
            default: .reply("noted")
            }
        }
        defer { store.close() }
        try await KeeperLoop.with { loop in
            let client = try await join(store, loop)
            defer { client.close() }
            let target = try UpstreamTarget(Self.target)
            try loop.request(loop.keeper.source(for: Self.tenant(.literal("secret")), target: target, notify: loop.note))
            while !store.runs.contains(where: { $0.script == "fail" }) { await loop.reactor.yield() }
            let words = try #require(store.runs.first { $0.script == "fail" }).words
            #expect(words.dropFirst() == ["7", "0", "unreachable"], "\(words)")
        }
    }

    @Test func `a record that no member has sealed leads to a call at a time of its own, as without the store`() async throws {
        let store = try StandInStore { _ in
            .reply("token", .integer(7), .integer(9_000_000_000), .integer(8_000_000_000), .text("forged"))
        }
        defer { store.close() }
        try await KeeperLoop.with { loop in
            // At once once in a million runs.
            let client = try await join(store, members: 1_000_000, loop)
            defer { client.close() }
            var calls = 0
            loop.keeper.onCall = { _ in calls += 1 }
            let target = try UpstreamTarget(Self.target)
            let source = try loop.request(
                loop.keeper.source(for: Self.tenant(.literal("secret")), target: target, notify: loop.note))
            while loop.keeper.fleet?.refused == 0 { await loop.reactor.yield() }
            while calls == 0, source.status(.now()).failure == nil { await loop.reactor.yield() }
            #expect(calls == 0 && source.status(.now()).failure?.cause == .rateLimited)
        }
    }
}
