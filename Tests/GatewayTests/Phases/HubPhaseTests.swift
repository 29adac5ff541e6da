import Testing
import Wire

@testable import Gateway

/// What is recorded of requests that a hub has responded to.
@Suite(.timeLimit(.minutes(1))) struct HubPhaseTests {
    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var request = VerificationPhaseTests.cancel
        var status: Int
        var type: String
        var members = ""
        var outcome: RequestOutcome
        var isKnown = true
    }

    static let stories = [
        Story(
            testDescription: "a cancel that is denied", status: 403, type: "entity-not-allowed",
            members: #","outcome":"unknown""#, outcome: .denied),
        Story(
            testDescription: "a cancel that is refused", status: 429, type: "queue-full", members: #","outcome":"unknown""#,
            outcome: .refused),
        Story(
            testDescription: "a cancel for which there is no token", status: 503, type: "token-wrong-secret",
            members: #","outcome":"unknown""#, outcome: .failed),
        Story(
            testDescription: "a cancel that has not reached Zuora", status: 502, type: "upstream-unreachable",
            members: #","outcome":"unknown","may_have_reached_zuora":false"#, outcome: .failed),
        Story(
            testDescription: "a cancel whose job has to be checked", status: 504, type: "cancel-unverified",
            members: #","outcome":"unknown","may_have_reached_zuora":true"#, outcome: .unknown),
        Story(
            testDescription: "a cancel of a finished job", status: 409, type: "job-finished",
            members: #","outcome":"already-finished","may_have_reached_zuora":true"#, outcome: .alreadyFinished),
        Story(
            testDescription: "a cancel with a problem of a later version", status: 503, type: "new-type",
            members: #","outcome":"unknown""#, outcome: .unknown, isKnown: false),
        Story(
            testDescription: "another request that is refused", request: RetryPhaseTests.get, status: 429, type: "rate",
            outcome: .refused),
        Story(
            testDescription: "another request that fails", request: RetryPhaseTests.get, status: 504, type: "timeout-total",
            members: #","may_have_reached_zuora":true"#, outcome: .failed),
    ]

    @Test(arguments: stories) func `a hub's problem is relayed as it is, and recorded like one's own`(story: Story) async throws {
        try await PhaseScene.run(hub: true) { scene in
            let problem =
                #"{"type":"urn:problem-type:zuora-gateway:\#(story.type)","title":"T","status":\#(story.status),"detail":"D"\#(story.members)}"#
            var fields = ["Content-Type": "application/problem+json"]
            if story.request.hasPrefix("DELETE") {
                fields["Gateway-Outcome"] = "\(story.outcome == .alreadyFinished ? "already-finished" : "unknown")"
            }
            scene.zuora.script = [.respond(story.status, problem, fields)]
            let response = try await scene.exchange(story.request)
            #expect(response.status == story.status && response.content == problem)
            try await scene.untilAtRest()
            #expect(scene.recorded(story.outcome) == 1)
            let line = scene.logLines().first ?? ""
            #expect(line.contains(#""error":"\#(story.type)","detail":"D""#) == story.isKnown, "\(line)")
        }
    }

    @Test func `a problem of somebody else is a response like any other`() async throws {
        try await PhaseScene.run(hub: true) { scene in
            let problem = #"{"type":"https://example.com/out-of-credit","title":"T","status":403,"detail":"D"}"#
            scene.zuora.script = [.respond(403, problem, ["Content-Type": "application/problem+json"])]
            let response = try await scene.exchange(RetryPhaseTests.get)
            #expect(response.status == 403 && response.content == problem)
            try await scene.untilAtRest()
            #expect(scene.recorded(.relayed) == 1)
        }
    }

    @Test func `a request that goes round in a circle of hubs ends`() async throws {
        try await PhaseScene.run(hub: true) { scene in
            let passed = Array(repeating: "1.1 zuora-gateway", count: 7).joined(separator: ", ")
            scene.zuora.script = [.respond(200, "{}")]
            #expect(try await scene.exchange(RetryPhaseTests.get, ["Via: \(passed)"]).status == 200)
            let response = try await scene.exchange(RetryPhaseTests.get, ["Via: \(passed), 1.1 zuora-gateway"])
            #expect(response.status == 502 && response.problem == "hub-loop")
            #expect(response.fields["proxy-status"]?.contains("error=proxy_loop_detected") == true)
        }
    }

    @Test func `content of a hub that cannot be decoded for the caller is a broken response, and not Zuora's`() async throws {
        try await PhaseScene.run(hub: true) { scene in
            let fields = ["Content-Type": "text/csv", "Content-Encoding": "gzip"]
            scene.zuora.script = [.respond(200, "this is no gzip", fields)]
            let response = try await scene.exchange(RetryPhaseTests.get)
            #expect(response.status == 502 && response.problem == "hub-response-broken", "\(response)")
        }
    }

    @Test func `a problem that is cut is a broken response`() async throws {
        try await PhaseScene.run(hub: true) { scene in
            scene.zuora.script = [.beginAs("application/problem+json", 403, #"{"type":"#)]
            let caller = try scene.send("POST /v1/batch-query", content: "{}")
            try await scene.until("it has begun") { $0.zuora.heldCalls == 1 }
            scene.zuora.release(.lose)
            let response = await caller.response()
            #expect(response.status == 502 && response.problem == "hub-response-broken")
        }
    }
}
