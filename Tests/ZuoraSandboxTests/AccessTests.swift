import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct AccessTests {
    var bench = Bench()
    let path = Bench.jobPath("executing")

    @Test mutating func `a call without a token, or with an unknown one, is a 401`() {
        let none = bench.send(SandboxRequest("GET", path))
        #expect(none.status == 401 && none.json == ["message": "Authentication error"])
        #expect(bench.call("GET", path, "0123456789abcdef0123456789abcdef").status == 401)
    }

    @Test mutating func `what is no bearer token is a 400`() {
        let basic = bench.send(SandboxRequest("GET", path, fields: [Field("Authorization", "Basic dTpw")]))
        #expect(basic.status == 400 && basic.json == ["message": "No bearer token"])
    }

    @Test mutating func `two Authorization fields are refused`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", path, token, fields: [Field("authorization", "Bearer x")]).status == 400)
    }

    @Test mutating func `old credentials beside a token are refused`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", path, token, fields: [Field("apiAccessKeyId", "me")]).status == 401)
        for cookie in ["ZSession=abc", "a=1; ZSession=abc", "a=1;zsession=", "ZSession"] {
            #expect(bench.call("GET", path, token, fields: [Field("cookie", cookie)]).status == 401, "\(cookie)")
            #expect(bench.grant(fields: [Field("Cookie", cookie)]).status == 400, "\(cookie)")
        }
        #expect(bench.call("GET", path, token, fields: [Field("Cookie", "a=1; ZSessionX=2; b=ZSession")]).status == 200)
    }

    @Test(arguments: [
        ("message", 401, "message"), ("spring", 401, "error"), ("reasons", 401, "reasons"), ("reasons-200", 200, "reasons"),
    ])
    mutating func `the refusal's form can be chosen`(form: String, status: Int, member: String) throws {
        try bench.settings(["auth_refusal": .string(form)])
        let reply = bench.send(SandboxRequest("GET", path))
        #expect(reply.status == status)
        #expect(reply.json?[member] != nil)
    }

    // MARK: Entities

    @Test mutating func `a token of several entities must come with one that it covers`() throws {
        let token = try bench.token()
        let missing = bench.call("GET", path, token, entity: nil)
        #expect(missing.status == 400)
        #expect(missing.json?["reasons"]?[0]?["code"] == 90_000_020)
        #expect(bench.call("GET", path, token, entity: "5b1c6a3e-7d2f-4f0a-8b9c-1d2e3f405162").status == 400)
        #expect(bench.call("GET", path, token, entity: Bench.emea).status == 200)
        #expect(bench.call("GET", path, token, entity: Bench.amer).status == 200)
    }

    @Test mutating func `one entity is taken, two are not`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", path, token, entity: "\(Bench.emea),\(Bench.amer)").status == 400)
        #expect(bench.call("GET", path, token, fields: [Field("zuora-entity-ids", Bench.amer)]).status == 400)
        #expect(bench.call("GET", path, token, fields: [Field("entityId", Bench.amer)]).status == 400)
    }

    @Test mutating func `an old entity header works alone, so that a leak shows`() throws {
        let token = try bench.token()
        let hex = Bench.amer.filter { $0 != "-" }
        let reply = bench.call("GET", path, token, entity: nil, fields: [Field("entityId", hex)])
        #expect(reply.fields.first("X-Sandbox-Saw")?.contains("entity=\(Bench.amer)") == true)
        #expect(bench.call("GET", path, token, entity: nil, fields: [Field("entityName", "amer")]).status == 200)
    }

    @Test mutating func `digits without hyphens name an entity unless that is turned off`() throws {
        let token = try bench.token()
        let hex = Bench.emea.filter { $0 != "-" }
        #expect(bench.call("GET", path, token, entity: hex).status == 200)
        try bench.settings(["entity_hex": false, "entity_refusal_status": 200])
        let refused = bench.call("GET", path, token, entity: hex)
        #expect(refused.status == 200 && refused.json?["reasons"] != nil)
    }

    @Test mutating func `an entity header with a token of one entity is rejected or ignored`() throws {
        let token = try bench.token(.globex)
        let own = try #require(SandboxTenant.globex.entities["main"])
        #expect(bench.call("GET", path, token, entity: nil).status == 200)
        #expect(bench.call("GET", path, token, entity: own).status == 400)
        try bench.settings(["single_entity_header": "ignore"])
        #expect(bench.call("GET", path, token, entity: own).status == 200)
    }

    @Test mutating func `a job of one entity does not exist in another`() throws {
        let token = try bench.token()
        let id = try bench.submit(token, entity: Bench.emea)
        #expect(bench.call("GET", Bench.jobPath(id), token, entity: Bench.emea).json?["id"]?.string == id)
        #expect(bench.call("GET", Bench.jobPath(id), token, entity: Bench.amer).json?["errorCode"] == "90002")
        let globex = try bench.token(.globex)
        #expect(bench.call("GET", Bench.jobPath(id), globex, entity: nil).json?["errorCode"] == "90002")
    }

    // MARK: Orgs

    @Test mutating func `orgs must be a subset of the user's`() throws {
        let token = try bench.token(.globex)
        let orgs = Bench.globexOrgs
        func status(_ value: String) -> Int {
            bench.call("GET", path, token, entity: nil, fields: [Field("Zuora-Org-Ids", value)]).status
        }
        #expect(status(orgs[0]) == 200)
        #expect(status(orgs.joined(separator: ",")) == 200)
        #expect(status(orgs.joined(separator: ", ")) == 200)
        #expect(status("\(orgs[0]),foreign") == 400)
        #expect(status("") == 400)
    }

    @Test mutating func `an org header without Multi-Org is rejected or ignored`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", path, token, fields: [Field("Zuora-Org-Ids", "o")]).status == 400)
        try bench.settings(["stray_org_header": "ignore"])
        #expect(bench.call("GET", path, token, fields: [Field("Zuora-Org-Ids", "o")]).status == 200)
    }

    // MARK: Writing, versions, keys

    @Test mutating func `a client without API Write Access may read, and neither post nor cancel`() throws {
        let token = try bench.token(.readOnly)
        #expect(bench.call("GET", path, token).status == 200)
        #expect(bench.call("DELETE", path, token).status == 403)
        #expect(bench.call("POST", "/v1/batch-query", token, json: Bench.submission(name: "")).status == 403)
        #expect(bench.call("GET", path, token).json?["status"] == "executing")
        try bench.settings(["write_refusal": "error-code"])
        let refused = bench.call("DELETE", path, token)
        #expect(refused.status == 200 && refused.json?["errorCode"] == "90009")
    }

    @Test mutating func `an Idempotency-Key on DELETE is rejected or ignored`() throws {
        let token = try bench.token()
        let key = [Field("Idempotency-Key", "k")]
        let refused = bench.call("DELETE", path, token, fields: key)
        #expect(refused.status == 400)
        #expect(refused.json?["message"] == "Request method 'DELETE' not supported with Idempotency-Key header")
        try bench.settings(["idempotency_key_on_delete": "ignore"])
        #expect(bench.call("DELETE", path, token, fields: key).json?["status"] == "cancelled")
    }

    @Test mutating func `an unlisted Zuora-Version changes nothing`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", path, token, fields: [Field("Zuora-Version", "1999-01-01")]).status == 200)
    }

    @Test mutating func `each reply tells which tenant, entity and token it was made for`() throws {
        let token = try bench.token()
        let saw = "tenant=acme; entity=\(Bench.emea); token=\(shortFingerprint(token))"
        #expect(bench.call("DELETE", path, token).fields.all("X-Sandbox-Saw") == [saw])
        #expect(bench.send(SandboxRequest("GET", path)).fields.first("X-Sandbox-Saw") == "tenant=none; entity=none; token=none")
        try bench.settings(["saw": false])
        #expect(bench.call("GET", path, token).fields.first("X-Sandbox-Saw") == nil)
    }
}
