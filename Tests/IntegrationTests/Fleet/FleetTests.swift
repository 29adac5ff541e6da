import Foundation
import Testing

/// Members of a fleet with a real store, by the stand-in's book.
@Suite(.serialized, .enabled(if: FleetScene.isAvailable, "redis-server is not installed"))
struct FleetTests {
    @Test(arguments: FleetScene.Way.allCases)
    func `members that start together make one token call for each credential`(way: FleetScene.Way) async throws {
        // A busy machine must not look like a slow store.
        let settings = FleetScene.Settings(members: way == .tcp ? 8 : 3, way: way, fleet: "timeout = \"1s\"")
        try await FleetScene.run(settings) { scene in
            try Self.expectOneCallEach(scene)
        }
    }

    /// One token call for each credential, of all members and of those that take their place.
    static func expectOneCallEach(_ scene: FleetScene) throws {
        #expect(scene.failures() == [])
        #expect(try scene.control.tokenCalls().count == 2)
        #expect(try scene.areAll("up"))
        // The next generation of processes finds the tokens.
        try scene.restartMembers()
        #expect(scene.failures() == [])
        #expect(try scene.control.tokenCalls().count == 2)
        #expect(try scene.metrics().contains(#"fleet_tokens_total{origin="received"} 2"#))
    }

    @Test func `a token that Zuora has revoked is replaced by one call for all members`() async throws {
        // A busy machine must not look like a slow store.
        try await FleetScene.run(FleetScene.Settings(fleet: "timeout = \"1s\"")) { scene in
            #expect(scene.failures() == [])
            try scene.control.call("POST", "revoke", "{}")
            #expect(scene.failures() == [])
            #expect(try scene.control.tokenCalls().count == 4)
        }
    }

