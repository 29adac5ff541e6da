import Testing

@testable import Gateway

/// Cancels whose response does not tell what became of the job.
@Suite(.timeLimit(.minutes(1))) struct VerificationPhaseTests {
    static let cancel = "DELETE /v1/batch-query/jobs/8a80"
    static let notCancellable = StandIn.Reply.respond(
        200, #"{"errorCode":"90003","message":"Invalid Job Id for job cancellation."}"#)
    static let otherJob = StandIn.Reply.respond(200, #"{"id":"8a81","status":"cancelled","batches":[]}"#)
    static let otherQuery = StandIn.Reply.respond(200, #"{"data":{"id":"8a81","queryStatus":"cancelled"}}"#)

    private static func story(
        _ name: String, _ script: [StandIn.Reply], _ methods: [String], _ status: Int, _ outcome: String,
        problem: String? = nil, of request: String = cancel
    ) -> Story {
        Story(
            testDescription: name, request: request, script: script, methods: methods, status: status, outcome: outcome,
            problem: problem)
    }

    static let stories = [
        story("it works", [], ["DELETE"], 200, "cancelled"),
        story("it is lost and worked", [.lose], ["DELETE", "GET"], 200, "cancelled"),
        story("it is lost, and had not arrived", [.lose, .job("executing")], ["DELETE", "GET", "DELETE"], 200, "cancelled"),
        story(
            "it is lost, and the job is complete", [.lose, .job("completed")], ["DELETE", "GET"], 409, "already-finished",
            problem: "job-finished"),
        story("a 504, and it worked", [.respond(504, "")], ["DELETE", "GET"], 200, "cancelled"),
        story("cannot be cancelled: it was cancelled before", [notCancellable], ["DELETE", "GET"], 200, "already-cancelled"),
        story(
            "cannot be cancelled: it is complete", [notCancellable, .job("completed")], ["DELETE", "GET"], 200,
            "already-finished"),
        story(
            "accepted, and done a moment later", [.job("executing"), .job("executing")], ["DELETE", "GET", "GET"], 200,
            "cancelled"),
        story(
            "it is lost, and so is every verification", Array(repeating: .lose, count: 9),
            ["DELETE", "GET", "GET", "GET", "GET"], 504, "unknown", problem: "cancel-unverified"),
        story(
            "it is lost, and the job may not be seen", [.lose, .respond(403, #"{"code":50000010}"#)], ["DELETE", "GET"], 504,
            "unknown", problem: "cancel-unverified"),
        story("the response names another job", [otherJob], ["DELETE", "GET"], 200, "cancelled"),
        story(
            "the response names another job, and this one runs", [otherJob, .job("executing")], ["DELETE", "GET", "DELETE"], 200,
            "cancelled"),
        story(
            "the verification names the other job, too", Array(repeating: otherJob, count: 9), ["DELETE", "GET"], 200,
            "cancelled"),
        story(
            "the response names another job, and verification fails", [otherJob, .lose, .lose, .lose, .lose],
            ["DELETE", "GET", "GET", "GET", "GET"], 504, "unknown", problem: "cancel-unverified"),
        story(
            "a verification names another job where its connection has been used before",
            [.job("executing"), otherJob], ["DELETE", "GET", "GET"], 200, "cancelled"),
        story(
            "it is lost, and a verification names another job", [.lose, otherJob], ["DELETE", "GET", "GET"], 200, "cancelled"),
        story(
            "it is lost, and every verification names another job", [.lose] + Array(repeating: otherJob, count: 9),
            ["DELETE", "GET", "GET", "GET", "GET"], 504, "unknown", problem: "cancel-unverified"),
        story(
            "the response names another data query", [otherQuery], ["DELETE", "GET"], 200, "cancelled",
            of: "DELETE /query/jobs/8a80"),
        story(
            "the response has the id in capitals and with hyphens",
            [.respond(200, #"{"data":{"id":"8A80-82E6","queryStatus":"cancelled"}}"#)], ["DELETE"], 200, "cancelled",
            of: "DELETE /query/jobs/8a8082e6"),
        story(
            "an error has an id of its own",
            [.respond(200, #"{"id":"4711","errorCode":"90009","message":"not permitted"}"#)], ["DELETE"], 200, "not-permitted"),
    ]

    @Test(arguments: stories)
    func `a cancel is answered with what became of the job`(story: Story) async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = story.script
            let response = try await scene.exchange(story.request)
            #expect(scene.zuora.methods == story.methods)
            #expect(response.status == story.status)
            #expect(response.outcome == story.outcome)
            #expect(response.problem == story.problem)
            #expect(response.attempts == story.methods.count)
            try await scene.untilAtRest()
        }
    }

    @Test func `a response that names another job is not shown, and its connection is not used again`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [Self.otherJob]
            let response = try await scene.exchange(Self.cancel)
            #expect(response.content.contains(#""id":"8a80""#) && !response.content.contains("8a81"))
            #expect(scene.connections == 2)
        }
    }

    @Test func `a response with the track id of another request is not shown`() async throws {
        try await PhaseScene.run { scene in
            _ = try await scene.exchange(RetryPhaseTests.get, ["Zuora-Track-Id: first"])
            let body = #"{"id":"8a80","status":"completed","batches":[]}"#
            scene.zuora.script = [.respond(200, body, ["Zuora-Track-Id": "first"])]
            let response = try await scene.exchange(Self.cancel, ["Zuora-Track-Id: second"])
            #expect(response.outcome == "cancelled")
            #expect(scene.zuora.methods == ["GET", "DELETE", "GET"])
        }
    }

    @Test func `the verification of a cancel with content has neither content nor fields that describe it`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.lose]
            let fields = [
                "Content-Length: 2", "Content-Type: application/json", "Content-Encoding: identity", "Content-Language: en",
                "Content-MD5: x", "Digest: x", "Content-Digest: x", "Repr-Digest: x",
            ]
            let response = try await scene.exchange(Self.cancel, fields, content: "{}")
            #expect(response.outcome == "cancelled")
            let names = scene.zuora.calls.map { $0.fields.keys.filter { $0.contains("digest") || $0.hasPrefix("content-") } }
            #expect(names.map(\.count) == [8, 0], "\(names)")
        }
    }

    @Test func `what the caller made the cancel conditional on is not asked of the verification`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.lose]
            let response = try await scene.exchange(Self.cancel + "?force=1", ["If-Match: x", "Range: bytes=0-1"])
            #expect(response.outcome == "cancelled")
            #expect(scene.zuora.calls.map(\.path) == ["/v1/batch-query/jobs/8a80?force=1", "/v1/batch-query/jobs/8a80"])
        }
    }
}
