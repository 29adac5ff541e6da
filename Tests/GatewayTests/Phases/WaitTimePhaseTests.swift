import Testing

@testable import Gateway

/// The times of waits in the log line: each is that of its phase only, and a wait that was in vain has one, too.
@Suite(.timeLimit(.minutes(1))) struct WaitTimePhaseTests {
    static let get = RetryPhaseTests.get

    /// The line with this text.
    private func line(_ scene: isolated PhaseScene, with text: String) async throws -> String {
        scene.zuora.releaseAll()
        try await scene.untilAtRest()
        return scene.logLines().first { $0.contains(text) } ?? ""
    }

    /// The first number after the member's name; nil without the member.
    private func value(_ member: String, of line: String) -> Double? {
        guard let start = line.firstRange(of: "\"\(member)\":") else { return nil }
        return Double(line[start.upperBound...].prefix { $0.isNumber || $0 == "." })
    }

    @Test func `the time in which the content comes is no wait for a slot`() async throws {
        try await PhaseScene.run { scene in
            let caller = try scene.connect()
            caller.sendRaw(RetryPhaseTests.head(4) + "ab")
            try await scene.until("it is under way") { $0.server.activeRequests == 1 }
            for _ in 0..<10 { await scene.reactor.yield() }
            caller.sendRaw("cd")
            #expect(await caller.response().status == 200)
            let line = try await line(scene, with: #""outcome":"relayed""#)
            #expect(value("queue_ms", of: line) == 0, "\(line)")
        }
    }

    @Test func `nor is the wait for a shared cancel`() async throws {
        try await PhaseScene.run("coalesce = true") { scene in
            scene.zuora.script = [.hold]
            let hasty = try scene.send(VerificationPhaseTests.cancel, ["X-Request-Timeout: 10s"])
            try await scene.until("it is under way") { $0.zuora.heldCalls == 1 }
            let patient = try scene.send(VerificationPhaseTests.cancel)
            try await scene.until("both are there") { $0.server.activeRequests == 2 }
            scene.letPass(.seconds(10))
            #expect(await hasty.response().status == 504)
            #expect(await patient.response().outcome == "cancelled")
            let line = try await line(scene, with: #""outcome":"cancelled""#)
            #expect(value("queue_ms", of: line) == 0, "\(line)")
        }
    }

    @Test func `a wait for a slot that was in vain has its time`() async throws {
        try await PhaseScene.run("concurrency = 1\nqueue_timeout = \"20ms\"") { scene in
            let first = try await scene.occupy()
            let response = try await scene.exchange(Self.get)
            #expect(response.problem == "queue-timeout")
            scene.zuora.release()
            #expect(await first.response().status == 200)
            let line = try await line(scene, with: "queue-timeout")
            #expect(value("queue_ms", of: line).map { $0 >= 20 } == true, "\(line)")
        }
    }

    @Test func `a refusal at once is no wait`() async throws {
        try await PhaseScene.run("concurrency = 1\nqueue = 0") { scene in
            let first = try await scene.occupy()
            let response = try await scene.exchange(Self.get)
            #expect(response.problem == "queue-full")
            scene.zuora.release()
            #expect(await first.response().status == 200)
            let line = try await line(scene, with: "queue-full")
            #expect(line.contains(#""total_ms""#) && value("queue_ms", of: line) == nil, "\(line)")
        }
    }

    @Test func `a wait for a token that was in vain has its time`() async throws {
        try await PhaseScene.run { scene in
            scene.tokens.withhold(rejecting: scene.tokens.current)
            let response = try await scene.exchange(Self.get, ["X-Request-Timeout: 20ms"])
            #expect(response.problem == "timeout-token")
            let line = try await line(scene, with: "timeout-token")
            #expect(value("token_ms", of: line).map { $0 >= 15 } == true, "\(line)")
        }
    }

    @Test func `a connection that could not be made has the time of the attempts`() async throws {
        try await PhaseScene.run { scene in
            scene.closeUpstream()
            let response = try await scene.exchange(Self.get)
            #expect(response.problem == "upstream-unreachable")
            let line = try await line(scene, with: "upstream-unreachable")
            #expect(value("connect_ms", of: line) != nil, "\(line)")
        }
    }
}
