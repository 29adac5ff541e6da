import Foundation
import TestSupport
import Testing

/// What probes are told, and what not.
@Suite struct HealthTests {
    private static func withoutTokens(_ settings: SceneSettings) -> SceneSettings {
        var settings = settings
        settings.setUp = { try $0.fault(#"{"name":"down","effect":"503","match":{"path":"/oauth/token"}}"#) }
        return settings
    }

    /// Has the first token calls made, which are spread over a minute unless a request needs one.
    private static func wantTokens(_ scene: Scene) throws {
        for tenant in ["acme", "globex"] {
            _ = try scene.send(.get("executing", ["X-Zuora-Tenant": tenant]).with("X-Request-Timeout", "300ms"))
        }
    }

    @Test func `an outage of Zuora's token endpoint takes no process out of rotation`() async throws {
        try await Scene.run(Self.withoutTokens(SceneSettings(admin: try LoopbackSocket.freePort()))) { scene in
            #expect(try eventually { try scene.admin("/readyz").status == 200 })
            let ready = try scene.admin("/readyz")
            #expect(ready.status == 200)
            #expect(ready.json["status"] as? String == "ready" && ready.json["tenants"] == nil)
            try Self.wantTokens(scene)
            for query in ["tenants", "tenants=1", "a=b&tenants"] {
                let tenants = try scene.admin("/readyz?\(query)")
                #expect(tenants.status == 503)
                #expect(tenants.json["status"] as? String == "not-ready")
                #expect(tenants.json["tenants_ready"] as? Int == 0 && tenants.json["tenants_total"] as? Int == 2)
            }
            #expect(try scene.admin("/readyz?tenant").status == 200)
            #expect(try scene.admin("/metrics").text.contains(#"zuora_gateway_tenant_ready{tenant="acme"} 0"#))
            try scene.control.call("DELETE", "faults/down")
            #expect(try eventually { try scene.admin("/readyz?tenants").status == 200 })
        }
    }

    @Test func `wait waits for the process, and with --tenants for a tenant`() async throws {
        try await Scene.run(Self.withoutTokens(SceneSettings(admin: try LoopbackSocket.freePort()))) { scene in
            let process = try scene.command("wait")
            #expect(process == 0)
            try Self.wantTokens(scene)
            let tenants = try scene.command("wait", ["--tenants", "--timeout", "300ms"])
            #expect(tenants == 1)
        }
    }

    @Test func `callers' listeners have a health path if the configuration says so, without key, tenant or log line`()
        async throws
    {
        let key = "[callers.billing]\nkey_sha256 = [\"\(String(repeating: "0", count: 64))\"]"
        let settings = SceneSettings(
            gateway: "health_path = \"/-/healthy\"\ndrain = \"60s\"\nmin_drain = \"40s\"", limits: "head = \"16KiB\"\n\(key)")
        try await Scene.run(Self.withoutTokens(settings)) { scene in
            let wire = try scene.connect()
            let healthy = try wire.exchange(Request("GET", "/-/healthy"))
            #expect(healthy.status == 200)
            #expect(healthy.json["status"] as? String == "ready" && healthy.json.count == 1)
            #expect(try wire.exchange(Request("GET", "/-/healthy?from=balancer")).status == 200)
            let wrong = try wire.exchange(Request("POST", "/-/healthy"))
            #expect(wrong.status == 405 && wrong["Allow"] == "GET, HEAD")
            #expect(try wire.exchange(Request("GET", "/-/healthy2")).status == 401)
            scene.gateway.signal(SIGTERM)
            #expect(try eventually { try scene.connect().exchange(Request("GET", "/-/healthy")).status == 503 })
            // A request that is logged is written after those before it.
            #expect(try scene.connect().exchange(Request("GET", "/last")).status == 401)
            #expect(scene.gateway.wait { scene.gateway.standardOutput.split(separator: "\n").count == 2 })
            scene.gateway.signal(SIGTERM)
            scene.gateway.waitForEnd()
            #expect(scene.gateway.standardOutput.split(separator: "\n").count == 2)
        }
    }

    @Test func `without it the path is an unknown one`() async throws {
        try await Scene.run { scene in
            let response = try scene.send(Request("GET", "/-/healthy", ["X-Zuora-Tenant": "acme"]))
            #expect(response.status == 404)
        }
    }
}
