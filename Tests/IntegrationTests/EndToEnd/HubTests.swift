import Foundation
import TestSupport
import Testing
import Wire

/// A gateway in front of another one: `gateway` of a tenant.
@Suite struct HubTests {
    @Test(arguments: [false, true])
    func `a cancel goes through sidecar and hub, with one track id and one token call`(isTLS: Bool) async throws {
        var settings = HubScene.Settings()
        settings.isTLS = isTLS
        try await HubScene.run(settings) { scene in
            let response = try scene.send(.cancel("executing.1", ["Zuora-Track-Id": "nightly-77"]))
            #expect(response.status == 200, "\(response.text)")
            #expect(response.all("Gateway-Outcome") == ["cancelled"])
            #expect(response.all("Zuora-Track-Id") == ["nightly-77"])
            #expect(response.all("Via").flatMap { $0.split(separator: ",") }.count >= 2)
            #expect(response["Proxy-Status"] == nil)
            let calls = try scene.control.calls()
            #expect(calls.map(\.trackID) == ["nightly-77"])
            #expect(calls.first?.fields.contains { $0.name == "Zuora-Entity-Ids" && $0.value == SceneSettings.emea } == true)
            #expect(calls.first?.fields.contains { $0.name.lowercased().hasPrefix("x-gateway") } == false)
            #expect(try scene.control.tokenCalls().count == 1)
        }
    }

    @Test(arguments: ["relay", "strict"])
    func `status and outcome of a cancel are the hub's`(mode: String) async throws {
        var settings = HubScene.Settings()
        settings.hubTenant = "outcome_status = \"\(mode)\""
        try await HubScene.run(settings) { scene in
            for (job, outcome, strict) in [("done", "already-finished", 409), ("no-such-job", "unknown-job", 404)] {
                let response = try scene.send(.cancel(job))
                #expect(response.all("Gateway-Outcome") == [outcome])
                #expect(response.status == (mode == "strict" ? strict : 200))
                let direct = try scene.sendToHub(.cancel(job))
                #expect(response.all("Proxy-Status") == direct.all("Proxy-Status"))
                #expect(response.status == direct.status)
            }
            // A retry at the hub is told as the hub tells it.
            let repeated = try scene.send(.cancel("fault-503-once.1"))
            #expect(repeated["Gateway-Attempts"].flatMap { Int($0) } ?? 0 > 1)
            #expect(repeated.all("Gateway-Attempts").count == 1)
        }
    }

    @Test func `the hub's own problems reach the caller byte for byte`() async throws {
        try await HubScene.run { scene in
            func compare(_ request: Request, _ type: String) throws {
                let response = try scene.send(request)
                let direct = try scene.sendToHub(request)
                #expect(response.problem == type)
                #expect(response.status == direct.status)
                #expect(response.body == direct.body, "\(response.text) and not \(direct.text)")
                for name in ["Proxy-Status", "Gateway-Outcome", "Retry-After", "Content-Type", "Zuora-Track-Id"] {
                    #expect(response.all(name) == direct.all(name), "\(name)")
                }
            }
            #expect(try scene.send(.get("executing")).status == 200)
            // Forwarded by the sidecar, not by the hub.
            try compare(Request("GET", "/v1/files/1/status", ["Zuora-Track-Id": "t-1"]), "route-not-forwarded")
            try compare(.cancel("executing", ["Zuora-Track-Id": "t-2", "Zuora-Entity-Ids": "apac"]), "entity-not-allowed")
            scene.sandbox.signal(SIGKILL)
            scene.sandbox.waitForEnd()
            try compare(.cancel("executing", ["Zuora-Track-Id": "t-3"]), "upstream-unreachable")
        }
    }