    @Test(arguments: ["kill", "stop", "flush", "script flush", "read-only"])
    func `a store in trouble costs no request`(trouble: String) async throws {
        try await FleetScene.run { scene in
            #expect(scene.failures() == [])
            switch trouble {
            case "kill":
                scene.store.signal(SIGKILL)
                scene.store.waitForEnd()
            case "stop": scene.store.signal(SIGSTOP)
            case "flush": try scene.administrate("FLUSHALL")
            case "script flush": try scene.administrate("SCRIPT", "FLUSH")
            default: try scene.administrate("REPLICAOF", "127.0.0.1", "1")
            }
            #expect(scene.failures() == [])
            // Every member needs another token now.
            try scene.control.call("POST", "revoke", "{}")
            for _ in 0..<5 { #expect(scene.failures() == []) }
            let calls = try scene.control.tokenCalls().count
            switch trouble {
            case "flush", "script flush": #expect(calls <= 6, "\(calls)")
            default:
                #expect(calls <= 2 + 2 * 4, "\(calls)")
                let readiness = try scene.readiness()
                #expect(readiness.status == 200 && readiness.store == "lost")
                #expect(readiness.reason != nil)
            }
            switch trouble {
            case "kill": try scene.startStoreAgain()
            case "stop": scene.store.signal(SIGCONT)
            case "read-only": try scene.administrate("REPLICAOF", "NO", "ONE")
            default: break
            }
            #expect(try eventually(within: 40) { try scene.areAll("up") })
            #expect(scene.failures() == [])
        }
    }

    @Test func `members that start without their store serve`() async throws {
        try await FleetScene.run { scene in
            scene.store.signal(SIGKILL)
            scene.store.waitForEnd()
            try scene.restartMembers()
            #expect(scene.failures() == [])
            #expect(try scene.control.tokenCalls().count == 2 * 4)
        }
    }

    @Test func `a store that does not let a member in is shown with its reason, and costs no request`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 1, password: "not-the-stores")) { scene in
            #expect(scene.failures() == [])
            #expect(try eventually { try scene.readiness().store == "lost" })
            let readiness = try scene.readiness()
            #expect(readiness.status == 200 && readiness.reason == "unauthenticated")
            #expect(try scene.metrics().contains("fleet_store_up 0"))
            #expect(try scene.metrics().contains(#"fleet_tokens_total{origin="local"} 2"#))
        }
    }

    @Test func `the store is sent and holds neither tokens nor secrets, nor the names of clients, tenants and entities`()
        async throws
    {
        let shared = "fleet_concurrency = 4\nfleet_rate = 1000\nqueue_timeout = \"60s\""
        try await FleetScene.run(FleetScene.Settings(members: 2, acme: shared)) { scene in
            let monitor = try scene.servers.monitor(0)
            defer { monitor.signal(SIGKILL) }
            #expect(monitor.wait { monitor.standardOutput.hasPrefix("OK") })
            // From their first command on.
            try scene.restartMembers()
            #expect(scene.failures() == [])
            try scene.control.call("POST", "revoke", "{}")
            try scene.slowDown("300ms")
            let calls = scene.begin(6, at: 0, calls: 2) + scene.begin(6, at: 1, calls: 2)
            #expect(try eventually { try scene.inFlight() > 0 })
            let dump = try scene.servers.dump(0)
            #expect(calls.statuses().allSatisfy { $0 == 200 })
            try scene.administrate("ECHO", "the end")
            #expect(monitor.wait { monitor.standardOutput.contains("the end") })
            let commands = monitor.standardOutput
            // Records of tokens and rates, the lane and its members, and what scripts write.
            for part in ["hash zg1:{c:", "hash zg1:{r:", "hash zg1:{l:", "zset zg1:{l:", "refresh"] {
                #expect(dump.contains(part), "\(part) in \(dump)")
            }
            for part in ["\"EVALSHA\"", " lua] \"HSET\"", "\"refresh\"", "\"zg1:{l:"] {
                #expect(commands.contains(part), "\(part)")
            }
            let names = [FleetScene.acme, FleetScene.globex, SceneSettings.emea, SceneSettings.amer, "acme", "globex", "emea"]
            let secrets = try scene.control.tokens() + ["sandbox-secret", "globex-secret", "store-password"]
            expectNone(of: secrets + names, in: ["the store": dump, "its commands": commands])
        }
    }

    @Test func `a record that no member has sealed is refused, and costs no request`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 2)) { scene in
            #expect(scene.failures() == [])
            for key in try scene.administrate("--scan", "--pattern", "zg1:{c:*").split(separator: "\n") {
                try scene.administrate("HSET", String(key), "token", "forged")
            }
            try scene.restartMembers()
            #expect(scene.failures() == [])
            #expect(try scene.metrics().contains("fleet_records_refused_total 2"))
        }
    }

    @Test func `a fleet of known size keeps to the limit on token calls without its store`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 3, fleet: "members = 100000")) { scene in
            scene.store.signal(SIGKILL)
            scene.store.waitForEnd()
            try scene.restartMembers()
            for member in 0..<3 {
                let response = try scene.send(
                    .get("executing", ["X-Zuora-Tenant": "acme", "X-Request-Timeout": "10"]), to: member)
                // One in ten thousand would have its turn in time.
                #expect(response.status == 503 && response.problem == "token-rate-limited", "\(response.text)")
                #expect(response["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
            }
            #expect(try scene.control.tokenCalls().isEmpty)
        }
    }

    @Test func `check --online tries the store as a member would`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 1)) { scene in
            let config = scene.directory.appending(path: "member-0.conf")
            func check() throws -> TLSBench.Output {
                try TLSBench.run(TLSBench.gateway, ["check", "--online", "--config", config.path])
            }
            let good = try check()
            #expect(
                good.status == 0 && good.text.contains("fleet: 127.0.0.1:\(scene.storePort) can be used (Redis "), "\(good.text)")
            #expect(!good.text.contains("maxmemory-policy"))
            try scene.administrate("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            #expect(try check().text.contains("allkeys-lru"))
            try scene.administrate("ACL", "SETUSER", "zg", "-evalsha")
            let forbidden = try check()
            #expect(forbidden.status == 77 && forbidden.text.contains("does not grant this user"), "\(forbidden.text)")
            scene.store.signal(SIGKILL)
            scene.store.waitForEnd()
            let down = try check()
            #expect(down.status == 69 && down.text.contains("cannot be reached"), "\(down.text)")
        }
    }

    @Test(arguments: FleetServers.Program.allCases.filter { $0.path != nil }, ["tokens", "slots", "rates"])
    func `check --online needs the rights of the scripts that are in use`(program: FleetServers.Program, share: String)
        async throws
    {
        let settings = FleetScene.Settings(members: 1, program: program, fleet: "share = [\"\(share)\"]")
        try await FleetScene.run(settings) { scene in
            let config = scene.directory.appending(path: "member-0.conf")
            for (change, status) in [("+hmget", 0), ("-hmget", 77)] as [(String, Int32)] {
                try scene.administrate("ACL", "SETUSER", "zg", change)
                let output = try TLSBench.run(TLSBench.gateway, ["check", "--online", "--config", config.path])
                #expect(output.status == status, "\(output.text)")
                let name = program == .redis ? "Redis" : "Valkey"
                #expect(output.text.contains("can be used (\(name) ") == (status == 0), "\(output.text)")
                #expect(output.text.contains("does not grant this user the rights") == (status != 0), "\(output.text)")
            }
        }
    }

    @Test func `every counter of the fleet is there from the start`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 1)) { scene in
            #expect(try eventually { try scene.areAll("up") })
            let metrics = try scene.metrics()
            let seconds = metrics.split(separator: "\n").first {
                $0.hasPrefix("zuora_gateway_fleet_store_command_seconds_total ")
            }
            #expect(seconds.flatMap { Double($0.split(separator: " ")[1]) } ?? 0 > 0)
            for reason in ["quota", "concurrency", "rate-limited"] {
                #expect(metrics.contains("fleet_pauses_total{reason=\"\(reason)\"} 0"), "\(metrics)")
            }
            for reason in ["slow", "unreachable", "malformed", "unknown-master", "insecure", "forbidden", "error"] {
                #expect(metrics.contains("fleet_store_losses_total{reason=\"\(reason)\"} 0"))
            }
        }
    }
}
