import Foundation
import Testing

/// Pauses and rates that members share through a real store.
@Suite(.serialized, .enabled(if: FleetScene.isAvailable, "redis-server is not installed"))
struct FleetRateTests {
    @Test func `a 429 that one member gets makes all members pause`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 2, acme: "queue_timeout = \"1s\"")) { scene in
            try scene.control.liftLimits()
            #expect(scene.statuses(callers: 1, calls: 1) == [200, 200])
            // Zuora asks for two minutes, which are not believed of a limit other than the quota.
            try scene.control.fault(#"{"effect":"429","times":1}"#)
            #expect(scene.begin(1, at: 0).statuses() == [429])
            for member in [0, 1] {
                let request = Request.get("executing", ["X-Zuora-Tenant": "acme"])
                var response = try scene.send(request, to: member)
                // The other member looks once a second.
                _ = try eventually {
                    if response.status == 200 { response = try scene.send(request, to: member) }
                    return response.status != 200
                }
                #expect(response.status == 429 && response.problem == "quota", "\(member): \(response.text)")
                #expect(response["Retry-After"] != nil)
                let pauses = try scene.metrics(member).split(separator: "\n").filter {
                    $0.contains("fleet_pauses_total{") && !$0.hasSuffix(" 0")
                }
                #expect(pauses.map(String.init) == [#"zuora_gateway_fleet_pauses_total{reason="rate-limited"} 1"#])
            }
            #expect(try scene.control.calls().count { $0.status == 429 } == 1)
            // Another tenant is not concerned.
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "globex"]), to: 1).status == 200)
            #expect(eventually(within: 30) { scene.statuses(callers: 1, calls: 1) == [200, 200] })
        }
    }

    @Test func `members start no more requests than their common rate permits, and all start in the end`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 3, acme: "fleet_rate = 10\nqueue_timeout = \"60s\"")) { scene in
            try scene.control.liftLimits()
            #expect(scene.statuses(callers: 4, calls: 5) == Array(repeating: 200, count: 60))
            let calls = try scene.control.call("GET", "book?limit=1000")["calls"] as? [[String: Any]] ?? []
            let begun = calls.compactMap { call in
                (call["path"] as? String)?.hasSuffix("/executing") == true ? call["at_ms"] as? Int : nil
            }
            #expect(begun.count == 60)
            // Ten at once, ten a second, and what is left of a second's chunks.
            for (index, time) in begun.enumerated() {
                #expect(begun[index...].prefix { $0 < time + 1000 }.count <= 10 + 2 * 10)
            }
            #expect((begun.last ?? 0) - (begun.first ?? 0) >= 4000)
        }
    }

    @Test func `a request that waits for a slot during a reload gets its start afterwards`() async throws {
        let acme = "fleet_rate = 5\nconcurrency = 1\nqueue_timeout = \"60s\""
        try await FleetScene.run(FleetScene.Settings(members: 1, acme: acme)) { scene in
            try scene.slowDown("2s", times: 1)
            let calls = scene.begin(3, at: 0)
            #expect(try eventually { try scene.inFlight() == 1 })
            try scene.reload(0, replacing: "fleet_rate = 5", with: "fleet_rate = 6")
            #expect(calls.statuses() == [200, 200, 200])
        }
    }

    @Test func `without the store a common rate does not hold requests up`() async throws {
        try await FleetScene.run(FleetScene.Settings(members: 2, acme: "fleet_rate = 0.01\nqueue_timeout = \"60s\"")) { scene in
            scene.store.signal(SIGKILL)
            scene.store.waitForEnd()
            #expect(scene.statuses(callers: 4, calls: 4).allSatisfy { $0 == 200 })
        }
    }
}
