import Foundation
import TestSupport
import Testing

/// What is counted beside requests.
@Suite struct CounterTests {
    @Test func `each opening of the breaker is counted, and its state shows`() async throws {
        let settings = SceneSettings(
            admin: try LoopbackSocket.freePort(),
            tenant: """
                retry = { attempts = 1 }
                breaker = { failures = "50%", minimum = 2, open = "60s" }
                """)
        try await Scene.run(settings) { scene in
            var statuses: [Int] = []
            statuses.append(try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status)
            let metrics = try scene.admin("/metrics").text
            #expect(metrics.contains(#"zuora_gateway_breaker_openings_total{tenant="acme"} 0"#))
            try scene.control.fault(#"{"effect":"503"}"#)
            for number in 0..<6 {
                statuses.append(try scene.send(.get("executing.\(number)", ["X-Zuora-Tenant": "acme"])).status)
            }
            #expect(statuses == [200, 503, 503, 503, 503, 503, 503])
            let after = try scene.admin("/metrics").text
            #expect(after.contains(#"zuora_gateway_breaker_openings_total{tenant="acme"} 1"#))
            #expect(after.contains(#"zuora_gateway_breaker_state{tenant="acme"} 2"#))
            #expect(after.contains(#"zuora_gateway_breaker_state{tenant="globex"} 0"#))
            #expect(try scene.admin("/status.json").text.contains(#""breaker":"open""#))
        }
    }

    @Test func `a cancel that never left is failed, one that may have is unknown`() async throws {
        var settings = SceneSettings(admin: try LoopbackSocket.freePort(), acmeUpstream: try LoopbackSocket.freePort())
        settings.tenant = "retry = { attempts = 1 }\nbreaker = false\ntoken_url = \"http://127.0.0.1:$SANDBOX/oauth/token\""
        try await Scene.run(settings) { scene in
            try scene.control.fault(#"{"effect":"reset-after-send","match":{"path":"/v1/*"}}"#)
            let never = try scene.send(.cancel("executing", ["X-Zuora-Tenant": "acme"]))
            let perhaps = try scene.send(.cancel("executing", ["X-Zuora-Tenant": "globex"]))
            #expect(never.status == 502 && perhaps.status >= 502)
            #expect(never.outcome == "unknown" && perhaps.outcome == "unknown")
            let metrics = try scene.admin("/metrics").text
            #expect(metrics.contains(#"tenant="acme",route="aqua.cancel",outcome="failed",status="5xx"} 1"#))
            #expect(metrics.contains(#"tenant="globex",route="aqua.cancel",outcome="unknown",status="5xx"} 1"#))
        }
    }

    @Test func `requests that share a call are counted, the one that made it is not`() async throws {
        var settings = SceneSettings(admin: try LoopbackSocket.freePort())
        settings.tenant += "\ncoalesce = true"
        try await Scene.run(settings) { scene in
            try scene.control.fault(#"{"effect":"slow-300ms","match":{"method":"DELETE"}}"#)
            let wires = try (0..<5).map { _ in try scene.connect() }
            for wire in wires { wire.send(.cancel("executing.1", ["X-Zuora-Tenant": "acme"])) }
            for wire in wires { #expect(try wire.receive().status == 200) }
            let calls = try scene.control.calls().count
            let metrics = try scene.admin("/metrics").text
            #expect(metrics.contains("zuora_gateway_coalesced_requests_total{tenant=\"acme\"} \(5 - calls)\n"))
        }
    }

    @Test func `connections, open and made, are counted on both sides`() async throws {
        try await Scene.run(SceneSettings(admin: try LoopbackSocket.freePort())) { scene in
            let wires = try (0..<3).map { _ in try scene.connect() }
            for _ in 0..<4 { for wire in wires { _ = try wire.exchange(.get("executing", ["X-Zuora-Tenant": "acme"])) } }
            let metrics = try scene.admin("/metrics").text
            #expect(metrics.contains("\nzuora_gateway_client_connections 3\n"))
            // The one before them only looked whether somebody listens.
            #expect(metrics.contains("\nzuora_gateway_client_connections_total 4\n"))
            // One for requests that come one after the other, one for the tokens of each client.
            let made = try #require(metrics.firstMatch(of: /upstream_connections_total ([0-9]+)/).flatMap { Int($0.1) })
            let open = try #require(metrics.firstMatch(of: /upstream_connections ([0-9]+)/).flatMap { Int($0.1) })
            #expect((2...3).contains(made) && open <= made && open > 0)
        }
    }
}
