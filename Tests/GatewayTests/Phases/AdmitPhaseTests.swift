import Policy
import Testing
import Wire

@testable import Gateway

/// Requests that got a turn by the rate and then do not start.
@Suite(.timeLimit(.minutes(1))) struct AdmitPhaseTests {
    static let get = RetryPhaseTests.get
    /// Two may start, and then none for minutes.
    static let rate = "rate = 0.01\nburst = 2\nconcurrency = 1\ntimeout = \"300s\"\n"

    /// Expects that only one of the two tokens was used.
    private func expectOneToken(_ scene: isolated PhaseScene) {
        let admission = scene.tenant.admission
        #expect(admission.acquireRateToken(now: scene.reactor.now, patience: .zero) == .start)
        #expect(admission.acquireRateToken(now: scene.reactor.now, patience: .zero) != .start)
    }

    @Test(arguments: [
        ("queue = 0", []), ("queue_timeout = \"10ms\"", []), ("queue_timeout = \"200s\"", ["X-Request-Timeout: 0.02"]),
    ])
    func `a request that gets no slot leaves its turn to another`(queue: String, fields: [String]) async throws {
        try await PhaseScene.run(Self.rate + queue) { scene in
            let first = try await scene.occupy()
            let response = try await scene.exchange(Self.get, fields)
            #expect(response.problem != nil)
            expectOneToken(scene)
            scene.zuora.release()
            #expect(await first.response().status == 200)
            #expect(scene.zuora.calls.count == 1)
        }
    }

    @Test func `a caller that leaves the queue leaves its turn to another`() async throws {
        try await PhaseScene.run(Self.rate + "queue_timeout = \"200s\"") { scene in
            let first = try await scene.occupy()
            let second = try scene.send(Self.get)
            try await scene.until("it is queued") { $0.tenant.admission.queued == 1 }
            second.leave()
            try await scene.until("it has gone") { $0.server.activeRequests == 1 }
            expectOneToken(scene)
            scene.zuora.release()
            #expect(await first.response().status == 200)
        }
    }

    @Test func `a request that the breaker refuses leaves its turn to another`() async throws {
        let breaker = "breaker = { failures = \"50%\", minimum = 1, open = \"200s\", max_open = \"300s\" }\n"
        try await PhaseScene.run(Self.rate + breaker + "retry = { attempts = 1 }") { scene in
            scene.zuora.script = [.respond(503, "")]
            let first = try await scene.exchange(Self.get)
            #expect(first.status == 503)
            let second = try await scene.exchange(Self.get)
            #expect(second.status == 503)
            #expect(scene.zuora.calls.count == 1)
            expectOneToken(scene)
        }
    }
}

/// Requests with starts that they share with a fleet.
@Suite(.timeLimit(.minutes(1))) struct SharedAdmitPhaseTests {
    private static let get = RetryPhaseTests.get
    private static let starts = SharedStarts(key: "r", rate: nil)
    private static let patient = "concurrency = 1\nqueue_timeout = \"200s\"\ntimeout = \"300s\"\n"

    /// Zuora asks a member to pause.
    private func pause(_ scene: isolated PhaseScene) {
        scene.tenant.admission.refused(RateLimitFields(), retryAfter: .seconds(10))
    }

    @Test func `a request that waits for a slot when a pause begins starts after the pause`() async throws {
        try await PhaseScene.run(Self.patient, starts: Self.starts) { scene in
            scene.zuora.script = [.hold]
            let first = try scene.send(Self.get)
            try await scene.until("the slot is taken") { $0.zuora.heldCalls == 1 }
            let second = try scene.send(Self.get)
            try await scene.until("it is queued") { $0.tenant.admission.queued == 1 }
            pause(scene)
            scene.zuora.release()
            #expect(await first.response().status == 200)
            try await scene.until("it waits for the end of the pause") { $0.tenant.admission.starts?.waiting == 1 }
            #expect(scene.zuora.calls.count == 1)
            second.leave()
            try await scene.untilAtRest()
        }
    }

    @Test func `a pause holds repeats too, and the one that asked for it`() async throws {
        try await PhaseScene.run(Self.patient, starts: Self.starts) { scene in
            scene.zuora.script = [.respond(429, "{}")]
            let caller = try scene.send(Self.get)
            try await scene.until("it waits for the end of the pause") { $0.tenant.admission.starts?.waiting == 1 }
            #expect(scene.zuora.calls.count == 1)
            caller.leave()
            try await scene.untilAtRest()
        }
    }

    @Test func `a repeat that would wait for longer than it has time ends with what Zuora replied`() async throws {
        try await PhaseScene.run(starts: Self.starts) { scene in
            scene.zuora.script = [.respond(429, "{}")]
            let response = try await scene.exchange(Self.get, ["X-Request-Timeout: 0.5"])
            #expect(response.status == 429)
            #expect(scene.zuora.calls.count == 1)
        }
    }

    @Test func `no more requests wait for a start than for a slot`() async throws {
        try await PhaseScene.run(Self.patient + "queue = 1", starts: Self.starts) { scene in
            pause(scene)
            let first = try scene.send(Self.get)
            try await scene.until("it has the slot") { $0.tenant.admission.starts?.waiting == 1 }
            let second = try scene.send(Self.get)
            try await scene.until("it is queued") { $0.tenant.admission.queued == 1 }
            let third = try await scene.exchange(Self.get)
            #expect(third.problem == "queue-full")
            first.leave()
            second.leave()
            try await scene.untilAtRest()
        }
    }

    @Test func `a request that the breaker refuses leaves its start to another`() async throws {
        let breaker = "breaker = { failures = \"50%\", minimum = 1, open = \"200s\", max_open = \"300s\" }\n"
        let starts = SharedStarts(key: "r", rate: 0.01)
        try await PhaseScene.run(breaker + "retry = { attempts = 1 }", starts: starts) { scene in
            let admission = scene.tenant.admission
            let reply = RateReply(.reply("rate", .integer(1), .integer(1_000_000), .integer(0), .text("")))
            let one = try #require(reply)
            /// One start, until a second is over.
            func grantOne() -> Instant {
                _ = admission.stepStarts(.now()) { $0.replied(one, asked: .now(), .now()) }
                return .now()
            }
            _ = grantOne()
            scene.zuora.script = [.respond(503, "")]
            let first = try await scene.exchange(Self.get)
            #expect(first.status == 503)
            var begun: Instant
            repeat {
                begun = grantOne()
                let second = try await scene.exchange(Self.get)
                #expect(second.status == 503)
                let isLeft = if case .admitted = admission.acquireStart(patience: .zero) { true } else { false }
                if Instant.now() < begun + .milliseconds(900) { #expect(isLeft) }
            } while Instant.now() >= begun + .milliseconds(900)
            #expect(scene.zuora.calls.count == 1)
        }
    }
}
