import Foundation
import Testing

/// Members of a fleet whose store is watched by Sentinel, is a cluster, or is Valkey, by the stand-in's book.
@Suite(.serialized, .enabled(if: FleetScene.isAvailable, "redis-server is not installed"))
struct FleetLayoutTests {
    enum Trouble: String, CaseIterable, Sendable { case command, kill, stop }

    /// How fast servers elect another master depends on the machine: not a part of `make test`.
    static let failsOver = ProcessInfo.processInfo.environment["ZUORA_GATEWAY_FAILOVERS"] != nil
    static let elsewhere: Comment = "make fleet runs it"

    @Test(
        arguments: [
            (.sentinel, .tcp), (.sentinel, .tls), (.cluster, .tcp), (.cluster, .tls),
        ] as [(FleetServers.Layout, FleetScene.Way)])
    func `members make one token call for each credential, whatever the store is`(
        layout: FleetServers.Layout, way: FleetScene.Way
    ) async throws {
        try await FleetScene.run(Self.settings(4, way, layout)) { try Self.shareTokens($0) }
    }

    @Test(
        .enabled(if: FleetServers.Program.valkey.path != nil, "valkey-server is not installed: make test installs it"),
        arguments: [.alone, .sentinel, .cluster] as [FleetServers.Layout])
    func `members make one token call for each credential with Valkey`(layout: FleetServers.Layout) async throws {
        try await FleetScene.run(Self.settings(4, .tcp, layout, .valkey)) { try Self.shareTokens($0) }
    }

    /// A busy machine must not look like a slow store.
    private static func settings(
        _ members: Int, _ way: FleetScene.Way, _ layout: FleetServers.Layout, _ program: FleetServers.Program = .redis
    ) -> FleetScene.Settings {
        FleetScene.Settings(members: members, way: way, layout: layout, program: program, fleet: "timeout = \"1s\"")
    }

    private static func shareTokens(_ scene: FleetScene) throws {
        try FleetTests.expectOneCallEach(scene)
        #expect(try scene.losses() == [])
        // Every member needs another one.
        try scene.control.call("POST", "revoke", "{}")
        #expect(scene.failures() == [])
        #expect(try scene.control.tokenCalls().count == 4)
        #expect(try scene.areAll("up"))
    }

    @Test(.enabled(if: failsOver, elsewhere), arguments: Trouble.allCases)
    func `a fail-over by Sentinel costs no request, and members then share through the new master`(trouble: Trouble) async throws
    {
        try await FleetScene.run(Self.settings(3, .tcp, .sentinel)) { scene in
            let servers = scene.servers
            #expect(scene.failures() == [])
            #expect(try servers.master() == 0)
            switch trouble {
            case .command: #expect(try eventually(within: 30) { try servers.askSentinel("FAILOVER", "shop").hasPrefix("OK") })
            case .kill: servers.signal(0, SIGKILL)
            case .stop: servers.signal(0, SIGSTOP)
            }
            // Without a need for the store, a member does not notice that its server is stopped.
            if trouble == .stop { try scene.control.call("POST", "revoke", "{}") }
            #expect(scene.failures() == [])
            #expect(try eventually(within: 30) { try servers.master() == 1 })
            try Self.shareAgain(scene, afterLoss: true, afterRestart: trouble == .stop)
        }
    }

    @Test(.enabled(if: failsOver, elsewhere), arguments: [Trouble.kill, .stop])
    func `a fail-over in a cluster costs no request, and members then share through the new master`(trouble: Trouble) async throws
    {
        try await FleetScene.run(Self.settings(3, .tcp, .replicatedCluster)) { scene in
            let servers = scene.servers
            #expect(scene.failures() == [])
            let key = try #require(try Self.keys(scene).first)
            let owner = try #require(try servers.owner(of: key))
            servers.signal(owner, trouble == .kill ? SIGKILL : SIGSTOP)
            if trouble == .stop { try scene.control.call("POST", "revoke", "{}") }
            #expect(scene.failures() == [])
            #expect(try eventually(within: 60) { try servers.owner(of: key) != nil }, "the cluster did not fail over")
            // A member that asked nothing of that node in the meantime has not lost the store.
            try Self.shareAgain(scene, afterLoss: false, afterRestart: trouble == .stop)
        }
    }

