import Testing

@testable import Policy

@Suite struct TenantDirectoryTests {
    /// The tenant's name, or the status of the refusal and its type.
    private func tenant(
        _ fields: [String], default name: String? = nil, listener: String? = nil, tenants: [String]? = nil,
        header: String = "X-Zuora-Tenant"
    ) throws -> String {
        let callers = tenants.map { names in [Sample.caller("c") { ($0.peerUIDs, $0.tenants) = ([1], names) }] } ?? []
        let policy = Sample.policy(
            callers: callers, tenants: [Sample.acme, Sample.plain, Sample.tenant("a.B-c_9")], header: header, default: name)
        let evidence = CallerEvidence(peer: PeerCredentials(pid: 1, uid: 1, gid: 1))
        let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", fields)
        switch request.resolve(policy, evidence: evidence, listener: listener.flatMap(policy.directory.index)) {
        case .success(let resolution): return policy.tenants[resolution.tenant].name
        case .failure(let denial): return "\(denial.status) \(denial.type)"
        }
    }

    @Test(arguments: [
        ("X-Zuora-Tenant: acme", "acme"), ("x-ZUORA-tenant:\tplain ", "plain"), ("X-Zuora-Tenant: a.B-c_9", "a.B-c_9"),
        ("X-Zuora-Tenant: ACME", "400 unknown-tenant"), ("X-Zuora-Tenant: nobody", "400 unknown-tenant"),
        ("X-Zuora-Tenant:", "400 malformed-tenant"), ("X-Zuora-Tenant: acme,plain", "400 malformed-tenant"),
        ("X-Zuora-Tenant: acme plain", "400 malformed-tenant"), ("X-Zuora-Tenant: \"acme\"", "400 malformed-tenant"),
        ("X-Zuora-Tenant: acm\u{E9}", "400 malformed-tenant"),
        ("X-Zuora-Tenant: \(String(repeating: "a", count: 64))", "400 unknown-tenant"),
        ("X-Zuora-Tenant: \(String(repeating: "a", count: 65))", "400 malformed-tenant"),
        ("X_Zuora_Tenant: acme", "400 no-tenant"), ("Other: acme", "400 no-tenant"),
    ])
    func `the header names a tenant exactly`(_ field: String, _ expected: String) throws {
        #expect(try tenant([field]) == expected)
    }

    @Test(arguments: [["X-Zuora-Tenant: acme", "X-Zuora-Tenant: acme"], ["X-Zuora-Tenant: acme", "x-zuora-tenant: plain"]])
    func `a repeated header is a 400`(_ fields: [String]) throws {
        #expect(try tenant(fields, default: "acme") == "400 ambiguous-tenant")
    }

    @Test func `header, then listener, then default`() throws {
        #expect(try tenant(["X-Zuora-Tenant: plain"], default: "acme") == "plain")
        #expect(try tenant([], default: "acme", listener: "plain") == "plain")
        #expect(try tenant([], default: "acme") == "acme")
        #expect(try tenant([]) == "400 no-tenant")
    }

    @Test func `a listener of one tenant refuses every other name alike`() throws {
        #expect(try tenant(["X-Zuora-Tenant: plain"], listener: "plain") == "plain")
        let known = try tenant(["X-Zuora-Tenant: acme"], listener: "plain")
        #expect(known == "403 tenant-not-allowed")
        #expect(try tenant(["X-Zuora-Tenant: nobody"], listener: "plain") == known)
    }

    @Test func `a limited caller cannot tell a forbidden tenant from one that does not exist`() throws {
        let policy = Sample.policy(
            callers: [Sample.caller("c", key: "k") { $0.tenants = ["plain"] }], tenants: [Sample.acme, Sample.plain])
        let denials = try ["acme", "nobody"].map {
            try SampleRequest("DELETE /v1/batch-query/jobs/1", ["X-Gateway-Key: k", "X-Zuora-Tenant: \($0)"]).resolve(policy)
                .denial
        }
        #expect(denials[0]?.status == 403)
        #expect(denials[0] == denials[1])
    }

    @Test func `a limited caller is limited on listener and default too`() throws {
        #expect(try tenant(["X-Zuora-Tenant: plain"], tenants: ["plain"]) == "plain")
        #expect(try tenant([], default: "acme", tenants: ["plain"]) == "403 tenant-not-allowed")
        #expect(try tenant([], listener: "acme", tenants: ["plain"]) == "403 tenant-not-allowed")
        #expect(try tenant([], listener: "plain", tenants: ["plain"]) == "plain")
        #expect(try tenant(["X-Zuora-Tenant: acme"], tenants: []) == "403 tenant-not-allowed")
    }

    @Test func `the header may be called otherwise`() throws {
        #expect(try tenant(["Customer: plain"], header: "customer") == "plain")
        #expect(try tenant(["X-Zuora-Tenant: plain"], header: "customer") == "400 no-tenant")
    }

    @Test(arguments: [
        "Authorization", "Host", "Zuora-Entity-Ids", "zuora-working-org", "X-Forwarded-Tenant", "x_gateway_key",
        "User-Agent",
    ])
    func `a header that means something else cannot select the tenant`(_ name: String) {
        #expect(UnlistedFields.isReserved(name.utf8.map(\.lowercased)))
    }

    @Test func `every one of ten thousand tenants is found, and nothing else`() throws {
        let policy = Sample.policy(tenants: (0..<10_000).map { Sample.tenant("tenant-\($0)") }, default: nil)
        for index in 0..<10_000 { #expect(policy.directory.index(of: "tenant-\(index)") == index) }
        for name in ["tenant-10000", "tenant-", "", "Tenant-1"] { #expect(policy.directory.index(of: name) == nil) }
    }
}
