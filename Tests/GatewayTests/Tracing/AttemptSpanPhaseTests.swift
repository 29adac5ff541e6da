import Testing

@testable import Gateway

/// What the spans of attempts say whose response began and could not be used.
@Suite(.timeLimit(.minutes(1))) struct AttemptSpanPhaseTests {
    /// A trace of the request, which is the only one.
    private func trace(_ scene: isolated PhaseScene, _ body: (isolated PhaseScene) async throws -> Void) async throws
        -> FinishedTrace
    {
        let queue = TraceQueue()
        scene.gateway.tracer = Tracer(queue: queue, sampler: TraceSampler(ratio: 1))
        try await body(scene)
        try await scene.untilAtRest()
        return try #require(queue.take(2).first)
    }

    @Test(arguments: [
        (VerificationPhaseTests.cancel, StandIn.Reply.coded([0x1F, 0x8B, 8, 0]), "http_response_content_coding"),
        (RetryPhaseTests.get, .coded([0x1F, 0x8B, 8, 0]), "http_response_content_coding"),
        (VerificationPhaseTests.cancel, VerificationPhaseTests.otherJob, "http_protocol_error"),
    ])
    func `a response that cannot be used is an error of its attempt`(request: String, reply: StandIn.Reply, error: String)
        async throws
    {
        try await PhaseScene.run { scene in
            let trace = try await trace(scene) { scene in
                scene.zuora.script = [reply]
                _ = try await scene.exchange(request)
            }
            #expect(trace.attempts.first?.error == error)
            #expect(trace.attempts.dropFirst().allSatisfy { $0.error == nil })
        }
    }

    @Test(arguments: [(VerificationPhaseTests.cancel, 2), (RetryPhaseTests.get, 1)])
    func `so is one that is cut, while it is read or relayed`(request: String, attempts: Int) async throws {
        try await PhaseScene.run { scene in
            let trace = try await trace(scene) { scene in
                scene.zuora.script = [.begin(200, #"{"batches":["#)]
                let caller = try scene.send(request)
                try await scene.until("it has begun") { $0.zuora.heldCalls == 1 }
                if attempts == 1 { #expect(await caller.receive("batches")) }
                scene.zuora.release(.lose)
                _ = await caller.response()
            }
            #expect(trace.attempts.map(\.status) == Array(repeating: 200, count: attempts))
            #expect(trace.attempts.first?.error == "http_response_incomplete")
        }
    }

    @Test func `an attempt that the gateway gave up has no type that says something else`() async throws {
        try await PhaseScene.run { scene in
            let trace = try await trace(scene) { scene in
                scene.zuora.script = [.hold]
                let caller = try scene.send(RetryPhaseTests.get)
                try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
                caller.leave()
            }
            #expect(trace.attempts.map(\.error) == ["given_up"])
        }
    }
}