    /// Once all members have the store again, one call for each credential serves them all.
    /// - Parameters:
    ///   - afterLoss: whether all of them have lost it first.
    ///   - afterRestart: whether they need other tokens because they are started anew and the store is emptied, and not because
    ///     Zuora has revoked them: after a second revocation within five minutes, all wait.
    private static func shareAgain(_ scene: FleetScene, afterLoss: Bool, afterRestart: Bool) throws {
        let areUp = try eventually(within: 60) {
            let losses = try (0..<3).map { try scene.losses($0) }
            return try (!afterLoss || losses.allSatisfy { !$0.isEmpty }) && scene.areAll("up")
        }
        let states = try (0..<3).map { try scene.readiness($0) }
        #expect(areUp, "\(states)")
        #expect(scene.failures() == [])
        let before = try scene.control.tokenCalls().count
        if afterRestart {
            for index in scene.servers.running where try scene.servers.isMaster(index) {
                try scene.servers.run(index, ["FLUSHALL"])
            }
            try scene.restartMembers()
        } else {
            try scene.control.call("POST", "revoke", "{}")
        }
        #expect(scene.failures() == [])
        #expect(try scene.control.tokenCalls().count == before + 2)
    }

    /// The keys in a cluster: without a pattern, those of tokens.
    private static func keys(_ scene: FleetScene, _ pattern: String = "zg1:{c:*") throws -> [String] {
        try scene.servers.ports.indices.flatMap { index in
            try scene.servers.run(index, ["--scan", "--pattern", pattern]).split(separator: "\n").map(String.init)
        }
    }

    @Test func `a slot that moves to another node of the cluster is followed, and the store stays up`() async throws {
        try await FleetScene.run(Self.settings(3, .tcp, .cluster)) { scene in
            let servers = scene.servers
            #expect(scene.failures() == [])
            let key = try #require(try Self.keys(scene).first)
            let source = try #require(try servers.owner(of: key))
            let target = (source + 1) % 3
            let slot = try servers.run(source, ["CLUSTER", "KEYSLOT", key]).trimmingCharacters(in: .whitespacesAndNewlines)
            let (from, to) = (try servers.identity(source), try servers.identity(target))
            try servers.run(target, ["CLUSTER", "SETSLOT", slot, "IMPORTING", from])
            try servers.run(source, ["CLUSTER", "SETSLOT", slot, "MIGRATING", to])
            let moved = try servers.run(
                source,
                ["MIGRATE", "127.0.0.1", "\(servers.ports[target])", key, "0", "5000", "AUTH2", "admin", "admin-password"])
            #expect(moved.hasPrefix("OK"), "\(moved)")
            // The source says ASK now.
            try scene.restartMembers()
            #expect(scene.failures() == [])
            #expect(try scene.control.tokenCalls().count == 2)
            for node in [target, source, 3 - target - source] { try servers.run(node, ["CLUSTER", "SETSLOT", slot, "NODE", to]) }
            // And now MOVED.
            try scene.control.call("POST", "revoke", "{}")
            #expect(scene.failures() == [])
            #expect(try scene.control.tokenCalls().count == 4)
            let losses = try (0..<3).flatMap { try scene.losses($0) }
            #expect(losses == [])
        }
    }

