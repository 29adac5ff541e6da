import Testing
import Wire

@testable import Gateway

/// A token that the API rejects.
@Suite(.timeLimit(.minutes(1))) struct TokenReplayPhaseTests {
    static let refused = StandIn.Reply.respond(401, #"{"message":"Authentication error"}"#)
    /// The same inside a 200.
    static let envelope =
        #"{"success":false,"processId":"4A2B","reasons":[{"code":90000011,"message":"this resource is protected"}]}"#
    static let routes = [
        "GET /v1/batch-query/jobs/8a80", "POST /v1/batch-query", "DELETE /v1/batch-query/jobs/8a80", "GET /v1/files/8a80",
        "GET /query/jobs/8a80",
    ]

    @Test(arguments: routes)
    func `a rejected token is replaced once, and the request sent again`(route: String) async throws {
        for refusal in [Self.refused, .respond(200, Self.envelope)] {
            try await PhaseScene.run { scene in
                scene.zuora.script = [refusal]
                let response = try await scene.exchange(route)
                #expect(response.status == 200 && response.content.contains("cancelled"))
                #expect(scene.zuora.tokens == ["token-1", "token-2"])
                #expect(scene.tokens.granted == 2)
                try await scene.untilAtRest()
            }
        }
    }

    @Test(arguments: routes)
    func `a second rejection is relayed as Zuora sent it`(route: String) async throws {
        for (refusal, status) in [(Self.refused, 401), (.respond(200, Self.envelope), 200)] {
            try await PhaseScene.run { scene in
                scene.zuora.script = [refusal, refusal]
                let response = try await scene.exchange(route)
                #expect(response.status == status)
                #expect(response.content == (status == 200 ? Self.envelope : #"{"message":"Authentication error"}"#))
                #expect(scene.zuora.calls.count == 2)
            }
        }
    }

    @Test func `a rejection inside a 200 is understood where it is coded with gzip, too`() async throws {
        let coded = try Deflater().deflateWhole(Array(Self.envelope.utf8).span)
        for accepted in ["gzip", "identity"] {
            try await PhaseScene.run { scene in
                scene.zuora.script = [.coded(coded)]
                let response = try await scene.exchange(RetryPhaseTests.get, ["Accept-Encoding: \(accepted)"])
                #expect(response.content.contains("cancelled"))
                #expect(scene.zuora.tokens == ["token-1", "token-2"])
            }
        }
    }

    @Test(arguments: [
        #"{"success":false,"processId":"4A2B","reasons":[{"code":50000040,"message":"no such job"}]}"#,
        #"{"success":true,"reasons":[{"code":90000011}]}"#, #"{"batches":[{"reasons":[{"code":90000011}]}],"success":false}"#,
        #"[{"success":false,"reasons":[{"code":90000011}]}]"#, #"{"success":false"#, "", "90000011",
    ])
    func `any other 200 is relayed as it is`(content: String) async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.respond(200, content)]
            let response = try await scene.exchange(RetryPhaseTests.get)
            #expect(response.status == 200 && response.content == content)
            #expect(scene.zuora.calls.count == 1)
        }
    }

    @Test func `no more than it takes to see that it is no rejection is held back`() async throws {
        try await PhaseScene.run { scene in
            for (content, path) in [(#"{"batches":["#, "/v1/batch-query/jobs/1"), ("a,b\n", "/v1/files/1")] {
                scene.zuora.script = [.begin(200, content)]
                let caller = try scene.send("GET \(path)")
                #expect(await caller.receive(content))
                #expect(scene.zuora.heldCalls == 1)
                scene.zuora.release()
                _ = await caller.response()
            }
            try await scene.untilAtRest()
        }
    }

    @Test func `content that is gone is not sent again, and the next request has a new token`() async throws {
        for refusal in [Self.refused, .respond(200, Self.envelope)] {
            try await PhaseScene.run { scene in
                scene.zuora.script = [refusal]
                let caller = try scene.connect()
                await caller.sendAll(RetryPhaseTests.head(400_000) + String(repeating: "l", count: 400_000))
                let response = await caller.response()
                #expect(response.status == 503 && response.problem == "not-replayable")
                let next = try await scene.exchange(RetryPhaseTests.get)
                #expect(next.status == 200)
                #expect(scene.zuora.tokens == ["token-1", "token-2"])
            }
        }
    }

    @Test func `a token that Zuora could not check is not replaced`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.respond(401, #"{"message":"Failed to get user info"}"#)]
            let response = try await scene.exchange(RetryPhaseTests.get)
            #expect(response.status == 200)
            #expect(scene.zuora.tokens == ["token-1", "token-1"])
        }
    }

    @Test func `a cancel that may have worked is verified with the new token`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.lose, Self.refused]
            let response = try await scene.exchange(VerificationPhaseTests.cancel)
            #expect(response.outcome == "cancelled")
            #expect(scene.zuora.methods == ["DELETE", "GET", "GET"])
            #expect(scene.zuora.tokens == ["token-1", "token-1", "token-2"])
        }
    }

    @Test(arguments: [RetryPhaseTests.get, VerificationPhaseTests.cancel])
    func `a token that has expired since the last attempt is not sent`(request: String) async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.hold]
            _ = scene.tokens.replace(lifetime: .seconds(10))
            let caller = try scene.send(request)
            try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
            scene.letPass(.seconds(10))
            for _ in 0..<10 { await scene.reactor.yield() }
            scene.zuora.release(.respond(503, ""))
            #expect(await caller.response().status == 200)
            #expect(scene.zuora.tokens == ["token-2", "token-3"])
        }
    }

    @Test(arguments: [RetryPhaseTests.submit, VerificationPhaseTests.cancel])
    func `the deadline that passes while a rejected token is replaced is reported as that`(request: String) async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [Self.refused]
            scene.tokens.withhold(rejecting: nil)
            let caller = try scene.send(
                request, ["X-Request-Timeout: 10s"], content: request == RetryPhaseTests.submit ? "{}" : "")
            try await scene.until("a new token is awaited") { $0.tokens.withheld == 1 }
            scene.letPass(.seconds(10))
            let response = await caller.response()
            #expect(response.status == 504 && response.problem == "timeout-token")
            #expect(response.content.contains(#""may_have_reached_zuora":false"#))
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.count == 1)
            // Zuora has not executed it, so no operator needs to look.
            #expect(scene.recorded(.failed) == 1 && scene.recorded(.unknown) == 0)
        }
    }
}
