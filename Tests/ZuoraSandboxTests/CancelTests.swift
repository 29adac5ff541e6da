import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct CancelTests {
    var bench = Bench()

    @Test(arguments: ["submitted", "executing"])
    mutating func `a job that is not complete is cancelled, once`(state: String) throws {
        let token = try bench.token()
        let path = Bench.jobPath(state)
        let first = bench.call("DELETE", path, token)
        #expect(first.status == 200)
        #expect(first.json?["status"] == "cancelled" && first.json?["id"]?.string == state)
        #expect(first.json?["errorCode"] == nil)
        let second = bench.call("DELETE", path, token)
        #expect(second.status == 200 && second.json?["errorCode"] == "90003")
        #expect(bench.call("GET", path, token).json?["status"] == "cancelled")
        bench.pass(.seconds(3000))
        #expect(bench.call("GET", path, token).json?["status"] == "cancelled")
    }

    @Test mutating func `a submitted job is cancelled for good`() throws {
        let token = try bench.token()
        let path = Bench.jobPath(try bench.submit(token, name: "submitted=5s executing=5s"))
        #expect(bench.call("DELETE", path, token).json?["status"] == "cancelled")
        bench.pass(.seconds(60))
        let json = bench.call("GET", path, token).json
        #expect(json?["status"] == "cancelled")
        #expect(json?["batches"]?[0]?["status"] == "submitted")
    }

    @Test(arguments: ["done", "completed", "aborted", "error", "cancelled"])
    mutating func `a job that is final is refused and stays as it is`(state: String) throws {
        let token = try bench.token()
        let path = Bench.jobPath(state)
        let before = bench.call("GET", path, token).json?["status"]
        let refused = bench.call("DELETE", path, token)
        #expect(refused.status == 200 && refused.json?["errorCode"] == "90003")
        #expect(bench.call("GET", path, token).json?["status"] == before)
        #expect(before?.string == (state == "done" ? "completed" : state))
    }

    @Test mutating func `an unknown job is refused with 90002`() throws {
        let token = try bench.token()
        for id in ["unknown", "8a8082e7f1b94e4fa3f5c6d7e8f90123"] {
            let refused = bench.call("DELETE", Bench.jobPath(id), token)
            #expect(refused.status == 200 && refused.json?["errorCode"] == "90002")
        }
    }

    static let shapes: [(RefusalShape, Int, JSONValue?)] = [
        (.errorCode, 200, ["errorCode": "90003", "message": "Invalid Job Id for job cancellation."]),
        (.errorCodeNumber, 200, ["errorCode": 90003, "message": "Invalid Job Id for job cancellation."]),
        (.errorCodeInJob, 200, nil), (.reasons, 200, nil), (.reasons400, 400, nil),
        (.badRequest, 400, ["code": 90003, "message": "Invalid Job Id for job cancellation."]),
        (.notFound, 404, nil), (.spring, 404, nil), (.proxyErrors, 400, nil), (.forbidden, 403, nil), (.unchanged, 200, nil),
    ]

    @Test func `every shape is in the table`() {
        #expect(Set(Self.shapes.map(\.0)) == Set(RefusalShape.allCases))
    }

    @Test(arguments: shapes)
    mutating func `the shape of a refusal can be chosen, by setting or by id`(
        shape: RefusalShape, status: Int, body: JSONValue?
    ) throws {
        let token = try bench.token()
        let byID = bench.call("DELETE", Bench.jobPath("done-\(shape.rawValue)"), token)
        try bench.settings(["cancel_variant": .string(shape.rawValue)])
        let bySetting = bench.call("DELETE", Bench.jobPath("done"), token)
        let unknown = bench.call("DELETE", Bench.jobPath("unknown"), token)
        for reply in [byID, bySetting] {
            #expect(reply.status == status)
            if let body { #expect(reply.json == body) }
        }
        #expect(unknown.status == status)
        let json = try #require(bySetting.json)
        switch shape {
        case .errorCodeInJob: #expect(json["errorCode"] == "90003" && json["status"] == "completed" && json["id"] == "done")
        case .reasons, .reasons400:
            #expect(json["success"] == false && json["reasons"]?[0]?["code"] == 50_000_030 && json["processId"] != nil)
            #expect(unknown.json?["reasons"]?[0]?["code"] == 50_000_040)
        case .notFound: #expect(json["code"] == 50_000_040)
        case .spring: #expect(json["path"]?.string == Bench.jobPath("done"))
        case .proxyErrors: #expect(json["Success"] == false && json["Errors"]?[0]?["Code"] == "90003")
        case .unchanged: #expect(json["errorCode"] == nil && json["status"] == "completed")
        default: break
        }
    }

    @Test mutating func `finished, cancelled and unknown jobs can be refused differently`() throws {
        try bench.settings(["cancel_finished": "bad-request", "cancel_cancelled": "unchanged", "cancel_unknown": "not-found"])
        let token = try bench.token()
        func status(_ id: String) -> Int { bench.call("DELETE", Bench.jobPath(id), token).status }
        #expect([status("done"), status("cancelled"), status("unknown")] == [400, 200, 404])
        #expect([status("cancelled-reasons-400"), status("unknown-forbidden")] == [400, 403])
    }

    @Test mutating func `a cancelled job keeps the batches that were complete, and their files`() throws {
        let token = try bench.token()
        let json = try #require(bench.call("DELETE", Bench.jobPath("partial"), token).json)
        let batches = try #require(json["batches"]?.array)
        #expect(json["status"] == "cancelled")
        #expect(batches.map { $0["status"] } == ["completed", "submitted", "submitted"])
        let file = try #require(batches[0]["fileId"]?.string)
        #expect(bench.call("GET", "/v1/files/\(file)", token).status == 200)
    }

    @Test mutating func `what follows a dot makes a well-known job of its own`() throws {
        let token = try bench.token()
        #expect(bench.call("DELETE", Bench.jobPath("executing.1"), token).json?["status"] == "cancelled")
        #expect(bench.call("GET", Bench.jobPath("executing.2"), token).json?["status"] == "executing")
    }

    @Test mutating func `a job may be asked for that completes after a while`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", Bench.jobPath("runs-2s"), token).json?["status"] == "executing")
        bench.pass(.seconds(2))
        #expect(bench.call("DELETE", Bench.jobPath("runs-2s"), token).json?["errorCode"] == "90003")
    }

    @Test mutating func `a well-known job of one entity is not that of another`() throws {
        let token = try bench.token()
        #expect(bench.call("DELETE", Bench.jobPath("executing"), token, entity: Bench.emea).json?["status"] == "cancelled")
        #expect(bench.call("GET", Bench.jobPath("executing"), token, entity: Bench.amer).json?["status"] == "executing")
    }
}