    @Test(.enabled(if: failsOver, elsewhere), arguments: ["local", "wait"])
    func `while the slots of an entity move to another node of the cluster, the store stays up`(whenLost: String) async throws {
        var settings = Self.settings(2, .tcp, .cluster)
        settings.fleet += "\nlease = \"1s\"\nmembers = 2\nwhen_lost = \"\(whenLost)\""
        settings.acme = "fleet_concurrency = 4\nqueue_timeout = \"60s\""
        try await FleetScene.run(settings) { scene in
            let servers = scene.servers
            try scene.slowDown("100ms")
            #expect(scene.statuses(callers: 3, calls: 3).allSatisfy { $0 == 200 })
            let lane = try #require(try Self.keys(scene, "zg1:{l:*}").first)
            let source = try #require(try servers.owner(of: lane))
            let target = (source + 1) % 3
            let slot = try servers.run(source, ["CLUSTER", "KEYSLOT", lane]).trimmingCharacters(in: .whitespacesAndNewlines)
            let (from, to) = (try servers.identity(source), try servers.identity(target))
            let calls = scene.begin(4, at: 0, calls: 15) + scene.begin(4, at: 1, calls: 15)
            try servers.run(target, ["CLUSTER", "SETSLOT", slot, "IMPORTING", from])
            try servers.run(source, ["CLUSTER", "SETSLOT", slot, "MIGRATING", to])
            let keys = try Self.keys(scene, lane + "*")
            let moved = try servers.run(
                source,
                ["MIGRATE", "127.0.0.1", "\(servers.ports[target])", "", "0", "5000", "AUTH2", "admin", "admin-password", "KEYS"]
                    + keys)
            #expect(moved.hasPrefix("OK"), "\(moved)")
            if whenLost == "local" {
                #expect(calls.statuses().allSatisfy { $0 == 200 })
            } else {
                #expect(try eventually { try scene.inFlight() == 0 })
            }
            for node in [target, source, 3 - target - source] { try servers.run(node, ["CLUSTER", "SETSLOT", slot, "NODE", to]) }
            #expect(calls.statuses().allSatisfy { $0 == 200 })
            #expect(scene.statuses(callers: 3, calls: 3).allSatisfy { $0 == 200 })
            if whenLost == "wait" { #expect(try scene.peak() == 4) }
            let losses = try (0..<2).flatMap { try scene.losses($0) }
            #expect(losses == [])
        }
    }

    @Test func `a cluster without a part of its slots costs no request`() async throws {
        try await FleetScene.run(Self.settings(3, .tcp, .cluster)) { scene in
            let servers = scene.servers
            #expect(scene.failures() == [])
            let key = try #require(try Self.keys(scene).first)
            let owner = try #require(try servers.owner(of: key))
            servers.signal(owner, SIGSTOP)
            try scene.control.call("POST", "revoke", "{}")
            for _ in 0..<3 { #expect(scene.failures() == []) }
            #expect(try eventually { try scene.areAll("lost") })
            servers.signal(owner, SIGCONT)
            try Self.shareAgain(scene, afterLoss: true, afterRestart: true)
        }
    }

    @Test func `check --online tries sentinels and the nodes of a cluster`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 1, layout: .sentinel)) { scene in
            let good = try Self.check(scene)
            let master = "fleet: shop at 127.0.0.1:\(scene.storePort) can be used"
            #expect(good.status == 0 && good.text.contains(master), "\(good.text)")
            try scene.servers.askSentinel("REMOVE", "shop")
            let unknown = try Self.check(scene)
            #expect(unknown.status == 77 && unknown.text.contains("no master has the name"), "\(unknown.text)")
            scene.servers.sentinel?.signal(SIGKILL)
            scene.servers.sentinel?.waitForEnd()
            let down = try Self.check(scene)
            #expect(down.status == 69 && down.text.contains("does not reply in time"), "\(down.text)")
        }
        try await FleetScene.run(FleetScene.Settings(members: 1, layout: .cluster)) { scene in
            let good = try Self.check(scene)
            #expect(good.status == 0 && good.text.contains("can be used"), "\(good.text)")
            try scene.servers.run(1, ["ACL", "SETUSER", "zg", "-exists"])
            let forbidden = try Self.check(scene)
            #expect(forbidden.status == 77 && forbidden.text.contains("does not grant this user"), "\(forbidden.text)")
            scene.servers.signal(2, SIGSTOP)
            #expect(try Self.check(scene).status != 0)
        }
    }

    private static func check(_ scene: FleetScene) throws -> TLSBench.Output {
        let config = scene.directory.appending(path: "member-0.conf")
        return try TLSBench.run(TLSBench.gateway, ["check", "--online", "--config", config.path])
    }
}
