import Network
import Policy
import Testing
import Wire

@testable import Gateway

/// When a store counts as lost, and when it does not.
@Suite(.timeLimit(.minutes(1))) struct StoreClientTests {
    private static let call = MemberCount.call("m", member: "me")

    /// A client of a store that may be used.
    private func connected(_ store: StandInStore, _ loop: isolated KeeperLoop) async -> StoreClient {
        let client = StoreClient(store.settings, reactor: loop.reactor, upstream: loop.client, log: loop.log)
        client.begin()
        while !client.health.isUp { await loop.reactor.yield() }
        return client
    }

    @Test func `a reply that is there in time is not late because the process stood still`() async throws {
        let store = try StandInStore { _ in .reply("members", .integer(1)) }
        defer { store.close() }
        try await KeeperLoop.with { loop in
            let client = await connected(store, loop)
            defer { client.close() }
            var replies = 0
            let begun = Instant.now()
            client.run(Self.call) { _, _ in replies += 1 }
            while store.replied == 0 || Instant.now() <= begun + store.settings.timeout {}
            while replies == 0, client.losses.isEmpty { await loop.reactor.yield() }
            #expect(replies == 1 && client.losses.isEmpty)
        }
    }

    @Test func `a store without a reply in time is lost`() async throws {
        let store = try StandInStore { _ in nil }
        defer { store.close() }
        try await KeeperLoop.with { loop in
            let client = await connected(store, loop)
            defer { client.close() }
            let begun = Instant.now()
            client.run(Self.call) { _, _ in Issue.record("there was no reply") }
            while client.losses.isEmpty { await loop.reactor.yield() }
            #expect(client.losses == ["slow": 1])
            #expect(Instant.now() - begun >= store.settings.timeout)
        }
    }

    @Test func `a command that a cluster cannot run while it moves the keys is told so, and the store is not lost`() async throws
    {
        let refusal = RESPValue.error(Array("TRYAGAIN Multiple keys request during rehashing of slot".utf8))
        let store = try StandInStore { _ in refusal }
        defer { store.close() }
        try await KeeperLoop.with { loop in
            let client = await connected(store, loop)
            defer { client.close() }
            var replies: [RESPValue] = []
            client.run(Self.call) { value, _ in replies.append(value) }
            while replies.isEmpty, client.losses.isEmpty { await loop.reactor.yield() }
            #expect(replies == [refusal] && client.losses.isEmpty)
        }
    }
}
