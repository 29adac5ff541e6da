import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct DataQueryTests {
    var bench = Bench()

    private static func submit(_ bench: inout Bench, _ token: String, _ query: String = "select id from account") throws -> String
    {
        let reply = bench.call("POST", "/query/jobs", token, json: ["query": .string(query)])
        return try #require(reply.json?["data"]?["id"]?.string)
    }

    @Test mutating func `a query goes from accepted to in progress to completed by the clock`() throws {
        let token = try bench.token()
        let id = try Self.submit(&bench, token, "select id from account -- submitted=1s executing=2s records=5")
        func data() -> JSONValue? { bench.call("GET", "/query/jobs/\(id)", token).json?["data"] }
        #expect(id.utf8.count == 36)
        #expect(data()?["queryStatus"] == "accepted" && data()?["remainingRetries"] == 3 && data()?["useIndexJoin"] == false)
        bench.pass(.seconds(1))
        #expect(data()?["queryStatus"] == "in_progress")
        bench.pass(.seconds(2))
        #expect(data()?["queryStatus"] == "completed" && data()?["outputRows"] == 5)
        let file = try #require(data()?["dataFile"]?.string)
        #expect(file == "http://zuora.example/_sandbox/datafile/\(id)")
        #expect(bench.send(SandboxRequest("GET", "/_sandbox/datafile/\(id)")).body.count == 1024)
    }

    @Test mutating func `a failed query says why in its data`() throws {
        let token = try bench.token()
        let id = try Self.submit(&bench, token, "select 1 -- submitted=0s executing=0s end=aborted")
        let data = bench.call("GET", "/query/jobs/\(id)", token).json?["data"]
        #expect(data?["queryStatus"] == "failed" && data?["errorCode"]?.string != nil)
    }

    @Test mutating func `a query that is not final is cancelled, once`() throws {
        let token = try bench.token()
        let id = try Self.submit(&bench, token)
        let first = bench.call("DELETE", "/query/jobs/\(id)", token)
        #expect(first.status == 200 && first.json?["data"]?["queryStatus"] == "cancelled")
        let second = bench.call("DELETE", "/query/jobs/\(id)", token)
        #expect(second.status == 400 && second.json?["code"] != nil && second.json?["message"] != nil)
    }

    @Test(arguments: [
        ("executing", 200), ("submitted", 200), ("done", 400), ("cancelled", 400), ("aborted", 400), ("unknown", 404),
    ])
    mutating func `well-known ids work here too`(id: String, status: Int) throws {
        let token = try bench.token()
        #expect(bench.call("DELETE", "/query/jobs/\(id)", token).status == status)
    }

    @Test mutating func `a fault strikes by id`() throws {
        let token = try bench.token()
        #expect(bench.call("DELETE", "/query/jobs/fault-503-once", token).status == 503)
        #expect(bench.call("DELETE", "/query/jobs/fault-503-once", token).json?["data"]?["queryStatus"] == "cancelled")
    }

    @Test mutating func `a query repeated with the same key gets the same response, and another one a 422`() throws {
        let token = try bench.token()
        let key = [Field("Idempotency-Key", "k1")]
        let query: JSONValue = ["query": "select 1"]
        let first = bench.call("POST", "/query/jobs", token, fields: key, json: query)
        let second = bench.call("POST", "/query/jobs", token, fields: key, json: query)
        #expect(first.json?["data"]?["id"] != nil && first.json?["data"]?["id"] == second.json?["data"]?["id"])
        #expect(bench.call("GET", "/query/jobs", token).json?["data"]?.array?.count == 1)
        #expect(bench.call("POST", "/query/jobs", token, fields: key, json: ["query": "select 2"]).status == 422)
        // The key is one for all requests of the entity.
        #expect(bench.call("POST", "/v1/batch-query", token, fields: key, json: query).status == 422)
        let amer = bench.call("POST", "/query/jobs", token, entity: Bench.amer, fields: key, json: query)
        #expect(amer.status == 200 && amer.json?["data"]?["id"] != first.json?["data"]?["id"])
    }

    @Test(arguments: ["/query/jobs", "/v1/batch-query"])
    mutating func `a key has at most 255 characters`(path: String) throws {
        let token = try bench.token()
        let body = path == "/query/jobs" ? ["query": "select 1"] : Bench.submission(name: "a")
        func status(_ length: Int) -> Int {
            let key = Field("Idempotency-Key", String(repeating: "k", count: length))
            return bench.call("POST", path, token, fields: [key], json: body).status
        }
        #expect(status(255) == 200)
        #expect(status(256) == 400)
    }

    @Test mutating func `anything but JSON is a 415`() throws {
        let token = try bench.token()
        let reply = bench.call("POST", "/query/jobs", token)
        #expect(reply.status == 415)
        #expect(reply.json == ["code": 415, "message": "HTTP 415 Unsupported Media Type"])
        #expect(bench.call("POST", "/query/jobs", token, json: ["query": "drop"]).status == 400)
    }

    @Test mutating func `the list is narrowed by status and size, newest first, and has no cursor`() throws {
        let token = try bench.token()
        let ids = [try Self.submit(&bench, token), try Self.submit(&bench, token), try Self.submit(&bench, token)]
        _ = bench.call("DELETE", "/query/jobs/\(ids[1])", token)
        func list(_ query: String?) -> [String?]? {
            bench.call("GET", "/query/jobs", token, query: query).json?["data"]?.array?.map { $0["id"]?.string }
        }
        #expect(list(nil) == [ids[2], ids[1], ids[0]])
        #expect(list("queryStatus=cancelled") == [ids[1]])
        #expect(list("pageSize=1") == [ids[2]])
        #expect(bench.call("GET", "/query/jobs", token).json?["nextPage"] == nil)
        #expect(bench.call("GET", "/query/jobs", token, entity: Bench.amer).json?["data"] == [])
    }

    @Test mutating func `a user without administrator rights sees only their own queries`() throws {
        let token = try bench.token()
        let id = try Self.submit(&bench, token)
        let reader = try bench.token(.readOnly)
        #expect(bench.call("GET", "/query/jobs/\(id)", reader).status == 403)
        #expect(bench.call("GET", "/query/jobs", reader).json?["data"] == [])
        #expect(bench.call("GET", "/query/jobs/nothing", reader).status == 404)
    }

    @Test mutating func `a tenant's limit of live queries holds for all its entities together`() throws {
        let token = try bench.token()
        for number in 0..<15 {
            let entity = number % 2 == 0 ? Bench.emea : Bench.amer
            #expect(bench.call("POST", "/query/jobs", token, entity: entity, json: ["query": "select 1"]).status == 200)
        }
        let refused = bench.call("POST", "/query/jobs", token, json: ["query": "select 1"])
        #expect(refused.status == 400 && refused.json?["code"] == 50_000_070)
        let warehouse: JSONValue = ["query": "select 1", "sourceData": "WAREHOUSE"]
        #expect(bench.call("POST", "/query/jobs", token, json: warehouse).status == 200)
    }

    @Test mutating func `the replies carry no Concurrency-Limit fields, those of v1 do`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", "/query/jobs", token).fields.first("Concurrency-Limit-Limit") == nil)
        #expect(bench.call("GET", Bench.jobPath("done"), token).fields.first("Concurrency-Limit-Limit") == "40")
    }
}
