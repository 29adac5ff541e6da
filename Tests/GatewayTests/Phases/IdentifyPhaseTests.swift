import Testing

@testable import Gateway

/// Who calls, and for which tenant.
@Suite(.timeLimit(.minutes(1))) struct IdentifyPhaseTests {
    static let key = "billing-key-0123456789abcdef0123"
    static let get = RetryPhaseTests.get
    /// Sections that follow the tenant's lines.
    static let callers = """
        [tenants.globex]
        upstream = "http://127.0.0.1:9"
        client_id = "other"
        client_secret = "secret"
        [callers.billing]
        key_sha256 = "8b7382a382e14a5f26699e3afb8f9def22b5cbc916a86b2db9bc8a079c18d93c"
        tenants = ["acme"]
        """

    static let stories = [
        Story(testDescription: "its key", fields: ["X-Gateway-Key: \(key)"], status: 200),
        Story(testDescription: "its key as a bearer token", fields: ["Authorization: Bearer \(key)"], status: 200),
        Story(testDescription: "no key", fields: [], status: 401, problem: "unknown-caller"),
        Story(testDescription: "another key", fields: ["X-Gateway-Key: \(key)4"], status: 401, problem: "unknown-caller"),
        Story(
            testDescription: "two keys", fields: ["X-Gateway-Key: \(key)", "X-Gateway-Key: x"], status: 400,
            problem: "ambiguous-key"),
        Story(
            testDescription: "an unknown tenant", fields: ["X-Gateway-Key: \(key)", "X-Zuora-Tenant: initech"], status: 403,
            problem: "tenant-not-allowed"),
        Story(
            testDescription: "two tenants", fields: ["X-Gateway-Key: \(key)", "X-Zuora-Tenant: acme", "X-Zuora-Tenant: globex"],
            status: 400, problem: "ambiguous-tenant"),
        Story(
            testDescription: "a tenant that it may not use", fields: ["X-Gateway-Key: \(key)", "X-Zuora-Tenant: globex"],
            status: 403, problem: "tenant-not-allowed"),
        Story(
            testDescription: "an unknown tenant, without a key", fields: ["X-Zuora-Tenant: initech"], status: 401,
            problem: "unknown-caller"),
    ]

    @Test(arguments: stories)
    func `a request is forwarded only for a known caller and a tenant of its own, and without the key`(story: Story) async throws
    {
        try await PhaseScene.run(Self.callers) { scene in
            let response = try await scene.exchange(Self.get, story.fields)
            #expect(response.status == story.status)
            #expect(response.problem == story.problem)
            #expect((response.fields["www-authenticate"] != nil) == (story.status == 401))
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.count == (story.status == 200 ? 1 : 0))
            for call in scene.zuora.calls {
                #expect(call.token?.hasPrefix("token-") == true)
                #expect(!call.fields.values.contains { $0.contains(Self.key) })
                #expect(call.fields["x-zuora-tenant"] == nil)
            }
            let isKnown = scene.logLines().first?.contains(#""caller":"billing""#)
            #expect(isKnown == !["unknown-caller", "ambiguous-key"].contains(story.problem))
        }
    }
}
