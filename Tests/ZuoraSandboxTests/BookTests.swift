import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct BookTests {
    var bench = Bench()

    @Test mutating func `each call is written down with what it was, whose, and what came of it`() throws {
        let token = try bench.token()
        bench.pass(.milliseconds(1500))
        let reply = bench.call(
            "DELETE", Bench.jobPath("executing"), token, query: "a=1",
            fields: [Field("Zuora-Track-Id", "t-9"), Field("X-A", "1"), Field("x-a", "2")])
        let call = try #require(try bench.control("GET", "book", query: "track=t-9")["calls"]?[0])
        #expect(call["method"] == "DELETE" && call["path"] == "/v1/batch-query/jobs/executing" && call["query"] == "a=1")
        #expect(call["tenant"] == "acme" && call["entity"]?.string == Bench.emea)
        #expect(call["client"]?.string == SandboxClient.acme.id && call["token"]?.string == shortFingerprint(token))
        #expect(call["status"] == 200 && call["did"] == "cancelled job executing" && call["acted"] == true)
        #expect(call["at_ms"] == 1500 && call["whole"] == true && call["fault"] == nil)
        #expect(call["request_id"]?.string == reply.fields.first("Zuora-Request-Id"))
        #expect(call["fields"]?.array?.contains(["X-A", "1"]) == true && call["fields"]?.array?.contains(["x-a", "2"]) == true)
    }

    @Test mutating func `what came after a call can be asked for alone, the changes of jobs as well`() throws {
        let token = try bench.token()
        for job in ["executing.1", "executing.2"] { _ = bench.call("DELETE", Bench.jobPath(job), token) }
        let first = try #require(try bench.control("GET", "book", query: "id=executing.1")["calls"]?[0]?["call"]?.int)
        let rest = try bench.control("GET", "book", query: "since=\(first)")
        #expect(rest["calls"]?.array?.count == 1 && rest["changes"]?.array?.count == 1)
        #expect(rest["changes"]?[0]?["job"] == "executing.2")
        #expect(try bench.control("GET", "book")["changes"]?.array?.count == 2)
    }

    @Test mutating func `no token, secret or cookie is in the book`() throws {
        let token = try bench.token()
        _ = bench.call(
            "GET", Bench.jobPath("done"), token,
            fields: [
                Field("Cookie", "ZSession=abc"), Field("apiSecretAccessKey", "hush"), Field("Proxy-Authorization", "Basic eHg="),
            ])
        let text = String(decoding: try bench.control("GET", "book").serialized, as: UTF8.self)
        for secret in [token, "sandbox-secret", "abc", "hush", "eHg="] { #expect(!text.contains(secret), "\(secret)") }
        #expect(text.contains("Bearer #\(shortFingerprint(token))"))
    }

    @Test mutating func `token calls are in the book with the tenant that they are for`() throws {
        let token = try bench.token(.globex)
        let call = try #require(try bench.control("GET", "book")["calls"]?[0])
        #expect(call["path"] == "/oauth/token" && call["tenant"] == "globex")
        #expect(call["did"]?.string == "issued token \(shortFingerprint(token))")
    }

    @Test mutating func `a fault is recorded with its name, whether the operation was done, and how the response ended`() throws {
        let token = try bench.token()
        _ = bench.call("DELETE", Bench.jobPath("fault-reset"), token)
        _ = bench.call("DELETE", Bench.jobPath("fault-reset-after-send"), token)
        let calls = try #require(try bench.control("GET", "book", query: "since=1")["calls"]?.array)
        #expect(calls.map { $0["fault"] } == ["fault-reset", "fault-reset-after-send"])
        #expect(calls.map { $0["acted"] } == [false, true])
        #expect(calls.map { $0["ending"] } == ["resetWithoutResponse", "resetWithoutResponse"])
        #expect(calls[0]["did"] == nil && calls[1]["did"] == "cancelled job fault-reset-after-send")
    }

    @Test mutating func `changes of jobs are written down with the call or the clock that made them`() throws {
        let token = try bench.token()
        let cancelled = try bench.submit(token, name: "submitted=1s executing=1h")
        let finished = try bench.submit(token, name: "submitted=1s executing=2s")
        bench.pass(.seconds(10))
        _ = bench.call("DELETE", Bench.jobPath(cancelled), token)
        let changes = try #require(try bench.control("GET", "book", query: "id=\(cancelled)")["changes"]?.array)
        #expect(changes.map { $0["to"] } == ["executing", "cancelled"])
        #expect(changes.map { $0["at_ms"] } == [1000, 10_000])
        #expect(changes[0]["call"] == nil && changes[1]["call"] == 4)
        let byClock = try #require(try bench.control("GET", "book", query: "id=\(finished)")["changes"]?.array)
        #expect(byClock.map { $0["to"] } == ["executing", "completed"])
        #expect(byClock.map { $0["at_ms"] } == [1000, 3000])
    }

    @Test mutating func `changes of data queries are written down as those of jobs, and they are listed beside them`() throws {
        let token = try bench.token()
        let ids = try ["select 1 -- submitted=1s executing=2s", "select 1 -- submitted=1s executing=1h"].map { query in
            let reply = bench.call("POST", "/query/jobs", token, json: ["query": .string(query)])
            return try #require(reply.json?["data"]?["id"]?.string)
        }
        bench.pass(.seconds(10))
        #expect(bench.call("DELETE", "/query/jobs/\(ids[1])", token).status == 200)
        func changes(_ id: String) throws -> [JSONValue] {
            try #require(try bench.control("GET", "book", query: "id=\(id)")["changes"]?.array)
        }
        let finished = try changes(ids[0])
        #expect(finished.map { $0["to"] } == ["in_progress", "completed"] && finished.map { $0["at_ms"] } == [1000, 3000])
        let cancelled = try changes(ids[1])
        #expect(cancelled.map { $0["from"] } == ["accepted", "in_progress"])
        #expect(cancelled.map { $0["to"] } == ["in_progress", "cancelled"] && cancelled.map { $0["at_ms"] } == [1000, 10_000])
        #expect(cancelled[0]["call"] == nil && cancelled[1]["call"] == 4)
        let listed = try bench.control("GET", "jobs", query: "id=\(ids[1])&tenant=acme")["jobs"]
        #expect(listed?.array?.count == 1 && listed?[0]?["kind"] == "data-query" && listed?[0]?["status"] == "cancelled")
        #expect(listed?[0]?["submitted_ms"] == 0 && listed?[0]?["starts_ms"] == 1000 && listed?[0]?["cancelled_ms"] == 10_000)
        #expect(listed?[0]?["ends_ms"] == 3_601_000)
    }

    @Test mutating func `well-known data queries change only when something happens to them`() throws {
        let token = try bench.token()
        for id in ["done", "cancelled", "executing"] { _ = bench.call("GET", "/query/jobs/\(id)", token) }
        #expect(try bench.control("GET", "book")["changes"] == [])
        _ = bench.call("DELETE", "/query/jobs/executing", token)
        #expect(try bench.control("GET", "book")["changes"]?.array?.map { $0["to"] } == ["cancelled"])
    }

    @Test mutating func `the book is narrowed by number, tenant, id and count`() throws {
        let token = try bench.token()
        let globex = try bench.token(.globex)
        for number in 1...3 { _ = bench.call("GET", Bench.jobPath("done.\(number)"), token) }
        _ = bench.call("GET", Bench.jobPath("done.1"), globex, entity: nil)
        func numbers(_ query: String) throws -> [Int?]? {
            try bench.control("GET", "book", query: query)["calls"]?.array?.map { $0["call"]?.int }
        }
        #expect(try numbers("") == [1, 2, 3, 4, 5, 6])
        #expect(try numbers("since=4") == [5, 6])
        #expect(try numbers("tenant=globex") == [2, 6])
        #expect(try numbers("id=done.1") == [3, 6])
        #expect(try numbers("id=done") == [])
        #expect(try numbers("limit=2") == [1, 2])
        #expect(try bench.control("GET", "book", query: "limit=2")["more"] == true)
    }

    @Test mutating func `the oldest calls are forgotten beyond the limit, and counted`() throws {
        try bench.settings(["book_limit": 10])
        for _ in 1...25 { _ = bench.send(SandboxRequest("GET", "/v1/x")) }
        let book = try bench.control("GET", "book")
        let calls = try #require(book["calls"]?.array)
        #expect((10..<20).contains(calls.count))
        #expect(calls.last?["call"] == 25)
        #expect(book["forgotten"]?.int == 25 - calls.count)
        try bench.settings(["book_limit": 0])
        _ = bench.send(SandboxRequest("GET", "/v1/x"))
        #expect(try bench.control("GET", "book")["calls"]?.array?.last?["call"] == 25)
    }

    @Test mutating func `an incomplete response is recorded as such`() throws {
        let token = try bench.token()
        let request = SandboxRequest("GET", Bench.jobPath("done"), fields: [Field("Authorization", "Bearer \(token)")])
        let reply = bench.zuora.begin(request, now: bench.now)
        #expect(try bench.control("GET", "book")["calls"]?[1]?["whole"] == nil)
        bench.zuora.finish(try #require(reply.call), whole: false, now: bench.now + .seconds(1))
        let call = try #require(try bench.control("GET", "book")["calls"]?[1])
        #expect(call["whole"] == false && call["finished_ms"] == 1000)
    }

    @Test func `two sandboxes with the same seed respond to the same calls with the same bytes`() throws {
        func run() throws -> [[UInt8]] {
            var bench = Bench(seed: 42)
            let token = try bench.token()
            let id = try bench.submit(token)
            return [Array(token.utf8), bench.call("GET", Bench.jobPath(id), token).raw]
        }
        #expect(try run() == run())
    }
}
