import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct AquaJobTests {
    var bench = Bench()

    @Test mutating func `a submit gets the response of the reference, with and without the last slash`() throws {
        let token = try bench.token()
        for path in ["/v1/batch-query", "/v1/batch-query/"] {
            let reply = bench.call("POST", path, token, json: Bench.submission(name: "Nightly", queries: 2))
            let json = try #require(reply.json)
            #expect(reply.status == 200)
            #expect(json["id"]?.string?.utf8.count == 32)
            #expect(json["status"] == "submitted" && json["name"] == "Nightly" && json["format"] == "CSV")
            #expect(json["batches"]?.array?.count == 2)
            #expect(json["batches"]?[0]?["status"] == "submitted")
            #expect(json["batches"]?[0]?["batchId"]?.string?.utf8.count == 32)
        }
    }

    @Test mutating func `a job goes from submitted to executing to completed by the clock`() throws {
        let token = try bench.token()
        let path = Bench.jobPath(try bench.submit(token, name: "submitted=2s executing=10s"))
        func status() -> JSONValue? { bench.call("GET", path, token).json?["status"] }
        #expect(status() == "submitted")
        bench.pass(.seconds(2))
        #expect(status() == "executing")
        bench.pass(.seconds(10) - .nanoseconds(1))
        #expect(status() == "executing")
        bench.pass(.nanoseconds(1))
        #expect(status() == "completed")
    }

    @Test mutating func `the settings give the durations where the name does not`() throws {
        try bench.settings(["submitted_for": "1s", "executing_for": "1s"])
        let token = try bench.token()
        let path = Bench.jobPath(try bench.submit(token))
        bench.pass(.seconds(1))
        #expect(bench.call("GET", path, token).json?["status"] == "executing")
        bench.pass(.seconds(1))
        #expect(bench.call("GET", path, token).json?["status"] == "completed")
    }

    @Test(arguments: [("aborted", "aborted"), ("error", "error")])
    mutating func `a job may end badly`(end: String, status: String) throws {
        let token = try bench.token()
        let path = Bench.jobPath(try bench.submit(token, name: "submitted=0s executing=1s end=\(end)"))
        bench.pass(.seconds(1))
        let json = try #require(bench.call("GET", path, token).json)
        #expect(json["status"]?.string == status)
        #expect(json["batches"]?[0]?["status"] == "aborted")
        #expect(json["batches"]?[0]?["fileId"] == nil)
    }

    @Test mutating func `batches run one after another, and have a file when they are complete`() throws {
        let token = try bench.token()
        let reply = bench.call(
            "POST", "/v1/batch-query", token, json: Bench.submission(name: "submitted=0s executing=3s records=7", queries: 3))
        let path = Bench.jobPath(try #require(reply.json?["id"]?.string))
        bench.pass(.milliseconds(1500))
        let batches = try #require(bench.call("GET", path, token).json?["batches"]?.array)
        #expect(batches.map { $0["status"] } == ["completed", "executing", "pending"])
        #expect(batches.map { $0["fileId"] != nil } == [true, false, false])
        #expect(batches[0]["recordCount"] == 7)
    }

    @Test mutating func `a version is a number in a submit's response and a string in others`() throws {
        let token = try bench.token()
        let json: JSONValue = [
            "version": "1.1", "partner": "1000", "project": "p", "queries": [["query": "select Id from Account"]],
        ]
        let reply = bench.call("POST", "/v1/batch-query", token, json: json)
        #expect(reply.json?["version"] == 1)
        #expect(reply.json?["partner"] == "1000")
        let id = try #require(reply.json?["id"]?.string)
        #expect(bench.call("GET", Bench.jobPath(id), token).json?["version"] == "1.1")
    }

    static let refusals: [(JSONValue, String)] = [
        (["queries": []], "90016"), (["format": "csv"], "90016"), (["queries": [["query": "drop table"]]], "90005"),
        (Bench.submission(name: "", queries: 51), "90004"), (["format": "xml", "queries": []], "90005"), ([], "90005"),
        (["notifyUrl": .string(String(repeating: "x", count: 5001)), "queries": []], "90014"),
        (["version": "1.1", "partner": "unknown", "project": "p", "queries": [["query": "select Id from A"]]], "90019"),
        (["queries": [["query": "select Id from A", "deleted": ["column": "D"]]]], "90012"),
    ]

    @Test(arguments: refusals)
    mutating func `what AQuA cannot take is a 200 with its code and no id`(json: JSONValue, code: String) throws {
        let token = try bench.token()
        let reply = bench.call("POST", "/v1/batch-query", token, json: json)
        #expect(reply.status == 200)
        #expect(reply.json?["errorCode"]?.string == code)
        #expect(reply.json?["id"] == .null)
        #expect(reply.json?["status"] == "error")
    }

    @Test mutating func `fifty queries are taken`() throws {
        let token = try bench.token()
        #expect(
            bench.call("POST", "/v1/batch-query", token, json: Bench.submission(name: "", queries: 50)).json?["errorCode"] == nil)
    }

    @Test mutating func `malformed JSON is a 400 with code 50000090`() throws {
        let token = try bench.token()
        let request = SandboxRequest(
            "POST", "/v1/batch-query",
            fields: [Field("Authorization", "Bearer \(token)"), Field("Zuora-Entity-Ids", Bench.emea)], body: Array("{".utf8))
        let reply = bench.send(request)
        #expect(reply.status == 400 && reply.json?["code"] == 50_000_090)
    }

    @Test mutating func `the fifty-first concurrent job is refused with 90028 until one ends or is cancelled`() throws {
        let token = try bench.token()
        var ids: [String] = []
        for _ in 1...50 { ids.append(try bench.submit(token, name: "executing=1h")) }
        let full = bench.call("POST", "/v1/batch-query", token, json: Bench.submission(name: ""))
        #expect(full.json?["errorCode"] == "90028")
        // The limit is the tenant's, whatever the entity.
        let other = bench.call("POST", "/v1/batch-query", token, entity: Bench.amer, json: Bench.submission(name: ""))
        #expect(other.json?["errorCode"] == "90028")
        #expect(bench.call("DELETE", Bench.jobPath(ids[0]), token).json?["status"] == "cancelled")
        #expect(try bench.submit(token, name: "executing=1h") != "")
    }

    @Test mutating func `jobs of one project run one after another, and a cancel lets the next one start`() throws {
        let token = try bench.token()
        func submit(project: String) throws -> String {
            let json: JSONValue = [
                "name": "submitted=1s executing=10s", "version": "1.1", "partner": "p", "project": .string(project),
                "queries": [["query": "select Id from Account"]],
            ]
            return try #require(bench.call("POST", "/v1/batch-query", token, json: json).json?["id"]?.string)
        }
        func status(_ id: String) -> String? { bench.call("GET", Bench.jobPath(id), token).json?["status"]?.string }
        let ids = [try submit(project: "a"), try submit(project: "a"), try submit(project: "a")]
        let apart = try submit(project: "b")
        bench.pass(.seconds(2))
        #expect(ids.map(status) == ["executing", "submitted", "submitted"])
        #expect(status(apart) == "executing")
        #expect(bench.call("DELETE", Bench.jobPath(ids[0]), token).json?["status"] == "cancelled")
        #expect(ids.map(status) == ["cancelled", "executing", "submitted"])
        bench.pass(.seconds(10))
        #expect(ids.map(status) == ["cancelled", "completed", "executing"])
    }

    @Test mutating func `the last completed job of a project is found`() throws {
        let token = try bench.token()
        let path = "/v1/batch-query/jobs/partner/p/project/a"
        #expect(bench.call("GET", path, token).json?["errorCode"] == "90002")
        for (id, age) in [("old", "3h"), ("new", "1h")] {
            try bench.control(
                "POST", "jobs",
                ["id": .string(id), "entity": "emea", "partner": "p", "project": "a", "executing": "1m", "age": .string(age)])
        }
        try bench.control("POST", "jobs", ["entity": "emea", "partner": "p", "project": "a", "status": "executing"])
        #expect(bench.call("GET", path, token).json?["id"] == "new")
        #expect(bench.call("GET", path, token, entity: Bench.amer).json?["errorCode"] == "90002")
    }

    @Test mutating func `a gzipped submit is read`() throws {
        let token = try bench.token()
        let body = SandboxZuora.compress(Bench.submission(name: "packed").serialized)
        let fields = [
            Field("Authorization", "Bearer \(token)"), Field("Zuora-Entity-Ids", Bench.emea), Field("Content-Encoding", "gzip"),
        ]
        #expect(bench.send(SandboxRequest("POST", "/v1/batch-query", fields: fields, body: body)).json?["name"] == "packed")
        let broken = SandboxRequest("POST", "/v1/batch-query", fields: fields, body: Array("{}".utf8))
        #expect(bench.send(broken).status == 400)
    }

    @Test mutating func `a submit repeated with the same key gets the same response, and creates no second job`() throws {
        let token = try bench.token()
        let key = [Field("Idempotency-Key", "k1")]
        let body = Bench.submission(name: "once")
        let first = bench.call("POST", "/v1/batch-query", token, fields: key, json: body)
        let second = bench.call("POST", "/v1/batch-query", token, fields: key, json: body)
        #expect(first.json?["id"] != nil && first.json?["id"] == second.json?["id"])
        #expect(first.fields.all("Zuora-Request-Id").count == 1 && second.fields.all("Zuora-Request-Id").count == 1)
        #expect(bench.call("POST", "/v1/batch-query", token, fields: key, json: Bench.submission(name: "other")).status == 422)
        bench.pass(.seconds(86_400))
        let later = try bench.token()
        let third = bench.call("POST", "/v1/batch-query", later, fields: key, json: body)
        #expect(third.json?["id"] != first.json?["id"])
    }

    @Test mutating func `an unknown path is a 404 and a known one with another method a 405`() throws {
        let token = try bench.token()
        for path in ["/v1/other", "/v1/batch-query//jobs/x", "/v1/batch-query/jobs/", "/v1/batch-query/jobs/x/y", "/"] {
            #expect(bench.call("GET", path, token).status == 404, "\(path)")
        }
        let post = bench.call("POST", Bench.jobPath("executing"), token)
        #expect(post.status == 405 && post.fields.first("Allow") == "GET, DELETE")
    }
}
