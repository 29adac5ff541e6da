import Testing
import Wire

@testable import Policy

@Suite struct ExplanationTests {
    private func explain(_ line: String, _ fields: [String] = [], scope: TokenScope = .unknown) throws -> Explanation {
        let policy = Sample.policy(callers: [Sample.caller("billing", key: "k-secret")])
        let request = try SampleRequest(line, ["X-Gateway-Key: k-secret"] + fields)
        var random = SplitMix64(seed: 5)
        return policy.explain(request.head, request.bytes.span, scope: scope, using: &random)
    }

    private func decisions(_ explanation: Explanation) -> [Explanation.Subject: String] {
        Dictionary(explanation.decisions.map { ($0.subject, "\($0.value): \($0.why)") }, uniquingKeysWith: { a, b in a + b })
    }

    @Test func `it names caller, tenant, route, entity and orgs, and why`() throws {
        let explanation = try explain(
            "DELETE /v1/batch-query/jobs/1",
            ["X-Zuora-Tenant: acme", "Zuora-Entity-Ids: amer", "Zuora-Org-Ids: org-2", "Zuora-Track-Id: t"])
        #expect(
            decisions(explanation) == [
                .trackID: "t: from the caller", .caller: "billing: identified by its key",
                .tenant: "acme: named in X-Zuora-Tenant", .route: "aqua.cancel: DELETE /v1/batch-query/jobs/{id}",
                .orgs: "org-2: the caller's choice",
                .entity: "amer: named by the caller; spelled as configured: the token's scope is unknown",
            ])
        #expect(explanation.denial == nil)
    }

    @Test func `it lists what goes up and what does not, without secrets`() throws {
        let explanation = try explain(
            "DELETE /v1/batch-query/jobs/1",
            ["Cookie: c-secret", "Accept: 1", "Connection: Range", "Range: 2", "zuora_version: 9", "Baggage: c-secret"])
        #expect(
            explanation.removed.map { "\($0.name) \($0.why)" } == [
                "Host framing", "X-Gateway-Key credential", "Cookie credential", "Connection hopByHop", "Range connection",
                "zuora_version alias", "Baggage unlisted",
            ])
        #expect(explanation.sent.first.map { "\($0.name): \($0.value), \($0.origin)" } == "Accept: 1, caller")
        #expect(
            explanation.sent.filter { $0.isRedacted }.map { "\($0.name): \($0.value)" } == ["Authorization: Bearer <redacted>"])
        #expect(!"\(explanation)".contains("secret"))
    }

    @Test func `what it says is sent is what is sent`() throws {
        let policy = Sample.policy()
        let fields = [
            "Accept: 1", "X-A: 1", "Authorization: x", "Zuora-Org-Ids: org-3", "Zuora-Track-Id: track-1", "User-Agent: u",
        ]
        let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", fields)
        var random = SplitMix64(seed: 5)
        let explanation = policy.explain(request.head, request.bytes.span, using: &random)
        let sent = explanation.sent.map { "\($0.name): \($0.value)" }
        #expect(sent == (try request.upstream(policy, token: "<redacted>")))
    }

    @Test func `a refusal is told with all that was found out before it`() throws {
        let explanation = try explain("GET /v1/files/1")
        #expect(explanation.denial?.type == "route-not-forwarded")
        #expect(explanation.decisions.map(\.subject) == [.trackID, .caller, .tenant, .route])
        #expect(explanation.sent.isEmpty)
        let entity = try explain("GET /v1/batch-query/jobs/1", scope: TokenScope("entity.\(Sample.amer)"))
        #expect(entity.denial?.type == "entity-not-covered")
        #expect(entity.decisions.map(\.subject) == [.trackID, .caller, .tenant, .route, .orgs])
    }

    @Test func `an illegal track id is refused before anything else`() throws {
        let explanation = try explain("GET /v1/files/1", ["Zuora-Track-Id: a:b"])
        #expect(explanation.denial?.type == "bad-track-id")
        #expect(explanation.decisions.isEmpty)
    }

    @Test func `an entity that the token covers alone is said not to be sent`() throws {
        let explanation = try explain("GET /v1/batch-query/jobs/1", scope: TokenScope("entity.\(Sample.emea)"))
        #expect(decisions(explanation)[.entity] == "emea: the tenant's default; not sent: the token covers only this entity")
        #expect(!explanation.sent.contains { $0.name == "Zuora-Entity-Ids" })
    }
}
