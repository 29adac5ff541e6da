import Foundation
import Logging
import Network
import Policy
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Gateway

@Suite struct TokenKeeperTests {
    private static func tenant(_ parameters: [TokenSettings.Parameter] = []) -> TenantSettings {
        // Nobody listens there.
        var tenant = TenantSettings(
            name: "acme", upstream: UpstreamSettings(url: "http://127.0.0.1:1"),
            credential: .client(id: "id", secret: .literal("secret")))
        tenant.token = TokenSettings(url: "http://127.0.0.1:1/oauth/token")
        tenant.token.parameters = parameters
        return tenant
    }

    @Test func `tenants that ask for different tokens share none`() {
        let parameters = ["one", "two"].map { [TokenSettings.Parameter(name: "audience", value: $0)] }
        let keys = ([[]] + parameters).map { CredentialKey(Self.tenant($0)) }
        #expect(Set(keys).count == 3)
        #expect(CredentialKey(Self.tenant(parameters[0])) == keys[1])
    }

    @Test func `a credential that is dropped while a token is fetched for it ends without a trace`() async throws {
        let target = try UpstreamTarget(.init(url: "http://127.0.0.1:1"))
        try await KeeperLoop.with { loop in
            var calls = 0
            loop.keeper.onCall = { _ in calls += 1 }
            try loop.request(loop.keeper.source(for: Self.tenant(), target: target, notify: loop.note))
            loop.keeper.keepOnly([:])
            #expect(loop.keeper.targets.isEmpty)
            while calls == 0 { await loop.reactor.yield() }
            await loop.reactor.yield()
            // Whatever it has set by now.
            for hours in 1...3 { loop.reactor.timers.fire(.now() + .seconds(3600 * hours)) }
            #expect(calls == 1)
        }
    }

    @Test func `a secret that cannot be used is reported once, and again after it could be`() async throws {
        let target = try UpstreamTarget(.init(url: "http://127.0.0.1:1"))
        let folder = try ScratchFolder()
        var tenant = Self.tenant()
        tenant.credential = .client(id: "id", secret: .file(path: folder.path + "/secret"))
        try await KeeperLoop.with { [tenant] loop in
            let lines = LogLines()
            let keeper = TokenKeeper(reactor: loop.reactor, upstream: loop.client, log: Logger(label: "test") { _ in lines })
            _ = keeper.source(for: tenant, target: target) { _, _ in }
            for _ in 0..<3 { keeper.rereadSecrets() }
            #expect(lines.count("secret cannot be used") == 1)
            try folder.write("secret", "usable")
            keeper.rereadSecrets()
            try FileManager.default.removeItem(atPath: folder.path + "/secret")
            for _ in 0..<3 { keeper.rereadSecrets() }
            #expect(lines.count("secret cannot be used") == 2)
        }
    }

    @Test func `a dropped credential still serves its users, and is reused when it returns`() async throws {
        let target = try UpstreamTarget(.init(url: "http://127.0.0.1:1"))
        try await KeeperLoop.with { loop in
            var calls = 0
            loop.keeper.onCall = { _ in calls += 1 }
            let source = try loop.request(loop.keeper.source(for: Self.tenant(), target: target, notify: loop.note))
            loop.keeper.keepOnly([:])
            #expect(loop.keeper.targets.count == 1)
            loop.keeper.perform(.rereadSecret, source.key)
            while calls == 0 { await loop.reactor.yield() }
            #expect(loop.keeper.source(for: Self.tenant(), target: target) { _, _ in } === source)
        }
    }
}

extension TokenKeeperTests {
    @Test func `no token call is made at start, but within a minute or for a request`() async throws {
        let target = try UpstreamTarget(.init(url: "http://127.0.0.1:1"))
        try await KeeperLoop.with { loop in
            var calls = 0
            loop.keeper.onCall = { _ in calls += 1 }
            let begun = Instant.now()
            let source = loop.keeper.source(for: Self.tenant(), target: target, notify: loop.note)
            let due = try #require(source?.inspect { $0.nextTimer(after: begun) })
            #expect(due > begun && due <= .now() + .seconds(60))
            // The loop has not run since, and no call is under way: a request would wait for that one, and ask for none.
            #expect(calls == 0)
            try loop.request(source)
            #expect(loop.performed == 1)
            while calls == 0 { await loop.reactor.yield() }
        }
    }
}

extension TokenKeeperTests {
    @Test func `a secret file that is back unchanged is no problem anymore`() async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("secret", "secret\n")
        var tenant = TenantSettings(
            name: "acme", upstream: UpstreamSettings(url: "http://127.0.0.1:1"),
            credential: .client(id: "id", secret: .file(path: path)))
        tenant.token = TokenSettings(url: "http://127.0.0.1:1/oauth/token")
        let target = try UpstreamTarget(.init(url: "http://127.0.0.1:1"))
        let settings = tenant
        try await KeeperLoop.with { loop in
            let source = try #require(loop.keeper.source(for: settings, target: target, notify: loop.note))
            try FileManager.default.removeItem(atPath: path)
            loop.keeper.rereadSecrets()
            #expect(source.inspect { $0.status(.now()).problem } != nil)
            try Data("secret\n".utf8).write(to: URL(fileURLWithPath: path))
            loop.keeper.rereadSecrets()
            #expect(source.inspect { $0.status(.now()).problem } == nil)
        }
    }
}

/// Collects messages.
private final class LogLines: LogHandler, Sendable {
    private let messages = Mutex<[String]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { messages.withLock { $0.append("\(event.message)") } }

    func count(_ message: String) -> Int { messages.withLock { $0.count { $0 == message } } }
}
