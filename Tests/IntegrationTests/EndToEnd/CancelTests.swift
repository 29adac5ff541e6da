import Foundation
import Testing

/// The main job, and the ways in which it can fail, as a caller sees them.
@Suite struct CancelTests {
    @Test func `a running job is cancelled, and the track id is on both sides`() async throws {
        try await Scene.run { scene in
            let response = try scene.send(.cancel("executing.1", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "nightly-77"]))
            #expect(response.status == 200)
            #expect(response.outcome == "cancelled")
            #expect(response.json["status"] as? String == "cancelled")
            #expect(response.trackID == "nightly-77")
            let calls = try scene.control.calls()
            #expect(calls.map(\.trackID) == ["nightly-77"])
            #expect(calls.first?.fields.contains { $0.name == "Zuora-Entity-Ids" && $0.value == SceneSettings.emea } == true)
        }
    }

    @Test func `a caller that brings no track id gets the one that Zuora saw`() async throws {
        try await Scene.run { scene in
            let response = try scene.send(.cancel("executing.1", ["X-Zuora-Tenant": "acme"]))
            #expect(response.all("Zuora-Track-Id").count == 1)
            #expect(try scene.control.calls().first?.trackID == response.trackID)
        }
    }

    @Test func `what became of a job that cannot be cancelled is told in Zuora's words and in one of the gateway's`() async throws
    {
        let shapes = [
            "error-code", "error-code-number", "error-code-in-job", "reasons", "reasons-400", "bad-request", "forbidden",
            "not-found", "spring", "proxy-errors",
        ]
        try await Scene.run { scene in
            for (kind, outcome) in [("done", "already-finished"), ("cancelled", "already-cancelled"), ("unknown", "unknown-job")]
            {
                for shape in shapes {
                    let job = "\(kind)-\(shape)"
                    let response = try scene.send(.cancel(job, ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": job]))
                    #expect(response.outcome == outcome, "\(job)")
                    #expect(response.trackID == job)
                    // The caller gets Zuora's response to its own request, not that to the gateway's look at the job.
                    let direct = try Self.askDirectly(scene, .cancel(job))
                    #expect(response.status == direct.status, "\(job)")
                    #expect(Self.withoutProcess(response) == Self.withoutProcess(direct), "\(job)")
                }
            }
        }
    }

    @Test func `four kinds of failure get four different responses, each with the track id`() async throws {
        try await Scene.run { scene in
            let finished = try scene.send(.cancel("done", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "t-1"]))
            let unknown = try scene.send(.cancel("no-such-job", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "t-2"]))
            let stranger = try scene.send(.cancel("executing", ["X-Zuora-Tenant": "initech", "Zuora-Track-Id": "t-3"]))
            scene.sandbox.signal(SIGKILL)
            scene.sandbox.waitForEnd()
            let stopped = try scene.send(.cancel("executing", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "t-4"]))
            #expect(finished.outcome == "already-finished")
            #expect(unknown.outcome == "unknown-job")
            #expect(stranger.status == 400)
            #expect(stranger.problem == "unknown-tenant")
            #expect(stopped.status == 502)
            #expect(stopped.problem == "upstream-unreachable")
            #expect(stopped.json["may_have_reached_zuora"] as? Bool == false)
            #expect(stopped["Proxy-Status"]?.contains("connection_refused") == true)
            for (response, id) in zip([finished, unknown, stranger, stopped], ["t-1", "t-2", "t-3", "t-4"]) {
                #expect(response.all("Zuora-Track-Id") == [id])
            }
        }
    }

    @Test func `every error response of the gateway states the problem, and has a track id`() async throws {
        let cases: [(Request, Int, String?)] = [
            (.cancel("executing"), 400, "no-tenant"),
            (.cancel("executing", ["X-Zuora-Tenant": "initech"]), 400, "unknown-tenant"),
            (Request("GET", "/v1/nothing", ["X-Zuora-Tenant": "acme"]), 404, "no-route"),
            (Request("PUT", "/v1/batch-query/jobs/1", ["X-Zuora-Tenant": "acme"]), 405, "method-not-allowed"),
            (.cancel("a%2Fb", ["X-Zuora-Tenant": "acme"]), 400, nil),
            (.cancel("executing", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "a;b"]), 400, nil),
            (.cancel("executing", ["X-Zuora-Tenant": "acme", "X-Request-Timeout": "soon"]), 400, nil),
            (
                .cancel("executing", ["X-Zuora-Tenant": "acme", "Accept-Encoding": "identity;q=0, gzip;q=0"]), 406,
                "not-acceptable"
            ),
            (Request("BAD METHOD", "/"), 400, "bad-request"),
        ]
        try await Scene.run { scene in
            for (request, status, type) in cases {
                let response = try scene.send(request)
                #expect(response.status == status, "\(request.path) \(request.fields)")
                if let type { #expect(response.problem == type) } else { #expect(response.problem != nil) }
                #expect(response.all("Zuora-Track-Id").count == 1)
                #expect(response.json["track_id"] as? String == response.trackID)
                #expect((response.json["detail"] as? String)?.isEmpty == false)
            }
            #expect(try scene.control.calls().isEmpty)
        }
    }

    /// The body without the one member that is never the same.
    private static func withoutProcess(_ response: Response) -> String {
        response.text.replacing(/"processId":"[0-9a-f]+"/, with: "")
    }

    /// What Zuora itself says, without a gateway in between.
    private static func askDirectly(_ scene: Scene, _ request: Request) throws -> Response {
        let tokens = try scene.control.tokens()
        let wire = try Wire(port: scene.sandboxPort)
        for token in tokens {
            let response = try wire.exchange(
                request.with("Authorization", "Bearer \(token)").with("Zuora-Entity-Ids", SceneSettings.emea))
            if response["X-Sandbox-Saw"]?.hasPrefix("tenant=acme") == true { return response }
        }
        throw Wire.Failure.malformed("no token of acme")
    }
}
