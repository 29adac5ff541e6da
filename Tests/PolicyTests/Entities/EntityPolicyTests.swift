import Testing

@testable import Policy

@Suite struct EntityPolicyTests {
    /// What goes up in Zuora-Entity-Ids (nil: nothing), or the refusal's status and type.
    private func outcome(_ fields: [String], scope: String? = nil, tenant: String = "acme") throws -> String? {
        let several = Sample.tenant("several") { $0.entities = Sample.acme.entities }
        let policy = Sample.policy(tenants: [Sample.acme, Sample.plain, several], default: tenant)
        let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", fields)
        do {
            let lines = try request.upstream(policy, scope: scope.map { TokenScope($0) } ?? .unknown)
            let values = lines.values("Zuora-Entity-Ids")
            #expect(values.count <= 1)
            return values.first
        } catch let denial as Denial {
            return "\(denial.status) \(denial.type)"
        }
    }

    @Test(arguments: [
        (nil, Sample.emea), ("emea", Sample.emea), ("amer", Sample.amer), (Sample.amer, Sample.amer),
        (Sample.amer.uppercased(), Sample.amer), (Sample.hex(Sample.amer), Sample.amer),
        (Sample.hex(Sample.amer).uppercased(), Sample.amer),
    ])
    func `one of the tenant's is chosen by name or id, and sent as configured when the scope is unknown`(
        _ asked: String?, _ expected: String
    ) throws {
        #expect(try outcome(asked.map { ["zuora-ENTITY-ids: \($0)"] } ?? []) == expected)
    }

    @Test(arguments: [Sample.emea, Sample.hex(Sample.emea), Sample.hex(Sample.emea).uppercased()])
    func `without a known scope the id is sent as the configuration writes it`(_ spelling: String) throws {
        let tenant = Sample.tenant("t") {
            $0.entities = [.init(name: "emea", id: Sample.hex(Sample.emea), spelling: spelling)]
            $0.defaultEntity = $0.entities[0]
        }
        let policy = Sample.policy(tenants: [tenant], default: "t")
        for asked in [[], ["Zuora-Entity-Ids: emea"], ["Zuora-Entity-Ids: \(Sample.emea)"]] {
            let lines = try SampleRequest("DELETE /v1/batch-query/jobs/1", asked).upstream(policy, scope: .unknown)
            #expect(lines.values("Zuora-Entity-Ids") == [spelling])
        }
    }

    @Test(arguments: [
        Sample.other, Sample.hex(Sample.other), "EMEA", "emea2", "*", String(Sample.emea.dropLast()), Sample.emea + "0",
        Sample.emea.replacing("-", with: "_"), "entity.\(Sample.emea)", "emea;amer", "\"emea\"", "emea amer",
    ])
    func `any other is a 403 that names none`(_ asked: String) throws {
        #expect(try outcome(["Zuora-Entity-Ids: \(asked)"]) == "403 entity-not-allowed")
        for text in [Sample.emea, Sample.amer, "emea", "amer", "acme", "plain"] {
            #expect(!Denial.entityNotAllowed.detail.contains(text))
        }
    }

    @Test func `a tenant without entities sends none and lets none be asked for`() throws {
        #expect(try outcome([], tenant: "plain") == nil)
        #expect(try outcome(["Zuora-Entity-Ids: \(Sample.emea)"], tenant: "plain") == "403 entity-not-allowed")
    }

    @Test(arguments: [
        ["Zuora-Entity-Ids: emea,amer"], ["Zuora-Entity-Ids: emea, emea"], ["Zuora-Entity-Ids: emea", "Zuora-Entity-Ids: emea"],
        ["Zuora-Entity-Ids: emea", "zuora-entity-ids: amer"], ["Zuora-Entity-Ids: ,"], ["Zuora-Entity-Ids:"],
        ["Zuora-Entity-Ids: emea,"], ["Zuora-Entity-Ids: nobody,nothing"],
    ])
    func `what is not one entity is a 400`(_ fields: [String]) throws {
        #expect(try outcome(fields) == "400 ambiguous-entity")
    }

    private static let both = "user.1 entity.\(Sample.hex(Sample.emea).uppercased()) service.* entity.\(Sample.amer) tenant.7"

    @Test func `with several in scope the scope's spelling is sent`() throws {
        #expect(try outcome([], scope: Self.both) == Sample.hex(Sample.emea).uppercased())
        #expect(try outcome(["Zuora-Entity-Ids: amer"], scope: Self.both) == Sample.amer)
        #expect(try outcome(["Zuora-Entity-Ids: \(Sample.emea)"], scope: Self.both) == Sample.hex(Sample.emea).uppercased())
    }

    @Test func `with one in scope the header is never sent`() throws {
        let one = "entity.\(Sample.emea) tenant.7"
        #expect(try outcome([], scope: one) == nil)
        #expect(try outcome(["Zuora-Entity-Ids: emea"], scope: one) == nil)
        #expect(try outcome([], scope: one, tenant: "several") == nil)
        #expect(try outcome(["Zuora-Entity-Ids: amer"], scope: one) == "403 entity-not-covered")
        #expect(try outcome([], scope: "entity.\(Sample.amer)") == "403 entity-not-covered")
    }

    @Test func `one that the token does not cover is refused`() throws {
        let others = "entity.\(Sample.amer) entity.\(Sample.other)"
        #expect(try outcome(["Zuora-Entity-Ids: emea"], scope: others) == "403 entity-not-covered")
        #expect(try outcome([], scope: others) == "403 entity-not-covered")
    }

    @Test func `with several in scope one must be named`() throws {
        #expect(try outcome([], scope: Self.both, tenant: "several") == "400 entity-required")
        #expect(try outcome([], scope: Self.both, tenant: "plain") == "400 entity-required")
        #expect(try outcome(["Zuora-Entity-Ids: amer"], scope: Self.both, tenant: "several") == Sample.amer)
    }

    @Test func `a scope that says nothing of entities changes nothing`() throws {
        for scope in ["", "user.1 service.*", "entity.*", "entity. entity.\(Sample.amer)", "entity.\(Sample.amer)x"] {
            #expect(try outcome([], scope: scope) == Sample.emea, "\(scope)")
            #expect(try outcome([], scope: scope, tenant: "several") == nil, "\(scope)")
        }
    }

    @Test func `a default by id need not be listed, and may be asked for`() throws {
        let tenant = Sample.tenant("t") {
            $0.defaultEntity = .init(name: Sample.emea, id: Sample.hex(Sample.emea), spelling: Sample.emea)
        }
        let policy = Sample.policy(tenants: [tenant], default: "t")
        for fields in [[], ["Zuora-Entity-Ids: \(Sample.emea)"], ["Zuora-Entity-Ids: \(Sample.hex(Sample.emea))"]] {
            let lines = try SampleRequest("DELETE /v1/batch-query/jobs/1", fields).upstream(policy)
            #expect(lines.values("Zuora-Entity-Ids") == [Sample.emea])
        }
    }
}
