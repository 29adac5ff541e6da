import Foundation
import TestSupport
import Testing

/// A gateway at its own limits turns away what is new, and nothing else.
@Suite(.serialized) struct SheddingTests {
    @Test
    func `beyond the limit on requests there is a 503 that says so, counted and logged; cancels and admin calls get through`()
        async throws
    {
        var settings = SceneSettings()
        settings.limits = "requests = 2"
        settings.admin = try LoopbackSocket.freePort()
        let admin = settings.admin ?? 0
        try await Scene.run(settings) { scene in
            let held = try (0..<2).map { try Self.hold(scene, "fault-get-hold.\($0)") }
            #expect(try eventually { try scene.control.calls().count == 2 })

            let shed = try scene.send(.get("executing", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "shed"]))
            #expect(shed.status == 503)
            #expect(shed.problem == "overload")
            #expect(shed["Retry-After"] == "1")
            #expect(shed["Proxy-Status"] == #"zuora-gateway; error=proxy_internal_response; details="overload""#)
            #expect(shed.json["retry_after"] as? Int == 1)
            #expect((shed.json["detail"] as? String)?.contains("limits.requests") == true)
            #expect(shed.trackID == "shed")
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "globex"])).status == 503)

            // A cancel makes room at Zuora: it is shed last.
            let cancel = try scene.send(.cancel("executing.1", ["X-Zuora-Tenant": "acme"]))
            #expect(cancel.status == 200 && cancel.outcome == "cancelled")
            // What no upstream is asked for is no load.
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "none"])).problem == "unknown-tenant")
            #expect(try Wire(port: admin).exchange(Request("GET", "/livez")).status == 200)
            let metrics = try Wire(port: admin).exchange(Request("GET", "/metrics")).text
            #expect(metrics.contains(#"zuora_gateway_requests_shed_total{resource="requests"} 2"#))
            #expect(metrics.contains(#"zuora_gateway_requests_shed_total{resource="memory"} 0"#))
            #expect(metrics.contains("zuora_gateway_requests_under_way 2\n"))

            for wire in held { wire.close() }
            #expect(try eventually { try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200 })
            let line = #""track_id":"shed","#
            #expect(scene.gateway.wait { scene.gateway.standardOutput.contains(line) })
            let logged = scene.gateway.standardOutput.split(separator: "\n").first { $0.contains(line) } ?? ""
            #expect(logged.contains(#""status":503,"outcome":"refused""#) && logged.contains(#""error":"overload""#))
        }
    }

    @Test func `bodies that are held count, until their requests are over`() async throws {
        var settings = SceneSettings()
        // A tenant's share is a quarter: with two requests in flight the next one is not among those that are shed last.
        settings.limits = #"memory = "1MiB""# + "\nbody = \"16MiB\"\nrequests = 11"
        try await Scene.run(settings) { scene in
            let inFlight = try (0..<2).map { try Self.hold(scene, "fault-get-hold.\($0)") }
            #expect(try eventually { try scene.control.calls().count == 2 })
            // Each holds what has come of its body; its end does not come. Reading stops at the limit.
            let body = [UInt8](repeating: 0x20, count: 250 << 10)
            let held = try (0..<8).map { _ in
                let wire = try scene.connect()
                wire.send(
                    "POST /v1/batch-query HTTP/1.1\r\nHost: g\r\nX-Zuora-Tenant: acme\r\nContent-Length: \(body.count + 1)\r\n\r\n"
                )
                wire.send(body)
                return wire
            }
            let get = Request.get("executing", ["X-Zuora-Tenant": "acme"])
            #expect(try eventually { (try scene.send(get).json["detail"] as? String)?.contains("limits.memory") == true })
            for wire in held + inFlight { wire.close() }
            #expect(try eventually { try scene.send(get).status == 200 })
        }
    }

    private static func hold(_ scene: Scene, _ job: String) throws -> Wire {
        let wire = try scene.connect()
        wire.send(.get(job, ["X-Zuora-Tenant": "acme"]))
        return wire
    }
}
