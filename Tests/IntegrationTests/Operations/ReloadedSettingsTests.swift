import Foundation
import TestSupport
import Testing

/// What a reload puts in force, and what it cannot and therefore says.
@Suite struct ReloadedSettingsTests {
    @Test func `a change that requires a restart is reported until it is reverted`() async throws {
        try await Scene.run(SceneSettings(admin: try LoopbackSocket.freePort(), limits: #"body = "1MiB""#)) { scene in
            #expect(try scene.admin("/readyz").json["configuration"] == nil)
            try scene.reload(#"body = "1MiB""#, #"body = "2MiB""#)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains(#""keys":"limits.body""#) })
            let configuration = try scene.admin("/readyz").json["configuration"] as? [String: Any]
            #expect(configuration?["awaiting_restart"] as? [String] == ["limits.body"])
            #expect(try scene.admin("/metrics").text.contains("zuora_gateway_configuration_awaiting_restart 1\n"))
            #expect(try scene.admin("/status.json").text.contains(#""awaiting_restart":["limits.body"]"#))
            // It is compared with the start, not with the last reload, and told in the log once.
            try scene.reload("retry = {", "# another change\nretry = {")
            #expect(scene.gateway.wait { scene.gateway.standardError.split(separator: "configuration reloaded").count >= 3 })
            #expect(try scene.admin("/metrics").text.contains("zuora_gateway_configuration_awaiting_restart 1\n"))
            #expect(scene.gateway.standardError.split(separator: "some changes require a restart").count == 2)
            try scene.reload(#"body = "2MiB""#, #"body = "1MiB""#)
            #expect(
                try eventually { try scene.admin("/metrics").text.contains("zuora_gateway_configuration_awaiting_restart 0\n") })
            #expect(try scene.admin("/readyz").json["configuration"] == nil)
        }
    }

    @Test func `requests in flight count for limits that a reload changes`() async throws {
        var settings = SceneSettings(admin: try LoopbackSocket.freePort())
        settings.tenant += "\nconcurrency = 2\nqueue = 0"
        try await Scene.run(settings) { scene in
            let held = try (0..<2).map { number in
                let wire = try scene.connect()
                wire.send(.get("fault-get-hold.\(number)", ["X-Zuora-Tenant": "acme"]))
                return wire
            }
            #expect(try eventually { try scene.control.calls().count == 2 })
            let reloads = { scene.gateway.standardError.split(separator: "configuration reloaded").count - 1 }
            try scene.reload("concurrency = 2\nqueue = 0", "concurrency = 2\nqueue = 0\nqueue_timeout = \"1s\"")
            #expect(scene.gateway.wait { reloads() == 1 })
            let get = Request.get("executing", ["X-Zuora-Tenant": "acme"])
            #expect(try scene.send(get).problem == "queue-full")
            try scene.reload("concurrency = 2\nqueue = 0", "concurrency = 3\nqueue = 0")
            #expect(scene.gateway.wait { reloads() == 2 })
            #expect(try scene.send(get).status == 200)
            for wire in held { wire.close() }
        }
    }

    @Test func `the level of the diagnostics changes while it runs`() async throws {
        try await Scene.run(SceneSettings(admin: try LoopbackSocket.freePort(), gateway: #"log_level = "error""#)) { scene in
            #expect(try eventually { try scene.admin("/readyz").status == 200 })
            #expect(scene.gateway.standardError == "")
            try scene.reload(#"log_level = "error""#, #"log_level = "info""#)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains("configuration reloaded") })
            // The second change shows when both are in force.
            try scene.reload(#"log_level = "info""#, "log_level = \"critical\"\nlandlock = false")
            #expect(
                try eventually { try scene.admin("/metrics").text.contains("zuora_gateway_configuration_awaiting_restart 1\n") })
            let length = scene.gateway.standardError.count
            try scene.reload("[tenants.globex]", "[tenants.globex]\nnonsense = 1")
            #expect(try eventually { try !scene.admin("/metrics").text.contains(#"reloads_total{result="failed"} 0"#) })
            #expect(scene.gateway.standardError.count == length)
        }
    }

    @Test func `warnings about a reloaded file are logged, each once`() async throws {
        let port = try LoopbackSocket.freePort()
        let caller = "[callers.one]\nkey_sha256 = \"\(String(repeating: "a", count: 64))\"\n"
        let settings = SceneSettings(
            listen: "listen = [\"0.0.0.0:\(port)\"]", ports: [port], admin: try LoopbackSocket.freePort(),
            gateway: "trust_network = true\n" + caller)
        try await Scene.run(settings) { scene in
            let warnings = { (text: String) in scene.gateway.standardError.split(separator: text).count - 1 }
            #expect(try eventually { try scene.admin("/readyz").status == 200 })
            #expect(warnings("configuration warning") == 0 && warnings("no callers are configured: every client") == 0)
            try scene.reload(caller, "")
            #expect(scene.gateway.wait { warnings("no callers are configured: every client") == 1 })
            #expect(warnings("configuration reloaded") == 1 && warnings("configuration warning") == 1)
            try scene.reload("[tenants.globex]", "# one more line\n[tenants.globex]\nburst = 3")
            #expect(scene.gateway.wait { warnings("configuration reloaded") == 2 && warnings("configuration warning") == 2 })
            #expect(scene.gateway.standardError.contains("tenants.globex.burst: has no effect without rate"))
            #expect(warnings("no callers are configured: every client") == 1)
        }
    }

    @Test func `names for Host change on the admin listener, too`() async throws {
        let admin = try LoopbackSocket.freePort()
        try await Scene.run(SceneSettings(admin: admin, gateway: #"hosts = ["gw.example.com"]"#)) { scene in
            func status(_ host: String) throws -> Int {
                let wire = try Wire(port: admin)
                wire.send("GET /livez HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                return try wire.receive().status
            }
            #expect(try eventually { try scene.admin("/readyz").status == 200 })
            #expect(try status("gw.example.com") == 200 && status("new.example.com") == 421)
            try scene.reload("gw.example.com", "new.example.com")
            #expect(scene.gateway.wait { scene.gateway.standardError.contains("configuration reloaded") })
            #expect(try status("gw.example.com") == 421 && status("new.example.com") == 200)
        }
    }

    @Test func `a file that does not load shows in readyz, with its line, and the old one serves`() async throws {
        try await Scene.run(SceneSettings(admin: try LoopbackSocket.freePort())) { scene in
            try scene.reload("[tenants.globex]", "[tenants.globex]\nnonsense = 1")
            #expect(try eventually { try scene.admin("/readyz").json["configuration"] != nil })
            #expect(try eventually { try scene.admin("/readyz").status == 200 })
            let ready = try scene.admin("/readyz")
            let error = (ready.json["configuration"] as? [String: Any])?["error"] as? String
            #expect(error?.contains("nonsense") == true && error?.contains("proxy.conf:") == true)
            #expect(try scene.admin("/metrics").text.contains("zuora_gateway_configuration_current 0\n"))
            #expect(try scene.send(.cancel("executing", ["X-Zuora-Tenant": "globex"])).status == 200)
        }
    }
}
