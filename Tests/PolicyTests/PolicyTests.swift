import Testing
import Wire

@testable import Policy

@Suite struct PolicyTests {
    private let policy: Policy

    init() throws {
        policy = Sample.policy(callers: [
            Sample.caller("billing", key: "k") { ($0.tenants, $0.routes) = (["acme"], ["aqua.cancel"]) },
            Sample.caller("admin", key: "a"),
        ])
    }

    private func outcome(_ line: String, key: String = "k", _ fields: [String] = []) throws -> String {
        switch try SampleRequest(line, ["X-Gateway-Key: \(key)"] + fields).resolve(policy) {
        case .success(let resolution): policy.routes[resolution.route].name
        case .failure(let denial): "\(denial.status) \(denial.phase) \(denial.type)"
        }
    }

    @Test(arguments: [
        ("DELETE /v1/batch-query/jobs/1", "k", "aqua.cancel"), ("DELETE /v1/batch-query/jobs/1", "a", "aqua.cancel"),
        ("GET /v1/batch-query/jobs/1", "k", "403 authorise route-not-allowed"), ("GET /v1/batch-query/jobs/1", "a", "aqua.get"),
        ("HEAD /v1/batch-query/jobs/1", "a", "aqua.get"), ("GET /v1/files/1", "a", "403 authorise route-not-forwarded"),
        ("GET /v1/files/1", "k", "403 authorise route-not-forwarded"),
        ("PUT /v1/files/1", "a", "405 authorise method-not-allowed"),
        ("GET /nothing", "a", "404 authorise no-route"), ("GET //", "a", "400 authorise bad-path"),
        ("GET /nothing", "x", "401 identify unknown-caller"),
    ])
    func `tenant and caller both must have the route`(_ line: String, _ key: String, _ expected: String) throws {
        #expect(try outcome(line, key: key) == expected)
    }

    @Test(arguments: [
        ("GET /v1/batch-query/jobs/1", "k", "billing acme aqua.get"), ("GET /v1/files/1", "a", "admin acme files.get"),
        ("PUT /v1/files/1", "a", "admin acme -"), ("GET /nothing", "k", "billing acme -"), ("GET /nothing", "x", "- - -"),
    ])
    func `every request is laid at its caller's, its tenant's and its route's door, as far as they are known`(
        _ line: String, _ key: String, _ expected: String
    ) throws {
        let request = try SampleRequest(line, ["X-Gateway-Key: \(key)", "X-Zuora-Tenant: acme"])
        let subject =
            switch request.resolve(policy) {
            case .success(let resolution): resolution.subject
            case .failure(let denial): denial.subject
            }
        let names = [
            subject.caller.map { policy.callers.callers[$0].name }, subject.tenant.map { policy.tenants[$0].name },
            subject.route.map { policy.routes[$0].name },
        ]
        #expect(names.map { $0 ?? "-" }.joined(separator: " ") == expected)
    }

    @Test func `authentication precedes authorisation`() throws {
        #expect(try outcome("GET //", key: "x") == "401 identify unknown-caller")
        #expect(try outcome("GET //", ["X-Zuora-Tenant: plain"]) == "403 identify tenant-not-allowed")
        #expect(try outcome("GET /nothing", key: "a", ["Zuora-Entity-Ids: a,b"]) == "404 authorise no-route")
    }

    @Test func `a 403 says what to add, and a 405 what there is`() throws {
        let file = try SampleRequest("GET /v1/files/1", ["X-Gateway-Key: a"]).resolve(policy).denial
        #expect(file?.detail.contains(#""files.get" to routes in [tenants.acme]"#) == true)
        let get = try SampleRequest("GET /v1/batch-query/jobs/1", ["X-Gateway-Key: k"]).resolve(policy).denial
        #expect(get?.detail.contains(#""aqua.get" to routes in [callers.billing]"#) == true)
        let put = try SampleRequest("PUT /v1/batch-query/jobs/1", ["X-Gateway-Key: k"]).resolve(policy).denial
        #expect(put?.allow == "DELETE")
        let admin = try SampleRequest("PUT /v1/batch-query/jobs/1", ["X-Gateway-Key: a"]).resolve(policy).denial
        #expect(admin?.allow == "DELETE, GET, HEAD")
        let none = try SampleRequest("PUT /v1/files/1", ["X-Gateway-Key: a"]).resolve(policy).denial
        #expect(none?.allow == "")
    }

    @Test func `a refusal holds no bytes of the request`() throws {
        let marks = ["MARK", "X-Zuora-Tenant: MARK", "Zuora-Entity-Ids: MARK", "Zuora-Org-Ids: MARK", "Zuora-Track-Id: MARK:"]
        var random = SplitMix64(seed: 1)
        for mark in marks {
            let fields = ["X-Gateway-Key: \(mark == "MARK" ? mark : "a")"] + (mark == "MARK" ? [] : [mark])
            let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", fields)
            let denial = try #require(policy.explain(request.head, request.bytes.span, using: &random).denial)
            #expect(!"\(denial)".contains("MARK"))
        }
        #expect(
            try SampleRequest("GET /MARK%00", ["X-Gateway-Key: a"]).resolve(policy).denial.map { "\($0)".contains("MARK") }
                == false)
    }
}
