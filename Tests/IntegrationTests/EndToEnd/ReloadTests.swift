import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ReloadTests {
    @Test func `a reload under load loses nothing, and takes force`() async throws {
        try await Scene.run(SceneSettings(workers: 2, setUp: { try $0.liftLimits() })) { scene in
            #expect(try scene.send(.cancelDataQuery("executing").with("X-Zuora-Tenant", "acme")).status == 200)
            let load = Load(scene, callers: 8) { caller, number in
                .cancel("executing.\(caller)-\(number)", ["X-Zuora-Tenant": "acme"])
            }
            load.wait(for: 100)
            let text = try String(contentsOf: scene.configuration, encoding: .utf8)
            for round in 1...5 {
                let changed =
                    round % 2 == 1 ? text.replacingOccurrences(of: #", "dataquery.cancel""#, with: "") : text
                try changed.write(to: scene.configuration, atomically: true, encoding: .utf8)
                scene.gateway.signal(SIGHUP)
                let expected = round % 2 == 1 ? 403 : 200
                #expect(
                    try eventually {
                        try scene.send(.cancelDataQuery("executing.\(round)").with("X-Zuora-Tenant", "acme")).status == expected
                    })
                load.wait(for: 50)
            }
            #expect(load.failures().isEmpty)
            // Nothing that a reload does not touch is fetched anew.
            let calls = try scene.control.tokenCalls().count
            #expect((1...2).contains(calls), "one for each tenant, at most")
        }
    }

    @Test func `a bad file keeps the old configuration, and the log names its line`() async throws {
        try await Scene.run { scene in
            let good = try String(contentsOf: scene.configuration, encoding: .utf8)
            let bad = good.replacingOccurrences(of: "[tenants.acme]", with: "[tenants.acme]\nentites = 1")
            try bad.write(to: scene.configuration, atomically: true, encoding: .utf8)
            scene.gateway.signal(SIGHUP)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains("reload failed") })
            #expect(scene.gateway.standardError.contains(#"did you mean \"entities\""#))
            #expect(try scene.send(.cancel("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            #expect(scene.gateway.isRunning)
        }
    }

    @Test func `a request that a reload takes the credential from gets another token of it all the same`() async throws {
        let upstream = try RecordingUpstream()
        defer { upstream.stop() }
        var settings = SceneSettings()
        settings.acmeUpstream = upstream.port
        let client = settings.acmeClient
        try await Scene.run(settings) { scene in
            upstream.onArrival { job, attempt in
                guard job == "401-reloaded", attempt == 1 else { return }
                try? scene.reload(client, "another-client")
                #expect(scene.gateway.wait { scene.gateway.standardError.contains("configuration reloaded") })
            }
            let response = try scene.send(.cancel("401-reloaded", ["X-Zuora-Tenant": "acme"]))
            #expect(response.status == 200 && response.outcome == "cancelled", "\(response.text)")
            #expect(upstream.arrivals("401-reloaded").count == 2)
        }
    }

    @Test func `a SIGHUP that comes while it starts is not lost`() async throws {
        try await Scene.run { scene in
            // At once, whatever it is doing by now: a connection can be made before anything is served.
            let bad = try String(contentsOf: scene.configuration, encoding: .utf8) + "\nnonsense = 1\n"
            try bad.write(to: scene.configuration, atomically: true, encoding: .utf8)
            scene.gateway.signal(SIGHUP)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains("reload failed") })
        }
    }

    @Test func `listeners that trade their places in the file keep their tenants`() async throws {
        let ports = try [LoopbackSocket.freePort(), LoopbackSocket.freePort()]
        func listen(_ order: [Int]) -> String {
            let tables = order.map {
                #"{ address = "127.0.0.1:\#(ports[$0])", tenant = "\#($0 == 0 ? "acme" : "globex")" }"#
            }
            return "listen = [\(tables.joined(separator: ", "))]"
        }
        let (before, after) = (listen([0, 1]), listen([1, 0]))
        try await Scene.run(SceneSettings(listen: before, ports: ports)) { scene in
            func saw(_ port: Int) throws -> String { try Wire(port: port).exchange(.get("executing"))["X-Sandbox-Saw"] ?? "" }
            #expect(try saw(ports[0]).hasPrefix("tenant=acme"))
            let text = try String(contentsOf: scene.configuration, encoding: .utf8)
            try text.replacingOccurrences(of: before, with: after)
                .write(to: scene.configuration, atomically: true, encoding: .utf8)
            scene.gateway.signal(SIGHUP)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains(#""keys":"gateway.listen""#) })
            #expect(try saw(ports[0]).hasPrefix("tenant=acme"))
            #expect(try saw(ports[1]).hasPrefix("tenant=globex"))
        }
    }
}
