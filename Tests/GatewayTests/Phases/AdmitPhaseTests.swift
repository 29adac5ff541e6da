import Testing

@testable import Gateway

/// Requests that got a turn by the rate and then do not start.
@Suite(.timeLimit(.minutes(1))) struct AdmitPhaseTests {
    static let get = RetryPhaseTests.get
    /// Two may start, and then none for minutes.
    static let rate = "rate = 0.01\nburst = 2\nconcurrency = 1\ntimeout = \"300s\"\n"

    /// Expects that only one of the two tokens was used.
    private func expectOneToken(_ scene: isolated PhaseScene) {
        let admission = scene.tenant.admission
        #expect(admission.acquireRateToken(now: scene.reactor.now, patience: .zero) == .start)
        #expect(admission.acquireRateToken(now: scene.reactor.now, patience: .zero) != .start)
    }

    /// A request that is under way upstream, and keeps the only slot.
    private func occupy(_ scene: isolated PhaseScene) async throws -> Caller {
        scene.zuora.script = [.hold]
        let caller = try scene.send(Self.get)
        try await scene.until("the slot is taken") { $0.zuora.heldCalls == 1 }
        return caller
    }

    @Test(arguments: [
        ("queue = 0", []), ("queue_timeout = \"10ms\"", []), ("queue_timeout = \"200s\"", ["X-Request-Timeout: 0.02"]),
    ])
    func `a request that gets no slot leaves its turn to another`(queue: String, fields: [String]) async throws {
        try await PhaseScene.run(Self.rate + queue) { scene in
            let first = try await occupy(scene)
            let response = try await scene.exchange(Self.get, fields)
            #expect(response.problem != nil)
            expectOneToken(scene)
            scene.zuora.release()
            #expect(await first.response().status == 200)
            #expect(scene.zuora.calls.count == 1)
        }
    }

    @Test func `a caller that leaves the queue leaves its turn to another`() async throws {
        try await PhaseScene.run(Self.rate + "queue_timeout = \"200s\"") { scene in
            let first = try await occupy(scene)
            let second = try scene.send(Self.get)
            try await scene.until("it is queued") { $0.tenant.admission.queued == 1 }
            second.leave()
            try await scene.until("it has gone") { $0.server.activeRequests == 1 }
            expectOneToken(scene)
            scene.zuora.release()
            #expect(await first.response().status == 200)
        }
    }

    @Test func `a request that the breaker refuses leaves its turn to another`() async throws {
        let breaker = "breaker = { failures = \"50%\", minimum = 1, open = \"200s\", max_open = \"300s\" }\n"
        try await PhaseScene.run(Self.rate + breaker + "retry = { attempts = 1 }") { scene in
            scene.zuora.script = [.respond(503, "")]
            let first = try await scene.exchange(Self.get)
            #expect(first.status == 503)
            let second = try await scene.exchange(Self.get)
            #expect(second.status == 503)
            #expect(scene.zuora.calls.count == 1)
            expectOneToken(scene)
        }
    }
}
