import Foundation
import Testing

/// No caller sees a token expire.
@Suite(.serialized) struct TokenTests {
    private static let acme = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
    private static let globex = "3c59dc04-8e88-4024-a079-9b8d2f9e4d11"
    private static let crowd = "breaker = false\nconcurrency = 5000\nqueue = 5000"

    /// Expects that a thousand callers of acme are served, and cost one token call.
    private static func expectOneTokenCall(_ scene: Scene) throws {
        let before = try scene.control.tokenCalls(of: "acme").count
        let wires = try (0..<1000).map { _ in try scene.connect(limit: 60) }
        for wire in wires { wire.send(.get("executing", ["X-Zuora-Tenant": "acme"])) }
        let statuses = try wires.map { try $0.receive().status }
        #expect(statuses.allSatisfy { $0 == 200 })
        #expect(try scene.control.tokenCalls(of: "acme").count == before + 1)
    }

    @Test func `a thousand callers on an expired token cost one token call`() async throws {
        var settings = SceneSettings(tenant: Self.crowd)
        settings.setUp = { control in
            try control.liftLimits()
            for client in [Self.acme, Self.globex] {
                try control.call("POST", "clients", #"{"id":"\#(client)","lifetime":"2s"}"#)
            }
        }
        try await Scene.run(settings) { scene in
            // Refreshed once, as it was asked for before; then nobody asks any more, and it lapses.
            for tenant in ["acme", "globex"] {
                #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": tenant])).status == 200)
            }
            #expect(try eventually { try scene.control.tokenCalls().count >= 4 })
            try scene.control.call("POST", "clients", #"{"id":"\#(Self.acme)","lifetime":"1h"}"#)
            #expect(try eventually { try scene.control.call("GET", "status")["live_tokens"] as? Int == 0 })
            try scene.control.fault(#"{"effect":"slow-1s","match":{"path":"/oauth/token"}}"#)
            try Self.expectOneTokenCall(scene)
        }
    }

    @Test func `a thousand callers with a token that Zuora has revoked cost one token call`() async throws {
        var settings = SceneSettings(tenant: Self.crowd)
        settings.setUp = { try $0.liftLimits() }
        try await Scene.run(settings) { scene in
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            try scene.noteTokens()
            try scene.control.call("POST", "revoke", "{}")
            try Self.expectOneTokenCall(scene)
        }
    }

    @Test func `a token that is revoked under load costs no request`() async throws {
        try await Scene.run(SceneSettings(setUp: { try $0.liftLimits() })) { scene in
            let load = Load(scene, callers: 8) { caller, number in
                .cancel("executing.\(caller).\(number)", ["X-Zuora-Tenant": "acme"])
            }
            load.wait(for: 100)
            try scene.noteTokens()
            try scene.control.call("POST", "revoke", #"{"tenant":"acme"}"#)
            load.wait(for: 200)
            #expect(load.failures().isEmpty)
            #expect(Set(load.results.compactMap(\.saw)).count == 2)
        }
    }

    @Test func `a token endpoint that is down for less than the token's life costs nothing`() async throws {
        var settings = SceneSettings()
        settings.setUp = { control in
            try control.liftLimits()
            try control.call("POST", "clients", #"{"id":"\#(Self.acme)","lifetime":"12s"}"#)
        }
        try await Scene.run(settings) { scene in
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            try scene.control.fault(#"{"name":"down","effect":"503","match":{"path":"/oauth/token"}}"#)
            let load = Load(scene, callers: 2) { _, _ in .get("executing", ["X-Zuora-Tenant": "acme"]) }
            // From half of the life on, calls that may take longer than what is left bring the refresh forward.
            #expect(try eventually { try scene.control.tokenCalls().contains { $0.status == 503 } })
            try scene.control.call("DELETE", "faults/down")
            #expect(load.wait(within: 15) { Set($0.compactMap(\.saw)).count > 1 })
            #expect(load.failures().isEmpty)
        }
    }

    @Test func `tokens come from where token_url says, with what token_params add, also after a reload`() async throws {
        // Another name for this machine, so that it is another origin; nothing else answers there.
        var settings = SceneSettings()
        settings.tenant += "\ntoken_url = \"http://localhost:$SANDBOX/oauth/token\""
        try await Scene.run(settings) { scene in
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            let calls = try scene.control.tokenCalls()
            #expect(calls.allSatisfy { $0.host == "localhost:\(scene.sandboxPort)" })
            let length = calls.map(\.bodyBytes).max() ?? 0
            let text = try String(contentsOf: scene.configuration, encoding: .utf8)
            try text.replacingOccurrences(of: "token_url =", with: "token_params = { audience = \"zuora\" }\ntoken_url =")
                .write(to: scene.configuration, atomically: true, encoding: .utf8)
            scene.gateway.signal(SIGHUP)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains("configuration reloaded") })
            // The token that was asked for otherwise serves no more.
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            #expect(try scene.control.tokenCalls().map(\.bodyBytes).max() == length + "&audience=zuora".utf8.count)
        }
    }

    @Test func `a 401 costs one fresh token and one replay, and a second one goes to the caller as it came`() async throws {
        for (effect, times, status, calls) in [
            ("401", 1, 200, 2), ("401", 9, 401, 2), ("401-spring", 1, 200, 2), ("401-spring", 9, 401, 2),
            ("401-reasons", 9, 401, 2),
            ("401-user-info", 1, 200, 2),
        ] {
            try await Scene.run { scene in
                #expect(try scene.send(.get("executing.0", ["X-Zuora-Tenant": "acme"])).status == 200)
                let before = try scene.control.tokenCalls(of: "acme").count
                try scene.control.fault(#"{"effect":"\#(effect)+leaky-fields","match":{"method":"DELETE"},"times":\#(times)}"#)
                let response = try scene.send(.cancel("executing.1", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "t"]))
                #expect(response.status == status, "\(effect)")
                #expect(response["WWW-Authenticate"] == nil)
                #expect(response.trackID == "t")
                #expect(try scene.control.calls().count { $0.method == "DELETE" } == calls, "\(effect)")
                let fetched = try scene.control.tokenCalls(of: "acme").count - before
                #expect(fetched == (effect == "401-user-info" ? 0 : 1), "\(effect)")
                if status == 401 {
                    #expect(response.problem == nil)
                    #expect(response.outcome == "not-permitted")
                    #expect(!response.body.isEmpty)
                    // Nor is every further one a reason to ask for yet another token.
                    let again = try scene.send(.cancel("executing.2", ["X-Zuora-Tenant": "acme"]))
                    #expect(again.status == 401)
                    #expect(again.problem == nil)
                    #expect(try scene.control.tokenCalls(of: "acme").count - before == 1)
                }
            }
        }
    }
}