    @Test func `a caller's choice of an entity reaches the hub, which decides on it`() async throws {
        try await HubScene.run { scene in
            #expect(try scene.send(.get("executing", ["Zuora-Entity-Ids": "amer"])).status == 200)
            #expect(
                try scene.send(.get("executing", ["Zuora-Entity-Ids": "amer", "Connection": "zuora-entity-ids"])).status == 200)
            let entities = try scene.control.calls().map { call in
                call.fields.filter { $0.name == "Zuora-Entity-Ids" }.map(\.value)
            }
            #expect(entities == [[SceneSettings.amer], [SceneSettings.amer]])
            let two = Request.get("executing", ["Zuora-Entity-Ids": "amer", "zuora-entity-ids": "emea"])
            #expect(try scene.send(two).problem == "ambiguous-entity")
        }
    }

    @Test func `files stream through both, in gzip for those who accept it`() async throws {
        try await HubScene.run { scene in
            let plain = try scene.send(.file("file-3MiB"))
            #expect(plain.status == 200 && plain.body.count == 3 << 20)
            #expect(plain["Content-Encoding"] == nil)
            let coded = try scene.send(.file("file-3MiB", ["Accept-Encoding": "gzip"]))
            #expect(coded["Content-Encoding"] == "gzip")
            #expect(coded.body.count < plain.body.count)
            let decoded = try Inflater().inflateWhole(coded.body.span, maximumOutput: 4 << 20)
            #expect(decoded == plain.body)
        }
    }

    @Test(arguments: ["auto", "never"])
    func `content that is too large to be kept streams through both`(mode: String) async throws {
        var settings = HubScene.Settings()
        settings.hubTenant += "\ngzip = { request = \"never\" }"
        settings.tenant = "gzip = { request = \"\(mode)\" }"
        try await HubScene.run(settings) { scene in
            var request = Request.submit
            request.body += [UInt8](repeating: 0x20, count: 700 << 10)
            let response = try scene.send(request)
            #expect(response.status == 200, "\(response.text)")
            #expect(try scene.control.calls().map(\.bodyBytes) == [request.body.count])
        }
    }

    @Test func `a hub that is down is a 503 that says so`() async throws {
        try await HubScene.run { scene in
            #expect(try scene.send(.cancel("executing.1")).status == 200)
            scene.hub.signal(SIGKILL)
            scene.hub.waitForEnd()
            for request in [Request.cancel("executing.2"), .get("executing"), .submit] {
                let response = try scene.send(request)
                #expect(response.status == 503)
                #expect(response.problem == "hub-unavailable")
                #expect(response["Retry-After"] != nil)
                #expect(response["Proxy-Status"]?.contains("connection_refused") == true)
                #expect(response["Proxy-Status"]?.contains("127.0.0.1:\(scene.hubPort)") == true)
                #expect(response.json["may_have_reached_zuora"] as? Bool == false)
                #expect(response.outcome == (request.method == "DELETE" ? "unknown" : nil))
                #expect(response.all("Zuora-Track-Id").count == 1)
            }
            #expect(try scene.control.calls().count == 1)
        }
    }

    @Test func `the hub's verdict on a deadline arrives before the sidecar's`() async throws {
        try await HubScene.run { scene in
            let response = try scene.send(.cancel("fault-all-hold", ["X-Request-Timeout": "1"]))
            #expect(response.status == 504)
            // The sidecar could only say that time is up.
            #expect(response.problem == "cancel-unverified")
            #expect(response.outcome == "unknown")
        }
    }

    @Test func `a key that the hub does not know is a 503, and a rotated one is used without a restart`() async throws {
        try await HubScene.run { scene in
            try scene.writeKey("not-the-hubs")
            #expect(try eventually { try scene.send(.get("executing")).problem == "hub-refused" })
            let refused = try scene.send(.cancel("executing"))
            #expect(refused.status == 503 && refused.outcome == "unknown")
            #expect(refused["WWW-Authenticate"] == nil)
            #expect(refused.json["may_have_reached_zuora"] as? Bool == false)
            try scene.writeKey(HubScene.key)
            #expect(try eventually { try scene.send(.get("executing")).status == 200 })
        }
    }

    @Test func `health, status and metrics of a sidecar speak of its hub`() async throws {
        var settings = HubScene.Settings()
        settings.admin = try LoopbackSocket.freePort()
        try await HubScene.run(settings) { scene in
            #expect(try scene.send(.cancel("executing.1")).status == 200)
            #expect(try scene.admin("/readyz").status == 200)
            let tenants = try scene.admin("/status.json").json["tenants"] as? [[String: Any]]
            #expect(tenants?.first?["hub"] as? Bool == true)
            #expect(tenants?.first?["token"] == nil && tenants?.first?["concurrency"] == nil)
            #expect((tenants?.first?["outcomes"] as? [String: Any])?["cancelled"] as? Int == 1)
            let metrics = try scene.admin("/metrics").text
            #expect(metrics.contains("tenant_ready{tenant=\"acme\"} 1"))
            #expect(!metrics.contains("concurrency_limit{tenant=\"acme\"}"))
            #expect(!metrics.contains("token_usable{tenant=\"acme\"}"))
            #expect(scene.sidecar.wait { scene.sidecar.standardOutput.contains(#""outcome":"cancelled""#) })
        }
    }

    @Test func `explain and check --online tell what becomes of a request at the hub`() async throws {
        try await HubScene.run { scene in
            let path = { (name: String) in scene.directory.appending(path: name).path }
            func command(_ arguments: [String]) throws -> TLSBench.Output { try TLSBench.run(TLSBench.gateway, arguments) }
            let explained = try command(
                [
                    "explain", "--config", path("sidecar.conf"), "-X", "DELETE", "/v1/batch-query/jobs/1", "-H",
                    "Zuora-Entity-Ids: x",
                ])
            #expect(explained.status == 0)
            for text in [
                "http://127.0.0.1:\(scene.hubPort)/v1/batch-query/jobs/1", "Sent to the hub", "<redacted>", "the hub decides",
            ] {
                #expect(explained.text.contains(text), "\(text) is not in \(explained.text)")
            }
            #expect(!explained.text.contains("concurrency") && !explained.text.contains(HubScene.key))

            let accepted = try command(["check", "--online", "--config", path("sidecar.conf")])
            #expect(accepted.status == 0 && accepted.text.contains("hub, accepted"), "\(accepted.text)\(accepted.errors)")
            try scene.writeKey("not-the-hubs")
            let refused = try command(["check", "--online", "--config", path("sidecar.conf")])
            #expect(refused.status == 77 && refused.text.contains("hub, refused"), "\(refused.text)\(refused.errors)")
            #expect(try scene.control.calls().isEmpty)
            try scene.writeKey(HubScene.key)
            scene.hub.signal(SIGKILL)
            scene.hub.waitForEnd()
            let down = try command(["check", "--online", "--config", path("sidecar.conf")])
            #expect(down.status == 69 && down.text.contains("connection refused"), "\(down.text)")
        }
        var settings = HubScene.Settings()
        let upstream = try CannedUpstream(response: Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
        defer { upstream.stop() }
        settings.way = "gateway = \"http://127.0.0.1:\(upstream.port)\""
        try await HubScene.run(settings) { scene in
            let config = scene.directory.appending(path: "sidecar.conf").path
            let found = try TLSBench.run(TLSBench.gateway, ["check", "--online", "--config", config])
            #expect(found.status == 78 && found.text.contains("the upstream is not a zuora-gateway"), "\(found.text)")
        }
    }

    @Test func `a hub gets the caller's trace, what is left of its time, and no credential of the caller`() async throws {
        let upstream = try RecordingUpstream()
        defer { upstream.stop() }
        var settings = HubScene.Settings()
        settings.way = "gateway = \"http://127.0.0.1:\(upstream.port)\"\ngateway_key = \"\(HubScene.key)\""
        try await HubScene.run(settings) { scene in
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let response = try scene.send(
                .cancel(
                    "ok-1",
                    [
                        "traceparent": trace, "tracestate": "a=b", "X-Request-Timeout": "5", "Authorization": "Bearer callers",
                        "X-Gateway-Key": "callers", "Zuora-Track-Id": "t-1",
                    ]))
            #expect(response.status == 200)
            let arrival = try #require(upstream.arrivals("ok-1").first)
            func values(_ name: String) -> [String] {
                arrival.fields.filter { $0.lowercased().hasPrefix("\(name):") }
                    .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
            }
            #expect(values("traceparent") == [trace] && values("tracestate") == ["a=b"])
            #expect(values("x-gateway-key") == [HubScene.key] && values("authorization") == [])
            #expect(values("x-zuora-tenant") == ["acme"] && values("zuora-track-id") == ["t-1"])
            let left = try #require(values("x-request-timeout").first.flatMap { Int($0.dropLast(2)) })
            #expect((1...5000).contains(left))
            #expect(upstream.tokenCount == 0)
            // A hub that closes an idle connection: the request is sent again on another one.
            #expect(try scene.send(.cancel("reset-2")).status == 200)
            #expect(upstream.arrivals("reset-2").count == 2)
        }
    }

    @Test func `a traced request has a client span for its attempt at the hub, which the hub's request names`() async throws {
        let upstream = try RecordingUpstream()
        defer { upstream.stop() }
        var settings = HubScene.Settings()
        settings.way = "gateway = \"http://127.0.0.1:\(upstream.port)\"\ngateway_key = \"\(HubScene.key)\""
        // No collector listens there.
        settings.tenant = "\n[gateway.tracing]\nendpoint = \"http://127.0.0.1:9/v1/traces\""
        try await HubScene.run(settings) { scene in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let response = try scene.send(.cancel("ok-1", ["traceparent": "00-\(trace)-b7ad6b7169203331-01"]))
            #expect(response.status == 200)
            let arrival = try #require(upstream.arrivals("ok-1").first)
            let sent = try #require(arrival.fields.first { $0.lowercased().hasPrefix("traceparent:") })
            #expect(sent.contains(trace) && !sent.contains("b7ad6b7169203331"))
        }
    }
}
