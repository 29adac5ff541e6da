import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct LimitTests {
    var bench = Bench()

    private static func request(_ token: String, entity: String = Bench.emea, path: String = Bench.jobPath("done"))
        -> SandboxRequest
    {
        SandboxRequest("GET", path, fields: [Field("Authorization", "Bearer \(token)"), Field("Zuora-Entity-Ids", entity)])
    }

    @Test mutating func `the forty-first call at the same time is refused, of each entity`() throws {
        let token = try bench.token()
        var calls: [Int] = []
        for number in 1...40 {
            let reply = bench.zuora.begin(Self.request(token), now: bench.now)
            #expect(reply.status == 200)
            #expect(reply.fields.first("Concurrency-Limit-Remaining") == String(40 - number))
            calls.append(try #require(reply.call))
        }
        let refused = bench.call("GET", Bench.jobPath("done"), token)
        #expect(refused.status == 429)
        #expect(refused.json?["code"] == 50_000_070)
        #expect(refused.fields.first("Retry-After") == "120")
        #expect(refused.fields.first("Concurrency-Limit-Remaining") == "0")
        #expect(bench.call("GET", Bench.jobPath("done"), token, entity: Bench.amer).status == 200)
        #expect(bench.grant().status == 200)
        bench.zuora.finish(calls[0], whole: true, now: bench.now)
        #expect(bench.call("GET", Bench.jobPath("done"), token).status == 200)
        let status = try bench.control("GET", "status")
        #expect(status["in_flight"]?["acme/\(Bench.emea)"] == 39)
        #expect(status["peak_in_flight"]?["acme/\(Bench.emea)"] == 41)
    }

    @Test mutating func `data queries in flight do not count towards the limit of v1, and are counted apart`() throws {
        try bench.settings(["concurrency_limit": 2])
        let token = try bench.token()
        let queries = (1...3).compactMap { _ in
            bench.zuora.begin(Self.request(token, path: "/query/jobs/done"), now: bench.now).call
        }
        let first = bench.zuora.begin(Self.request(token), now: bench.now)
        #expect(first.status == 200 && first.fields.first("Concurrency-Limit-Remaining") == "1")
        #expect(bench.zuora.begin(Self.request(token), now: bench.now).status == 200)
        #expect(bench.call("GET", Bench.jobPath("done"), token).status == 429)
        #expect(bench.call("GET", "/query/jobs/done", token).status == 200)
        let slot = "acme/\(Bench.emea)"
        let status = try bench.control("GET", "status")
        #expect(status["in_flight"]?[slot] == 5 && status["peak_in_flight"]?[slot] == 6)
        #expect(status["in_flight_v1"]?[slot] == 2 && status["peak_in_flight_v1"]?[slot] == 3)
        for call in queries { bench.zuora.finish(call, whole: true, now: bench.now) }
        try bench.control("POST", "reset", ["only": ["peaks"]])
        let later = try bench.control("GET", "status")
        #expect(later["peak_in_flight"]?[slot] == 2 && later["peak_in_flight_v1"]?[slot] == 2)
    }

    @Test mutating func `a call finished twice is counted once`() throws {
        let token = try bench.token()
        let first = try #require(bench.zuora.begin(Self.request(token), now: bench.now).call)
        _ = bench.zuora.begin(Self.request(token), now: bench.now)
        bench.zuora.finish(first, whole: true, now: bench.now)
        bench.zuora.finish(first, whole: true, now: bench.now)
        #expect(try bench.control("GET", "status")["in_flight"]?["acme/\(Bench.emea)"] == 1)
    }

    @Test mutating func `a used-up quota is a 429 with its fields, until the window ends`() throws {
        try bench.settings(["rate_per_minute": 2])
        let token = try bench.token()
        let first = bench.call("GET", Bench.jobPath("done"), token)
        #expect(first.fields.first("RateLimit-Limit") == "2, 2;w=60, 2250000;w=3600, 27000000;w=86400")
        #expect(first.fields.first("RateLimit-Remaining") == "1")
        bench.pass(.milliseconds(20_500))
        #expect(bench.call("GET", Bench.jobPath("done"), token).fields.first("RateLimit-Remaining") == "0")
        let refused = bench.call("GET", Bench.jobPath("done"), token)
        #expect(refused.status == 429)
        #expect(refused.json?["reasons"]?[0]?["code"] == 70)
        #expect(refused.json?["reasons"]?[0]?["message"] == "API Rate limit exceeded for the minute, retry after 40 seconds")
        #expect(refused.fields.first("RateLimit-Reset") == "40" && refused.fields.first("Retry-After") == "40")
        try bench.settings(["quota_retry_after": false])
        #expect(bench.call("GET", Bench.jobPath("done"), token).fields.first("Retry-After") == nil)
        bench.pass(.seconds(40))
        #expect(bench.call("GET", Bench.jobPath("done"), token).status == 200)
    }

    @Test mutating func `the quota is a tenant's, and hours and days count as well`() throws {
        let token = try bench.token()
        let globex = try bench.token(.globex)
        for (key, window) in [("rate_per_hour", "hour"), ("rate_per_day", "day")] {
            try bench.control("POST", "reset", ["only": ["limits"]])
            try bench.settings([(key): 0].asSettings)
            let refused = bench.call("GET", Bench.jobPath("done"), token)
            #expect(refused.json?["reasons"]?[0]?["message"]?.string?.contains("for the \(window),") == true)
            try bench.settings([(key): 100].asSettings)
            #expect(bench.call("GET", Bench.jobPath("done"), globex, entity: nil).status == 200)
        }
    }

    @Test mutating func `successful batch-query responses have RateLimit fields`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", Bench.jobPath("done"), token).fields.first("RateLimit-Limit") != nil)
        #expect(bench.call("GET", "/v1/files/nothing", token).fields.first("RateLimit-Limit") == nil)
    }
}

extension [String: Int] {
    /// The same as a JSON object.
    var asSettings: JSONValue { .object(map { JSONValue.Member($0.key, .number(JSONNumber($0.value))) }) }
}
