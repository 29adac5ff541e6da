import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct ControlTests {
    var bench = Bench()

    @Test mutating func `the control calls need no token and list themselves`() throws {
        #expect(try bench.control("GET", "")["calls"]?.array?.isEmpty == false)
        #expect(bench.send(SandboxRequest("GET", "/_sandbox")).status == 200)
        #expect(bench.send(SandboxRequest("GET", "/_sandbox/nothing")).status == 400)
        #expect(bench.send(SandboxRequest("GET", "/_sandboxes")).status == 401)
    }

    // MARK: Settings

    @Test mutating func `a setting that is shown can be set to what it shows`() throws {
        let shown = try bench.control("GET", "settings")
        #expect(try bench.control("POST", "settings", shown) == shown)
        #expect(bench.zuora.settings == SandboxSettings())
        #expect(shown["submitted_for"] == "500ms" && shown["executing_for"] == "30s" && shown["cancel_unknown"] == "error-code")
    }

    static let mistakes: [(JSONValue, String)] = [
        (["cancel_varient": "error-code"], "unknown setting \"cancel_varient\""),
        (["cancel_variant": "nothing"], "one of error-code"),
        (["book_limit": 9_223_372_036_854_775_807], "integer"), (["records": 1_000_000_000_001], "integer"),
        (["gzip": "yes"], "true or false"), (["concurrency_limit": -1], "integer"), (["submitted_for": "5"], "duration"),
        (["submitted_for": 5], "duration"), ([], "object"), (["server": 1], "string"),
    ]

    @Test(arguments: mistakes)
    mutating func `a mistake in the settings is told in words and changes nothing`(json: JSONValue, part: String) throws {
        let members = [JSONValue.Member("saw", false)] + (json.object ?? [])
        let error = try bench.controlError("POST", "settings", json.object == nil ? json : .object(members))
        #expect(error.contains(part), "\(error)")
        #expect(bench.zuora.settings == SandboxSettings())
    }

    @Test mutating func `the sandbox works with every number at its maximum`() throws {
        let most = 1_000_000_000_000
        let numbers = try bench.control("GET", "settings").object?.filter { $0.value.int != nil }.map(\.name) ?? []
        #expect(numbers.count >= 10)
        for name in numbers { try bench.settings([(name): most].asSettings) }
        try bench.control("POST", "faults", ["effect": "503", "skip": .int(most), "times": .int(most)])
        let token = try bench.token()
        let done = try bench.control("POST", "jobs", ["entity": "emea", "status": "completed"])
        let file = try #require(done["files"]?[0]?.string)
        #expect(bench.call("GET", "/v1/files/\(file)", token).status == 403, "larger than any file may be")
        for _ in 0..<3 { #expect(bench.call("GET", Bench.jobPath("executing"), token).status == 200) }
        #expect(try bench.control("GET", "book")["calls"]?.array?.count == 5)
    }

    @Test(arguments: ["not json", "{\"advance\":\"1s\",\"advance\":\"2s\"}"])
    mutating func `a body that is not JSON is refused`(text: String) {
        let reply = bench.send(SandboxRequest("POST", "/_sandbox/clock", body: Array(text.utf8)))
        #expect(reply.status == 400 && reply.json?["error"]?.string?.contains("not JSON") == true)
    }

    // MARK: Jobs

    @Test(arguments: ["submitted", "executing", "completed", "aborted", "error", "cancelled"])
    mutating func `a job can be made in any state`(state: String) throws {
        let token = try bench.token()
        let made = try bench.control("POST", "jobs", ["id": "mine", "entity": "emea", "status": .string(state)])
        #expect(made["status"]?.string == state)
        #expect(bench.call("GET", Bench.jobPath("mine"), token).json?["status"]?.string == state)
        let listed = try bench.control("GET", "jobs", query: "id=mine&tenant=acme")
        #expect(listed["jobs"]?[0]?["status"]?.string == state)
        #expect(try bench.control("GET", "jobs", query: "tenant=globex")["jobs"] == [])
    }

    @Test mutating func `a job takes its durations, its scope and its refusal from the call`() throws {
        try bench.control(
            "POST", "jobs",
            [
                "id": "mine", "tenant": "globex", "status": "executing", "executing": "10s", "end": "aborted",
                "refusal": "not-found", "batches": 2,
            ])
        let token = try bench.token(.globex)
        let path = Bench.jobPath("mine")
        #expect(bench.call("GET", path, token, entity: nil).json?["batches"]?.array?.count == 2)
        bench.pass(.seconds(9) - .nanoseconds(1))
        #expect(bench.call("GET", path, token, entity: nil).json?["status"] == "executing")
        bench.pass(.nanoseconds(1))
        #expect(bench.call("GET", path, token, entity: nil).json?["status"] == "aborted")
        #expect(bench.call("DELETE", path, token, entity: nil).status == 404)
    }

    static let jobMistakes: [(JSONValue, String)] = [
        ([:], "entity is missing"), (["tenant": "nobody"], "no tenant"), (["entity": "mars"], "no entity"),
        (["entity": "emea", "status": "deleted"], "status"), (["entity": "emea", "executing": "soon"], "executing"),
        (["entity": "emea", "batches": 0], "batches"), (["entity": "emea", "stat": 1], "\"stat\""),
        (["entity": "emea", "id": "a/b"], "segment"),
    ]

    @Test(arguments: jobMistakes)
    mutating func `a mistake in a job is told in words`(json: JSONValue, part: String) throws {
        let error = try bench.controlError("POST", "jobs", json)
        #expect(error.contains(part), "\(error)")
    }

    // MARK: Clients and tenants

    @Test mutating func `a client and a tenant can be added`() throws {
        try bench.control("POST", "tenants", ["name": "initech", "entities": ["hq": "11111111-2222-4333-8444-555555555555"]])
        let client = SandboxClient(id: "99999999-2222-4333-8444-555555555555", secret: "s", tenant: "initech")
        try bench.control(
            "POST", "clients", ["id": .string(client.id), "secret": "s", "tenant": "initech", "lifetime": "10s"])
        let reply = bench.grant(client)
        #expect(reply.json?["expires_in"] == 9)
        let token = try #require(reply.json?["access_token"]?.string)
        #expect(bench.call("GET", Bench.jobPath("done"), token, entity: nil).status == 200)
        bench.pass(.seconds(10))
        #expect(bench.call("GET", Bench.jobPath("done"), token, entity: nil).status == 401)
    }

    @Test mutating func `a secret can be changed, and a client narrowed to an entity`() throws {
        let id = JSONValue.string(SandboxClient.acme.id)
        try bench.control("POST", "clients", ["id": id, "secret": "new", "entities": ["amer"]])
        #expect(bench.grant().status == 401)
        #expect(bench.grant(secret: "new").json?["scope"]?.string?.contains(Bench.emea) == false)
        let clients = try bench.control("GET", "clients")
        #expect(!String(decoding: clients.serialized, as: UTF8.self).contains("secret"))
        #expect(try bench.controlError("POST", "clients", ["id": "x", "tenant": "acme"]).contains("secret"))
    }

    @Test mutating func `live tokens are listed by fingerprint only`() throws {
        let token = try bench.token()
        bench.pass(.seconds(600))
        let text = String(decoding: try bench.control("GET", "tokens").serialized, as: UTF8.self)
        #expect(text.contains(shortFingerprint(token)) && !text.contains(token) && text.contains("\"3000s\""))
    }

    // MARK: Clock and reset

    @Test mutating func `turning the clock ages tokens and jobs alike`() throws {
        let token = try bench.token()
        let path = Bench.jobPath(try bench.submit(token, name: "submitted=1s executing=10m"))
        try bench.control("POST", "clock", ["advance": "30m"])
        #expect(bench.call("GET", path, token).json?["status"] == "completed")
        try bench.control("POST", "clock", ["advance": "30m"])
        #expect(bench.call("GET", path, token).status == 401)
        #expect(try bench.controlError("POST", "clock", [:]).contains("advance"))
    }

    @Test mutating func `a reset forgets what it is told to`() throws {
        let token = try bench.token()
        try bench.settings(["saw": false])
        try bench.control("POST", "faults", ["effect": "503", "match": ["path": "/never"]])
        _ = bench.call("DELETE", Bench.jobPath("executing"), token)
        try bench.control("POST", "reset", ["only": ["jobs", "faults"]])
        #expect(bench.call("DELETE", Bench.jobPath("executing"), token).json?["status"] == "cancelled")
        #expect(!bench.zuora.settings.saw)
        #expect(try bench.controlError("POST", "reset", ["only": ["all"]]).contains("\"all\""))
        try bench.control("POST", "reset")
        #expect(bench.zuora.settings.saw)
        #expect(bench.call("GET", Bench.jobPath("done"), token).status == 401)
        #expect(try bench.control("GET", "book")["calls"]?.array?.count == 1)
    }
}
