import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct FaultRuleTests {
    var bench = Bench()

    private func statuses(_ bench: inout Bench, _ token: String, _ ids: [String], entity: String? = Bench.emea) -> [Int] {
        ids.map { bench.call("DELETE", Bench.jobPath($0), token, entity: entity).status }
    }

    @Test mutating func `a rule strikes the calls that it names, so often, after so many`() throws {
        let token = try bench.token()
        try bench.control(
            "POST", "faults",
            [
                "match": ["method": "DELETE", "path": "/v1/batch-query/jobs/executing*", "tenant": "acme"], "effect": "503",
                "skip": 1, "times": 2,
            ])
        #expect(bench.call("GET", Bench.jobPath("executing.1"), token).status == 200)
        #expect(bench.call("DELETE", Bench.jobPath("submitted"), token).status == 200)
        let globex = try bench.token(.globex)
        #expect(statuses(&bench, globex, ["executing.1"], entity: nil) == [200])
        #expect(statuses(&bench, token, ["executing.1", "executing.2", "executing.3", "executing.4"]) == [200, 503, 503, 200])
    }

    @Test mutating func `a rule may count for each path`() throws {
        let token = try bench.token()
        try bench.control("POST", "faults", ["effect": "500", "times": 1, "per_path": true, "match": ["path": "*/executing.*"]])
        #expect(statuses(&bench, token, ["executing.1", "executing.1", "executing.2", "executing.2"]) == [500, 200, 500, 200])
    }

    @Test mutating func `a rule may name an entity or a client`() throws {
        let token = try bench.token()
        try bench.control("POST", "faults", ["name": "a", "effect": "500", "match": ["entity": .string(Bench.amer)]])
        try bench.control(
            "POST", "faults", ["name": "b", "effect": "502", "match": ["client": .string(SandboxClient.globex.id)]])
        #expect(statuses(&bench, token, ["executing"], entity: Bench.emea) == [200])
        #expect(statuses(&bench, token, ["executing"], entity: Bench.amer) == [500])
        #expect(bench.grant(.globex).status == 502)
    }

    @Test mutating func `a probability strikes about that share, the same calls for the same seed`() throws {
        func run(seed: UInt64) throws -> [Int] {
            var bench = Bench(seed: seed)
            let token = try bench.token()
            try bench.control(
                "POST", "faults", ["effect": "500", "probability": .number(JSONNumber(0.25) ?? JSONNumber(0))])
            return (0..<400).map { bench.call("GET", Bench.jobPath("done.\($0)"), token).status }
        }
        let first = try run(seed: 7)
        #expect(try first == run(seed: 7))
        #expect(try first != run(seed: 8))
        #expect((60...140).contains(first.count { $0 == 500 }))
    }

    @Test mutating func `a response can be defined, with or without the operation`() throws {
        let token = try bench.token()
        try bench.control(
            "POST", "faults",
            [
                "name": "own", "times": 1, "match": ["method": "DELETE"],
                "effect": [
                    "status": 418, "headers": ["X-Tea": "green"], "body": ["code": 1], "acts": true, "and": "slow-2s",
                ],
            ])
        let reply = bench.call("DELETE", Bench.jobPath("executing"), token)
        #expect(reply.status == 418)
        #expect(reply.fields.first("X-Tea") == "green")
        #expect(reply.json == ["code": 1])
        #expect(reply.delivery.delay == .seconds(2))
        #expect(bench.call("GET", Bench.jobPath("executing"), token).json?["status"] == "cancelled")
        try bench.control(
            "POST", "faults", ["match": ["method": "DELETE"], "effect": ["headers": ["X-Extra": "1"]]])
        let plain = bench.call("DELETE", Bench.jobPath("submitted"), token)
        #expect(plain.fields.first("X-Extra") == "1" && plain.json?["status"] == "cancelled")
    }

    @Test mutating func `rules are listed with what they did, replaced by name, and removed`() throws {
        let token = try bench.token()
        try bench.control("POST", "faults", ["name": "a", "effect": "500", "times": 1])
        _ = statuses(&bench, token, ["executing", "executing"])
        let listed = try bench.control("GET", "faults")
        #expect(listed["faults"]?[0]?["seen"] == 2 && listed["faults"]?[0]?["struck"] == 1)
        try bench.control("POST", "faults", ["name": "a", "effect": "404"])
        #expect(statuses(&bench, token, ["submitted"]) == [404])
        try bench.control("DELETE", "faults/a")
        #expect(statuses(&bench, token, ["submitted"]) == [200])
    }

    static let mistakes: [(JSONValue, String)] = [
        ([:], "effect"), (["effect": "nothing"], "nothing"), (["effect": "503", "time": 1], "\"time\""),
        (["effect": "503", "times": -1], "times"),
        (["effect": "503", "skip": 1, "times": 9_223_372_036_854_775_807], "times"),
        (["effect": "503", "skip": 4_611_686_018_427_387_904], "skip"),
        (["effect": "503", "match": ["verb": "GET"]], "\"verb\""),
        (["effect": "503", "probability": 2], "probability"), (["effect": ["status": 99]], "status"),
        (["effect": ["body": "x"]], "status"), (["effect": ["status": 200, "headers": ["A": "b\r\nC: d"]]], "headers"),
        (["effect": ["status": 200, "headers": ["A:": "b"]]], "headers"), ([], "object"),
        (["effect": ["and": "nothing"]], "nothing"),
    ]

    @Test(arguments: mistakes)
    mutating func `a mistake in a rule is told in words`(json: JSONValue, part: String) throws {
        #expect(try bench.controlError("POST", "faults", json).contains(part))
        #expect(try bench.control("GET", "faults")["faults"] == [])
    }

    @Test(arguments: [
        ("*", "/a", true), ("/a", "/a", true), ("/a", "/ab", false), ("/a*", "/ab/c", true), ("*/c", "/a/c/c", true),
        ("/*/b/*", "/x/b/y", true), ("/*/b/*", "/x/c/y", false), ("", "", true), ("a*b*c", "aXbXbXc", true), ("*x", "abc", false),
    ])
    func `a star stands for any characters`(pattern: String, path: String, expected: Bool) {
        var match = FaultRule.Match()
        match.path = pattern
        #expect(match.holds(method: "GET", path: path, tenant: nil, entity: nil, client: nil) == expected)
    }
}
