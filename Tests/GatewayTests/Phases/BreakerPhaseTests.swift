import Policy
import Testing
import Wire

@testable import Gateway

/// Which time-outs the breaker takes for failures of the upstream.
@Suite(.timeLimit(.minutes(1))) struct BreakerPhaseTests {
    static let breaker = "breaker = { failures = \"50%\", minimum = 3, open = \"200s\", max_open = \"300s\" }\n"
    static let get = RetryPhaseTests.get
    static let download = "GET /v1/files/8a80"

    private func state(_ scene: isolated PhaseScene) -> CircuitBreaker.State? {
        scene.tenant.admission.breakerState(now: scene.reactor.now)
    }

    /// Three requests at the same time that get no response within their 10 seconds.
    private func expectTimeouts(
        _ scene: isolated PhaseScene, _ request: String, _ fields: [String] = [],
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        scene.zuora.script = Array(repeating: .hold, count: 3)
        let callers = try (0..<3).map { _ in try scene.send(request, fields) }
        try await scene.until("all are under way", location) { $0.zuora.heldCalls == 3 }
        scene.letPass(.seconds(10))
        for caller in callers {
            let response = await caller.response()
            #expect(response.status == 504, sourceLocation: location)
            let expected = request.hasPrefix("DELETE") ? "cancel-unverified" : "timeout-total"
            #expect(response.problem == expected, sourceLocation: location)
        }
        #expect(scene.zuora.calls.count == 3, sourceLocation: location)
    }

    @Test(arguments: [get, download, VerificationPhaseTests.cancel])
    func `a caller's own short time-out says nothing about the upstream`(request: String) async throws {
        try await PhaseScene.run(Self.breaker) { scene in
            try await expectTimeouts(scene, request, ["X-Request-Timeout: 10s"])
            #expect(state(scene) == .closed)
            let next = try await scene.exchange(Self.get)
            #expect(next.status == 200)
        }
    }

    @Test(arguments: [get, download, VerificationPhaseTests.cancel])
    func `an upstream that does not respond within the tenant's time-out has failed`(request: String) async throws {
        try await PhaseScene.run(Self.breaker + "timeout = \"10s\"") { scene in
            try await expectTimeouts(scene, request)
            #expect(state(scene) == .open)
            let next = try await scene.exchange(Self.get)
            #expect(next.problem == "breaker-open")
        }
    }

    @Test func `a caller whose content does not come in time says nothing about the upstream`() async throws {
        try await PhaseScene.run(Self.breaker + "timeout = \"1s\"") { scene in
            for _ in 0..<3 {
                let caller = try scene.connect()
                await caller.sendAll(RetryPhaseTests.head(400_000) + String(repeating: "l", count: 300_000))
                let response = await caller.response()
                #expect(response.status == 504 && response.problem == "timeout-total")
            }
            #expect(state(scene) == .closed)
        }
    }

    @Test func `a download may take longer than its deadline once it has begun`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.begin(200, "a,b\n")]
            let caller = try scene.send(Self.download, ["X-Request-Timeout: 10s"])
            #expect(await caller.receive("a,b\n"))
            scene.letPass(.seconds(20))
            for _ in 0..<10 { await scene.reactor.yield() }
            #expect(scene.server.activeRequests == 1)
            caller.leave()
            try await scene.untilAtRest()
        }
    }
}
