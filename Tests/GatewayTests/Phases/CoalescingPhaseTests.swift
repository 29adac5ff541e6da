import Policy
import Testing
import Wire

@testable import Gateway

/// Identical cancels that share one upstream call.
@Suite(.timeLimit(.minutes(1))) struct CoalescingPhaseTests {
    static let cancel = VerificationPhaseTests.cancel

    /// A cancel that leads, under way upstream.
    private func lead(_ scene: isolated PhaseScene, _ fields: [String] = []) async throws -> Caller {
        scene.zuora.script = [.hold]
        let leader = try scene.send(Self.cancel, fields)
        try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
        return leader
    }

    @Test func `each caller gets the same response, with its own track id`() async throws {
        try await PhaseScene.run("coalesce = true") { scene in
            let leader = try await lead(scene, ["Zuora-Track-Id: t-0"])
            let callers = try [leader] + (1..<5).map { try scene.send(Self.cancel, ["Zuora-Track-Id: t-\($0)"]) }
            try await scene.until("all are there") { $0.server.activeRequests == 5 }
            scene.zuora.release()
            for (number, caller) in callers.enumerated() {
                let response = await caller.response()
                #expect(response.status == 200 && response.outcome == "cancelled")
                #expect(response.content == #"{"id":"8a80","status":"cancelled","batches":[]}"#)
                #expect(response.fields["zuora-track-id"] == "t-\(number)")
            }
            #expect(scene.zuora.calls.count == 1)
            #expect(scene.zuora.calls.first?.trackID == "t-0")
        }
    }

    @Test func `each caller gets the same problem`() async throws {
        try await PhaseScene.run("coalesce = true") { scene in
            let leader = try await lead(scene)
            let follower = try scene.send(Self.cancel)
            try await scene.until("both are there") { $0.server.activeRequests == 2 }
            scene.zuora.script = [.job("completed")]
            scene.zuora.release(.lose)
            for caller in [leader, follower] { #expect(await caller.response().problem == "job-finished") }
            #expect(scene.zuora.methods == ["DELETE", "GET"])
        }
    }

    @Test(arguments: ["Zuora-Version: 2025-08-12", "Zuora-Working-Org: 1"])
    func `a cancel with another field that Zuora reads has a call of its own`(field: String) async throws {
        try await PhaseScene.run("coalesce = true\norgs = [\"1\", \"2\"]") { scene in
            let leader = try await lead(scene)
            let other = try scene.send(Self.cancel, [field])
            try await scene.until("both were sent") { $0.zuora.calls.count == 2 }
            scene.zuora.release()
            for caller in [leader, other] { #expect(await caller.response().outcome == "cancelled") }
        }
    }

    @Test func `a verified outcome is shared, too`() async throws {
        try await PhaseScene.run("coalesce = true") { scene in
            let leader = try await lead(scene)
            let follower = try scene.send(Self.cancel)
            try await scene.until("both are there") { $0.server.activeRequests == 2 }
            scene.zuora.release(.respond(504, ""))
            for caller in [leader, follower] { #expect(await caller.response().outcome == "cancelled") }
            #expect(scene.zuora.methods == ["DELETE", "GET"])
        }
    }

    @Test func `another job's cancel, and a request of another kind, have calls of their own`() async throws {
        try await PhaseScene.run("coalesce = true") { scene in
            let leader = try await lead(scene)
            let other = try await scene.exchange("DELETE /v1/batch-query/jobs/8a81")
            #expect(other.outcome == "cancelled")
            let get = try await scene.exchange(RetryPhaseTests.get)
            #expect(get.status == 200)
            scene.zuora.release()
            #expect(await leader.response().outcome == "cancelled")
            #expect(scene.zuora.methods == ["DELETE", "DELETE", "GET"])
        }
    }

    static let particular: [([String], String)] = [
        (["If-Match: \"1\""], ""), (["if-none-match: *"], ""), (["Range: bytes=0-1"], ""),
        (["Content-Type: application/json", "Content-Length: 2"], "{}"),
        (["Transfer-Encoding: chunked"], "2\r\n{}\r\n0\r\n\r\n"),
    ]

    @Test(arguments: particular.indices, [true, false])
    func `a cancel with conditions, a range or content has a call of its own`(index: Int, comesFirst: Bool) async throws {
        let (fields, content) = Self.particular[index]
        try await PhaseScene.run("coalesce = true") { scene in
            scene.zuora.script = [.hold]
            let first = try scene.send(Self.cancel, comesFirst ? fields : [], content: comesFirst ? content : "")
            try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
            let second = try scene.send(Self.cancel, comesFirst ? [] : fields, content: comesFirst ? "" : content)
            try await scene.until("both were sent") { $0.zuora.calls.count == 2 }
            scene.zuora.release(.respond(412, "{}"))
            #expect(await first.response().status == 412)
            #expect(await second.response().outcome == "cancelled")
            #expect(scene.zuora.calls.count == 2)
        }
    }

    @Test func `a follower that does not accept gzip gets it inflated, however large it becomes`() async throws {
        let note = (0..<150_000).map { "\($0 % 500), batch" }.joined()
        let job = #"{"message":"\#(note)"}"#
        let coded = try Deflater().deflateWhole(Array(job.utf8).span)
        #expect(job.utf8.count > 1 << 20 && coded.count < 64 << 10)
        try await PhaseScene.run("coalesce = true") { scene in
            let leader = try await lead(scene, ["Accept-Encoding: gzip"])
            let follower = try scene.send(Self.cancel)
            try await scene.until("both are there") { $0.server.activeRequests == 2 }
            scene.zuora.release(.coded(coded, 400))
            #expect(await leader.receive("HTTP/1.1 400"))
            let response = await follower.response()
            #expect(response.status == 400 && response.fields["transfer-encoding"] == "chunked")
            #expect(response.isWhole && response.content.utf8.count > job.utf8.count)
            #expect(scene.zuora.methods == ["DELETE"])
        }
    }

    @Test func `a leader whose response goes on does not keep others waiting`() async throws {
        let job = #"{"id":"8a80","status":"cancelled","note":""# + String(repeating: "x", count: OutcomeReader.bodyLimit)
        try await PhaseScene.run("coalesce = true") { scene in
            let leader = try await lead(scene)
            let follower = try scene.send(Self.cancel)
            try await scene.until("both are there") { $0.server.activeRequests == 2 }
            scene.zuora.release(.begin(200, job))
            #expect(await leader.receive("HTTP/1.1 200"))
            #expect(await follower.response().outcome == "cancelled")
            let later = try await scene.exchange(Self.cancel)
            #expect(later.outcome == "cancelled")
            #expect(scene.zuora.methods == ["DELETE", "DELETE", "DELETE"])
            leader.leave()
            try await scene.untilAtRest()
        }
    }

    @Test func `a leader whose caller does not read does not keep others waiting`() async throws {
        let job = #"{"id":"8a80","status":"cancelled","note":""# + String(repeating: "x", count: 8 << 20) + "\"}"
        try await PhaseScene.run("coalesce = true") { scene in
            let leader = try await lead(scene)
            scene.zuora.release(.respond(200, job))
            try await scene.until("it relays what its caller does not read") { $0.zuora.heldCalls == 0 }
            for _ in 0..<100 { await scene.reactor.yield() }
            let later = try await scene.exchange(Self.cancel)
            #expect(later.outcome == "cancelled")
            leader.leave()
            try await scene.untilAtRest()
        }
    }

    @Test func `a leader whose time is up leaves the call to one who has more`() async throws {
        try await PhaseScene.run("coalesce = true") { scene in
            let hasty = try await lead(scene, ["X-Request-Timeout: 10s"])
            let patient = try scene.send(Self.cancel)
            try await scene.until("both are there") { $0.server.activeRequests == 2 }
            scene.letPass(.seconds(10))
            let response = await hasty.response()
            #expect(response.status == 504 && response.outcome == "unknown")
            #expect(await patient.response().outcome == "cancelled")
            #expect(scene.zuora.methods.filter { $0 == "DELETE" }.count == 2)
        }
    }

    @Test func `without it, each cancel has a call of its own`() async throws {
        try await PhaseScene.run { scene in
            let first = try await lead(scene)
            let response = try await scene.exchange(Self.cancel)
            #expect(response.outcome == "cancelled")
            scene.zuora.release()
            #expect(await first.response().outcome == "cancelled")
            #expect(scene.zuora.calls.count == 2)
        }
    }
}
