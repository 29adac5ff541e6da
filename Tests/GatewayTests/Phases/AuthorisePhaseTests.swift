import Testing

@testable import Gateway

/// What a caller may do, and what goes upstream for it.
@Suite(.timeLimit(.minutes(1))) struct AuthorisePhaseTests {
    static let get = RetryPhaseTests.get
    static let settings = """
        entities = { one = "11e643f4-a3ee-8bad-b061-0025904c57d6", two = "22f754a5-b4ff-9cbe-a172-1136a15d68e7" }
        entity = "one"
        orgs = ["org1", "org2"]
        """

    static let stories = [
        Story(testDescription: "an open route", status: 200),
        Story(testDescription: "a path that is no route", request: "GET /v1/nothing", status: 404, problem: "no-route"),
        Story(
            testDescription: "a method of no route", request: "PATCH /v1/batch-query/jobs/8a80", status: 405,
            problem: "method-not-allowed"),
        Story(testDescription: "a route that is not open", request: "GET /v1/catalog/products", status: 404, problem: "no-route"),
        Story(
            testDescription: "a path that could be read in two ways", request: "GET /v1/batch-query/jobs/%2e%2e", status: 400,
            problem: "bad-path"),
        Story(testDescription: "an entity by name", fields: ["Zuora-Entity-Ids: two"], status: 200),
        Story(
            testDescription: "an entity that is not listed", fields: ["Zuora-Entity-Ids: three"], status: 403,
            problem: "entity-not-allowed"),
        Story(testDescription: "an org that is listed", fields: ["Zuora-Org-Ids: org2"], status: 200),
        Story(
            testDescription: "an org that is not listed", fields: ["Zuora-Org-Ids: org2,org3"], status: 403,
            problem: "org-not-allowed"),
        Story(testDescription: "a time-out", fields: ["X-Request-Timeout: 5"], status: 200),
        Story(
            testDescription: "a time-out that is none", fields: ["X-Request-Timeout: abc"], status: 400,
            problem: "bad-request-timeout"),
        Story(
            testDescription: "no coding accepted", fields: ["Accept-Encoding: identity;q=0, br"], status: 406,
            problem: "not-acceptable"),
    ]

    @Test(arguments: stories)
    func `only what the tenant forwards goes upstream, with the entity and orgs that the configuration names`(story: Story)
        async throws
    {
        try await PhaseScene.run(Self.settings) { scene in
            let response = try await scene.exchange(story.request, story.fields)
            #expect(response.status == story.status)
            #expect(response.problem == story.problem)
            #expect((response.fields["allow"] != nil) == (story.status == 405))
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.count == (story.status == 200 ? 1 : 0))
            for call in scene.zuora.calls {
                let isTwo = story.fields.contains { $0.hasSuffix("two") }
                #expect(
                    call.fields["zuora-entity-ids"]
                        == (isTwo ? "22f754a5-b4ff-9cbe-a172-1136a15d68e7" : "11e643f4-a3ee-8bad-b061-0025904c57d6"))
                #expect(call.fields["zuora-org-ids"] == (story.fields.contains { $0.hasSuffix("org2") } ? "org2" : "org1,org2"))
                #expect(call.fields["x-request-timeout"] == nil)
            }
        }
    }
}
