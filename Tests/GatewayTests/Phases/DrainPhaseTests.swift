import Testing

@testable import Gateway

/// What a drain does to requests, by what they wait for.
@Suite(.timeLimit(.minutes(1))) struct DrainPhaseTests {
    static let get = RetryPhaseTests.get
    static let cancel = VerificationPhaseTests.cancel
    private static let longBackOff = #"retry = { base = "30s", cap = "60s", max_wait = "60s" }"#

    @Test func `a request under way gets its response, and is told that the connection closes`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.hold]
            let caller = try scene.send(Self.get)
            try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
            scene.server.drain()
            scene.gateway.beginDrain()
            scene.zuora.release()
            let response = await caller.response()
            #expect(response.status == 200)
            #expect(response.fields["connection"] == "close")
        }
    }

    @Test func `a back-off ends with the response that there is`() async throws {
        try await PhaseScene.run(Self.longBackOff) { scene in
            scene.zuora.script = [.respond(503, "{}", ["Retry-After": "30"])]
            let caller = try scene.send(Self.get)
            try await scene.until("it is in a back-off") { $0.zuora.calls.count == 1 && $0.tenant.admission.inFlight == 0 }
            scene.gateway.beginDrain()
            let response = await caller.response()
            #expect(response.status == 503 && response.fields["retry-after"] == "30" && response.problem == nil)
            #expect(scene.zuora.calls.count == 1)
        }
    }

    @Test func `a back-off ends with the response that there is, though every slot be taken`() async throws {
        try await PhaseScene.run("concurrency = 1\n" + Self.longBackOff) { scene in
            scene.zuora.script = [.respond(503, "{}", ["Retry-After": "30"]), .hold]
            let caller = try scene.send(Self.get)
            try await scene.until("it is in a back-off") { $0.zuora.calls.count == 1 && $0.tenant.admission.inFlight == 0 }
            let other = try scene.send(Self.get)
            try await scene.until("the slot is taken") { $0.zuora.heldCalls == 1 }
            scene.gateway.beginDrain()
            #expect(await caller.response().status == 503)
            #expect(scene.zuora.heldCalls == 1)
            scene.zuora.release()
            #expect(await other.response().status == 200)
        }
    }

    @Test func `the back-off of a cancel that may have worked ends with one more verification`() async throws {
        try await PhaseScene.run(Self.longBackOff) { scene in
            scene.zuora.script = [.respond(504, "", ["Retry-After": "30"])]
            let caller = try scene.send(Self.cancel)
            try await scene.until("it is in a back-off") { $0.zuora.calls.count == 1 && $0.tenant.admission.inFlight == 0 }
            scene.gateway.beginDrain()
            #expect(await caller.response().outcome == "cancelled")
            #expect(scene.zuora.methods == ["DELETE", "GET"])
        }
    }

    @Test(arguments: [Self.get, Self.cancel])
    func `who waits for a slot to the end is told to come again`(request: String) async throws {
        try await PhaseScene.run("concurrency = 1") { scene in
            scene.zuora.script = [.hold]
            let first = try scene.send(Self.get)
            try await scene.until("the slot is taken") { $0.zuora.heldCalls == 1 }
            let caller = try scene.send(request)
            try await scene.until("it is queued") { $0.tenant.admission.queued == 1 }
            scene.server.drain()
            scene.gateway.endWaits()
            let response = await caller.response()
            #expect(response.status == 503 && response.problem == "gateway-stopping")
            #expect(response.fields["retry-after"] != nil && response.fields["connection"] == "close")
            #expect(response.outcome == (request == Self.cancel ? "unknown" : nil))
            // What was under way is not cut by that.
            scene.zuora.release()
            #expect(await first.response().status == 200)
            #expect(scene.zuora.calls.count == 1)
        }
    }

    @Test func `who waits for a token to the end is told to come again`() async throws {
        try await PhaseScene.run { scene in
            scene.tokens.withhold(rejecting: scene.tokens.current)
            let caller = try scene.send(Self.get)
            try await scene.until("it has its slot") { $0.tenant.admission.inFlight == 1 }
            scene.gateway.endWaits()
            #expect(await caller.response().problem == "gateway-stopping")
            #expect(scene.zuora.calls.isEmpty)
        }
    }

    @Test func `who follows a shared cancel to the end is told that it may have been carried out`() async throws {
        try await PhaseScene.run("coalesce = true") { scene in
            scene.zuora.script = [.hold]
            let leader = try scene.send(Self.cancel)
            try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
            let follower = try scene.send(Self.cancel)
            try await scene.until("both are there") { $0.server.activeRequests == 2 }
            await scene.reactor.yield()
            scene.gateway.endWaits()
            let response = await follower.response()
            #expect(response.problem == "gateway-stopping" && response.outcome == "unknown")
            #expect(response.content.contains(#""may_have_reached_zuora":true"#))
            scene.zuora.release()
            #expect(await leader.response().outcome == "cancelled")
        }
    }

    @Test(arguments: ["POST /v1/batch-query", Self.cancel], [true, false])
    func `a request whose content still arrives at the end is told to come again`(line: String, hasBegun: Bool) async throws {
        try await PhaseScene.run { scene in
            let caller = try scene.connect()
            caller.sendRaw(line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n" + (hasBegun ? "ab" : ""))
            try await scene.until("it is there") { $0.server.activeRequests == 1 }
            for _ in 0..<10 { await scene.reactor.yield() }
            scene.server.drain()
            scene.gateway.endWaits()
            let response = await caller.response()
            #expect(response.status == 503 && response.problem == "gateway-stopping")
            #expect(response.fields["connection"] == "close")
            #expect(response.content.contains(#""may_have_reached_zuora":false"#))
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.isEmpty && scene.recorded(.abandoned) == 0)
        }
    }

    @Test func `an upload that is cut at the end is not called the caller's doing`() async throws {
        try await PhaseScene.run { scene in
            let caller = try scene.connect()
            let content = String(repeating: "x", count: 2 * RequestContent.replayLimit)
            await caller.sendAll(
                "POST /v1/batch-query HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(content.utf8.count + 1)\r\n\r\n" + content)
            try await scene.until("a part has been sent") { $0.arrivedCalls == 1 }
            scene.stop()
            try await scene.untilAtRest()
            #expect(scene.recorded(.abandoned) == 0)
            let lines = scene.logLines()
            #expect(lines.contains { $0.contains(#""error":"gateway-stopping""#) }, "\(lines)")
            #expect(!lines.contains { $0.contains("client-gone") || $0.contains(#""client_gone":true"#) })
        }
    }

    @Test func `nothing is sent any more at the end, though a slot or a token be there`() async throws {
        try await PhaseScene.run { scene in
            scene.gateway.endWaits()
            for request in [Self.get, Self.cancel] {
                let response = try await scene.exchange(request)
                #expect(response.problem == "gateway-stopping")
            }
            #expect(scene.zuora.calls.isEmpty)
            try await scene.untilAtRest()
        }
    }

    @Test(arguments: [false, true])
    func `who has had a token rejected at the end is told to come again`(isWithheld: Bool) async throws {
        for request in [Self.get, Self.cancel] {
            try await PhaseScene.run { scene in
                scene.zuora.script = [.hold]
                if isWithheld { scene.tokens.withhold(rejecting: nil) }
                let caller = try scene.send(request)
                try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
                scene.gateway.endWaits()
                scene.zuora.release(TokenReplayPhaseTests.refused)
                let response = await caller.response()
                #expect(response.status == 503 && response.problem == "gateway-stopping")
                #expect(response.content.contains(#""may_have_reached_zuora":false"#))
                #expect(scene.zuora.calls.count == 1)
            }
        }
    }

    @Test func `what is cut at the end is in the books`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.begin(200, #"{"batches":["#), .hold]
            let streaming = try scene.send(Self.get)
            #expect(await streaming.receive("batches"))
            let waiting = try scene.send(Self.get)
            try await scene.until("both are under way") { $0.zuora.heldCalls == 2 }
            scene.stop()
            try await scene.untilAtRest()
            for caller in [streaming, waiting] { #expect(await !caller.response().isWhole) }
            #expect(RequestOutcome.allCases.reduce(0) { $0 + scene.recorded($1) } == 2)
            let lines = scene.logLines()
            #expect(lines.contains { $0.contains(#""error":"gateway-stopping""#) })
            #expect(!lines.contains { $0.contains("gateway-overloaded") })
        }
    }
}
