import Testing

@testable import Gateway

/// Callers that leave while their request waits: for each wait, what becomes of the request, and that nothing stays behind.
@Suite(.timeLimit(.minutes(1))) struct CallerGonePhaseTests {
    static let get = RetryPhaseTests.get
    static let cancel = VerificationPhaseTests.cancel

    @Test func `while its content comes`() async throws {
        try await PhaseScene.run { scene in
            let caller = try scene.connect()
            caller.sendRaw(RetryPhaseTests.head(100) + "the first of it")
            try await scene.until("it is under way") { $0.server.activeRequests == 1 }
            caller.leave()
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.isEmpty)
            #expect(scene.recorded(.abandoned) == 1)
        }
    }

    @Test(arguments: [Self.get, Self.cancel]) func `while it waits for its turn`(request: String) async throws {
        try await PhaseScene.run("rate = 0.01\nburst = 1\nqueue_timeout = \"200s\"\ntimeout = \"300s\"") { scene in
            let response = try await scene.exchange(Self.get)
            #expect(response.status == 200)
            let caller = try scene.send(request)
            try await scene.until("it is under way") { $0.server.activeRequests == 1 }
            caller.leave()
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.count == 1)
            #expect(scene.recorded(.abandoned) == 1)
        }
    }

    @Test(arguments: [Self.get, Self.cancel]) func `while it waits for a slot`(request: String) async throws {
        try await PhaseScene.run("concurrency = 1") { scene in
            let first = try await scene.occupy()
            let caller = try scene.send(request)
            try await scene.until("it is queued") { $0.tenant.admission.queued == 1 }
            caller.leave()
            try await scene.until("it has left the queue") { $0.tenant.admission.queued == 0 }
            scene.zuora.release()
            #expect(await first.response().status == 200)
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.count == 1)
            #expect(scene.recorded(.abandoned) == 1)
        }
    }

    @Test(arguments: [Self.get, Self.cancel]) func `while it waits for a token`(request: String) async throws {
        try await PhaseScene.run { scene in
            scene.tokens.withhold(rejecting: scene.tokens.current)
            let caller = try scene.send(request)
            try await scene.until("it has its slot") { $0.tenant.admission.inFlight == 1 }
            caller.leave()
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.isEmpty)
            #expect(scene.recorded(.abandoned) == 1)
            scene.tokens.release()
            let response = try await scene.exchange(Self.get)
            #expect(response.status == 200)
        }
    }

    @Test func `before it waits for anything`() async throws {
        try await PhaseScene.run { scene in
            // The request and its end arrive together, before the loop's next turn.
            try scene.send(Self.get).leave()
            try await scene.until("it is over") { $0.recorded(.abandoned) == 1 }
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.isEmpty)
        }
    }

    @Test func `while it waits for the response`() async throws {
        try await PhaseScene.run { scene in
            let caller = try await scene.occupy()
            caller.leave()
            try await scene.untilAtRest()
            try await scene.until("the call is broken off") { $0.zuora.calls[0].isAbandoned }
            #expect(scene.zuora.calls.count == 1)
            #expect(scene.recorded(.abandoned) == 1)
        }
    }

    @Test(arguments: [(404, #"{"message":"#), (200, #"{"success":false,"#)])
    func `while it is judged`(status: Int, content: String) async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.begin(status, content)]
            let caller = try scene.send(Self.get)
            try await scene.until("the response has begun") { $0.zuora.heldCalls == 1 }
            caller.leave()
            try await scene.untilAtRest()
            try await scene.until("the call is broken off") { $0.zuora.calls[0].isAbandoned }
            #expect(scene.zuora.calls.count == 1)
            #expect(scene.recorded(.abandoned) == 1)
        }
    }

    @Test func `while it is relayed`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.begin(200, #"{"batches":["#)]
            let caller = try scene.send(Self.get)
            #expect(await caller.receive("batches"))
            caller.leave()
            try await scene.untilAtRest()
            try await scene.until("the call is broken off") { $0.zuora.calls[0].isAbandoned }
            #expect(scene.recorded(.abandoned) == 1)
        }
    }

    @Test func `while it waits to be sent again`() async throws {
        try await PhaseScene.run(#"retry = { base = "30s", cap = "60s", max_wait = "60s" }"#) { scene in
            scene.zuora.script = [.respond(503, "", ["Retry-After": "30"])]
            let caller = try scene.send(Self.get)
            try await scene.until("it is in a back-off") { $0.zuora.calls.count == 1 && $0.tenant.admission.inFlight == 0 }
            caller.leave()
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.count == 1)
            #expect(scene.recorded(.abandoned) == 1)
        }
    }

    @Test func `a cancel that was sent is finished, verification and repeat included`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.hold, .job("executing"), .respond(429, "{}")]
            let caller = try scene.send(Self.cancel)
            try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
            caller.leave()
            scene.zuora.release(.lose)
            try await scene.untilAtRest()
            #expect(scene.zuora.methods == ["DELETE", "GET", "DELETE", "DELETE"])
            #expect(!scene.zuora.calls.contains { $0.isAbandoned })
            #expect(scene.recorded(.cancelled) == 1)
        }
    }

    @Test(arguments: [(StandIn.Reply.job("cancelled"), RequestOutcome.cancelled), (.respond(200, ""), .unknown)])
    func `what became of a job is recorded although nobody waited to be told`(reply: StandIn.Reply, outcome: RequestOutcome)
        async throws
    {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.hold] + Array(repeating: reply, count: 8)
            let caller = try scene.send(Self.cancel)
            try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
            caller.leave()
            scene.zuora.release(reply)
            try await scene.untilAtRest()
            #expect(scene.recorded(outcome) == 1 && scene.recorded(.abandoned) == 0)
            let line = scene.logLines().last ?? ""
            #expect(line.contains(#""client_gone":true"#) && !line.contains(#""error":"cut""#), "\(line)")
        }
    }

    @Test func `a shared cancel: the leader's is finished, and the others get its response`() async throws {
        try await PhaseScene.run("coalesce = true") { scene in
            scene.zuora.script = [.hold]
            let leader = try scene.send(Self.cancel)
            try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
            let followers = try (0..<2).map { _ in try scene.send(Self.cancel) }
            try await scene.until("all are there") { $0.server.activeRequests == 3 }
            leader.leave()
            followers[0].leave()
            try await scene.until("one follower has left") { $0.recorded(.abandoned) == 1 }
            scene.zuora.release()
            let response = await followers[1].response()
            #expect(response.status == 200 && response.outcome == "cancelled")
            try await scene.untilAtRest()
            #expect(scene.zuora.methods == ["DELETE"])
        }
    }

    @Test func `after the whole response, it is not said to have gone before`() async throws {
        try await PhaseScene.run { scene in
            // There is a connection, so the response comes while the content is still being compressed.
            let get = try await scene.exchange(Self.get)
            #expect(get.status == 200)
            scene.zuora.script = [.early(201)]
            let caller = try scene.connect()
            let head = RetryPhaseTests.head(400_000).replacing("application/octet-stream", with: "application/json")
            await caller.sendAll(head + String(repeating: "x", count: 280_000))
            let response = await caller.response()
            caller.leave()
            #expect(response.status == 201)
            try await scene.untilAtRest()
            let line = scene.logLines().last
            #expect(line?.contains(#""outcome":"relayed""#) == true && line?.contains(#""gzip_in":"deflated""#) == true)
            #expect(line?.contains("client_gone") == false)
        }
    }
}
