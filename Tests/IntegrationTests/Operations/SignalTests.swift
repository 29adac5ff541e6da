import Foundation
import TestSupport
import Testing

/// How the process follows signals and the admin listener's orders.
@Suite struct SignalTests {
    @Test func `SIGUSR1 changes nothing`() async throws {
        try await Scene.run(SceneSettings(admin: try LoopbackSocket.freePort())) { scene in
            let kept = try scene.connect()
            #expect(try kept.exchange(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            for _ in 0..<3 { scene.gateway.signal(SIGUSR1) }
            // Signals come in the order of their numbers, and one loop serves them and the admin listener.
            #expect(try scene.admin("/readyz").status == 200)
            #expect(try kept.exchange(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            #expect(scene.gateway.isRunning)
            #expect(try scene.admin("/metrics").text.contains(#"reloads_total{result="done"} 0"#))
        }
    }

    @Test func `readiness goes first: callers are still served while listeners stay open for min_drain`() async throws {
        let settings = SceneSettings(admin: try LoopbackSocket.freePort(), gateway: "drain = \"60s\"\nmin_drain = \"40s\"")
        try await Scene.run(settings) { scene in
            let kept = try scene.connect()
            #expect(try kept.exchange(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            scene.gateway.signal(SIGTERM)
            #expect(try eventually { try scene.admin("/readyz").status == 503 })
            #expect(try scene.admin("/readyz").json["status"] as? String == "draining")
            #expect(try scene.admin("/livez").status == 200)
            #expect(try scene.admin("/startupz").status == 200)
            #expect(try scene.admin("/metrics").text.contains("zuora_gateway_draining 1\n"))
            for wire in [kept, try scene.connect()] {
                let response = try wire.exchange(.get("executing", ["X-Zuora-Tenant": "acme"]))
                #expect(response.status == 200 && response["Connection"] == "close")
                #expect(throws: Wire.Failure.noResponse) { try wire.receive() }
            }
            scene.gateway.signal(SIGTERM)
            scene.gateway.waitForEnd()
        }
    }

    @Test func `wait, health and quit work on the gateway itself`() async throws {
        let port = try LoopbackSocket.freePort()
        try await Scene.run(SceneSettings(admin: port)) { scene in
            let waited = try scene.command("wait")
            #expect(waited == 0)
            #expect(try scene.command("health") == 0)
            #expect(try scene.admin("/quitquitquit").status == 405)
            let page = Request("POST", "/quitquitquit", ["Origin": "http://elsewhere.example"])
            #expect(try Wire(port: port).exchange(page).status == 403)
            #expect(try scene.command("quit") == 0)
            // It was asked to, so it has done what it should: no signal's code.
            #expect(scene.gateway.waitForEnd() == .exited(0))
            #expect(try scene.command("health") == 1)
        }
    }
}
