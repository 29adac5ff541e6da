import Foundation
import TestSupport
import Testing

/// What the admin listener tells while an event loop is stuck.
@Suite(.enabled(if: StoppedThreads.isPossible)) struct StuckWorkerTests {
    @Test func `readyz names every worker that does not respond, and metrics and status go on with its last figures`()
        async throws
    {
        try await Scene.run(SceneSettings(workers: 2, admin: try LoopbackSocket.freePort())) { scene in
            for _ in 0..<20 { _ = try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])) }
            #expect(try scene.admin("/readyz").status == 200)
            #expect(try eventually { Self.relayed(try scene.admin("/metrics").text) == 20 })
            let stopped = try StoppedThreads(of: scene.gateway, named: "worker")
            for query in ["", "?tenants"] {
                let ready = try scene.admin("/readyz\(query)")
                #expect(ready.status == 503)
                for worker in 0..<2 {
                    #expect(ready.text.contains("worker \(worker) does not respond within 0.8 seconds"), "\(ready.text)")
                }
            }
            #expect(try scene.admin("/livez").status == 200)
            let metrics = try scene.admin("/metrics")
            #expect(metrics.status == 200)
            #expect(Self.relayed(metrics.text) == 20)
            let lag = Self.value("zuora_gateway_event_loop_lag_seconds", in: metrics.text)
            #expect(lag.map { $0 >= 0.8 } == true, "\(lag ?? -1)")
            #expect(try scene.admin("/status.json").status == 200)
            try stopped.letGo()
            #expect(try eventually { try scene.admin("/readyz").status == 200 })
        }
    }

    @Test func `a reload does not wait for a worker that does not respond, which has it once it does`() async throws {
        try await Scene.run(SceneSettings(workers: 1)) { scene in
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            let stopped = try StoppedThreads(of: scene.gateway, named: "worker")
            try scene.reload("[tenants.globex]", "[tenants.other]")
            #expect(scene.gateway.wait { scene.gateway.standardError.contains("configuration reloaded") })
            try stopped.letGo()
            #expect(try eventually { try scene.send(.get("executing", ["X-Zuora-Tenant": "other"])).status == 200 })
        }
    }

    @Test func `the end of the process does not wait for a worker that does not respond`() async throws {
        try await Scene.run(SceneSettings(workers: 2, gateway: "drain = \"1s\"")) { scene in
            // All workers run before the first request is served.
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            let stopped = try StoppedThreads(of: scene.gateway, named: "worker-1")
            scene.gateway.signal(SIGTERM)
            #expect(eventually(within: 20) { stopped.haveEnded })
            #expect(scene.gateway.waitForEnd() == .exited(1))
            #expect(scene.gateway.standardError.contains("drain timed out"))
        }
    }

    private static func relayed(_ metrics: String) -> Double? {
        value(#"zuora_gateway_requests_total{tenant="acme",route="aqua.get",outcome="relayed",status="2xx"}"#, in: metrics)
    }

    private static func value(_ series: String, in metrics: String) -> Double? {
        metrics.split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { Double($0.dropFirst(series.count + 1)) }
    }
}
