import Testing

@testable import Policy

@Suite struct OrgPolicyTests {
    private func outcome(_ fields: [String], tenant: String = "acme") throws -> String? {
        let policy = Sample.policy(default: tenant)
        let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", fields)
        do {
            let values = try request.upstream(policy).values("Zuora-Org-Ids")
            #expect(values.count <= 1)
            return values.first
        } catch let denial as Denial {
            return "\(denial.status) \(denial.type)"
        }
    }

    @Test(arguments: [
        ([], "org-1,org-2,org-3"), (["Zuora-Org-Ids: org-2"], "org-2"), (["Zuora-Org-Ids: org-3 ,\t org-1"], "org-3,org-1"),
        (["zuora-org-ids: org-2,org-1,org-2,org-2"], "org-2,org-1"), (["Zuora-Org-Ids: ,org-1,,"], "org-1"),
        (["Zuora-Org-Ids: org-3", "ZUORA-ORG-IDS: org-1,org-3"], "org-3,org-1"),
        (["Zuora-Org-Ids:", "Zuora-Org-Ids: org-1"], "org-1"),
    ])
    func `a subset is sent in the caller's order, each org once`(_ fields: [String], _ expected: String) throws {
        #expect(try outcome(fields) == expected)
    }

    @Test(arguments: [
        ["Zuora-Org-Ids: org-4"], ["Zuora-Org-Ids: org-1,org-4"], ["Zuora-Org-Ids: org-1", "Zuora-Org-Ids: org-4"],
        ["Zuora-Org-Ids: ORG-1"], ["Zuora-Org-Ids: org-1;org-2"], ["Zuora-Org-Ids: \"org-1\""], ["Zuora-Org-Ids: org-1 org-2"],
        ["Zuora-Org-Ids: *"],
    ])
    func `an org outside the list is a 403`(_ fields: [String]) throws {
        #expect(try outcome(fields) == "403 org-not-allowed")
    }

    @Test(arguments: [["Zuora-Org-Ids:"], ["Zuora-Org-Ids: , ,"], ["Zuora-Org-Ids:", "Zuora-Org-Ids:"]])
    func `a header that names none is a 400, never the whole list`(_ fields: [String]) throws {
        #expect(try outcome(fields) == "400 malformed-orgs")
    }

    @Test func `a tenant without orgs sends none and lets none be asked for`() throws {
        #expect(try outcome([], tenant: "plain") == nil)
        #expect(try outcome(["Zuora-Org-Ids: org-1"], tenant: "plain") == "403 org-not-allowed")
    }

    @Test func `a working org is one of the tenant's, or refused`() throws {
        let policy = Sample.policy()
        let request = { try SampleRequest("DELETE /v1/batch-query/jobs/1", $0) }
        let lines = try request(["Zuora-Working-Org: org-2"]).upstream(policy)
        #expect(lines.values("Zuora-Working-Org") == ["org-2"])
        #expect(try request(["zuora-working-org: org-4"]).resolve(policy).status == 403)
        #expect(try request(["zuora-working-org: org-1", "Zuora-Working-Org: org-1"]).resolve(policy).status == 400)
        #expect(try request(["zuora-working-org: org-1,org-4"]).resolve(policy).status == 403)
    }
}
