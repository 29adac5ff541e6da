import Testing

@testable import Gateway

/// What is sent again, and what is not.
@Suite(.timeLimit(.minutes(1))) struct RetryPhaseTests {
    static let get = "GET /v1/batch-query/jobs/8a80"
    static let submit = "POST /v1/batch-query"

    private static func story(
        _ name: String, _ request: String, _ script: [StandIn.Reply], _ status: Int, calls: Int, problem: String? = nil
    ) -> Story {
        Story(testDescription: name, request: request, script: script, calls: calls, status: status, problem: problem)
    }

    static let stories = [
        story("a response that is good", get, [.job("executing")], 200, calls: 1),
        story("a GET that gets a 503", get, [.respond(503, "")], 200, calls: 2),
        story("a GET that gets a 500 and a 502", get, [.respond(500, ""), .respond(502, "")], 200, calls: 3),
        story("a GET that is lost", get, [.lose], 200, calls: 2),
        story("a GET that gets a 429", get, [.respond(429, "{}")], 200, calls: 2),
        story("a GET that gets nothing but 503", get, Array(repeating: .respond(503, ""), count: 9), 503, calls: 4),
        story(
            "a GET that is always lost", get, Array(repeating: .lose, count: 9), 502, calls: 4,
            problem: "upstream-answer-broken"),
        story("a GET that gets a 404", get, [.respond(404, "{}")], 404, calls: 1),
        story("a GET that gets a 409", get, [.respond(409, "{}")], 409, calls: 1),
        story("a submit that gets a 429", submit, [.respond(429, "{}")], 200, calls: 2),
        story("a submit that gets a 503", submit, [.respond(503, "{}")], 503, calls: 1),
        story("a submit that is lost", submit, [.lose], 502, calls: 1, problem: "upstream-answer-broken"),
        story(
            "a wait that is longer than max_wait", get, [.respond(429, "{}", ["Retry-After": "3600"])], 429, calls: 1),
    ]

    @Test(arguments: stories)
    func `a request is sent again only if that does no harm and may help`(story: Story) async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = story.script
            let response = try await scene.exchange(story.request, content: story.request.hasPrefix("POST") ? "{}" : "")
            #expect(response.status == story.status)
            #expect(response.problem == story.problem)
            #expect(response.attempts == story.calls)
            #expect(scene.zuora.calls.count == story.calls)
            #expect(Set(scene.zuora.calls.map(\.trackID)) == [response.fields["zuora-track-id"]])
            try await scene.untilAtRest()
        }
    }

    @Test func `a connection that breaks when it is used again is replaced at once, and a submit is not repeated`() async throws {
        try await PhaseScene.run(#"retry = { attempts = 1 }"#) { scene in
            scene.zuora.script = [.job("executing"), .lose]
            for _ in 1...2 {
                let response = try await scene.exchange(Self.get)
                #expect(response.status == 200)
            }
            #expect(scene.zuora.calls.count == 3)
            scene.zuora.script = [.lose]
            let response = try await scene.exchange(Self.submit, content: "{}")
            #expect(response.status == 502)
            #expect(scene.zuora.calls.count == 4)
        }
    }

    @Test func `content that is kept is sent again whole, and larger content is not sent again`() async throws {
        let (small, large) = (String(repeating: "s", count: 100_000), String(repeating: "l", count: 400_000))
        try await PhaseScene.run { scene in
            scene.zuora.script = [.respond(429, "{}")]
            let caller = try scene.connect()
            await caller.sendAll(Self.head(small.utf8.count) + small)
            #expect(await caller.response().status == 200)
            #expect(scene.zuora.calls.map(\.content) == [small, small])
            scene.zuora.script = [.respond(429, "{}")]
            await caller.sendAll(Self.head(large.utf8.count) + large)
            #expect(await caller.response().status == 429)
            #expect(scene.zuora.calls.count == 3)
            #expect(scene.zuora.calls.last?.content == large)
        }
    }

    @Test func `a request in a back-off holds no slot`() async throws {
        try await PhaseScene.run("concurrency = 1\nretry = { base = \"30s\", cap = \"60s\", max_wait = \"60s\" }") { scene in
            scene.zuora.script = [.respond(503, "", ["Retry-After": "30"])]
            let waiting = try scene.send(Self.get)
            try await scene.until("the slot is back") { $0.zuora.calls.count == 1 && $0.tenant.admission.inFlight == 0 }
            #expect(scene.server.activeRequests == 1)
            let response = try await scene.exchange(Self.get)
            #expect(response.status == 200)
            waiting.leave()
            try await scene.untilAtRest()
        }
    }

    /// Of a submit whose content is not recoded.
    static func head(_ length: Int) -> String {
        """
        POST /v1/batch-query HTTP/1.1\r
        Host: localhost\r
        Content-Type: application/octet-stream\r
        Content-Length: \(length)\r
        \r

        """
    }
}
