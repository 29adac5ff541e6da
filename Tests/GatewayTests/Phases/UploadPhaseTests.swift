import Testing

@testable import Gateway

/// Content that is too large to be kept, and fails once a part of it has been sent upstream.
@Suite(.timeLimit(.minutes(1))) struct UploadPhaseTests {
    static let kept = RequestContent.replayLimit
    static let submit = "POST /v1/batch-query"

    private func begin(_ scene: isolated PhaseScene, _ line: String, _ fields: [String] = []) async throws -> Caller {
        scene.zuora.script = [.hold]
        let caller = try scene.connect()
        let head = [line + " HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked"] + fields
        let content = String(repeating: "x", count: 2 * Self.kept)
        await caller.sendAll(
            head.joined(separator: "\r\n") + "\r\n\r\n" + String(content.utf8.count, radix: 16) + "\r\n" + content + "\r\n")
        return caller
    }

    @Test(arguments: [submit, VerificationPhaseTests.cancel], [false, true])
    func `content that turns out to be malformed is no denial: a part of the request was sent`(
        line: String, hub: Bool
    ) async throws {
        try await PhaseScene.run(hub: hub) { scene in
            let caller = try await begin(scene, line)
            caller.sendRaw("no size\r\n")
            let response = await caller.response()
            #expect(response.status == 400 && response.problem == "bad-body")
            #expect(response.content.contains(#""may_have_reached_zuora":true"#))
            #expect(response.outcome == (line == Self.submit ? nil : "unknown"))
            try await scene.untilAtRest()
            #expect(scene.recorded(.denied) == 0)
            #expect(scene.recorded(line == Self.submit ? .failed : .unknown) == 1)
            let detail = scene.lastError?.detail ?? ""
            #expect(!detail.isEmpty && !detail.contains("incomplete"))
        }
    }

    @Test(arguments: [submit, VerificationPhaseTests.cancel], [false, true])
    func `when the deadline passes during the upload, the time-out is what the caller is told`(
        line: String, hub: Bool
    ) async throws {
        try await PhaseScene.run(hub: hub) { scene in
            for _ in 0..<(hub ? 1 : 2) {
                let caller = try await begin(scene, line, ["X-Request-Timeout: 2s"])
                let response = await caller.response()
                #expect(response.status == 504)
                #expect(response.problem == (line == Self.submit || hub ? "timeout-total" : "cancel-unverified"))
                #expect(response.outcome == (line == Self.submit ? nil : "unknown"))
            }
        }
    }

    @Test(arguments: [submit, VerificationPhaseTests.cancel], [false, true])
    func `an upload that is refused because memory is short may have reached Zuora, and is counted`(
        line: String, hub: Bool
    ) async throws {
        try await PhaseScene.run(hub: hub) { scene in
            let caller = try await begin(scene, line)
            try await scene.until("a part has been sent") { $0.arrivedCalls == 1 }
            scene.memory.limit = 1
            caller.sendRaw("1\r\nx\r\n")
            let response = await caller.response()
            #expect(response.status == 503 && response.problem == "overload")
            #expect(response.content.contains(#""may_have_reached_zuora":true"#))
            #expect(!response.content.contains("not sent"))
            #expect(response.outcome == (line == Self.submit ? nil : "unknown"))
            try await scene.untilAtRest()
            #expect(scene.recorded(.refused) == 0)
            #expect(scene.recorded(line == Self.submit ? .failed : .unknown) == 1)
            #expect(scene.shedForMemory == 1)
        }
    }

    @Test(arguments: [1, 16_383, 16_384, 16_385, 100_000, kept - 1, kept])
    func `content that is kept arrives whole, however it comes in pieces`(size: Int) async throws {
        try await PhaseScene.run { scene in
            let content = String((0..<size).map { Character(UnicodeScalar(UInt8(0x41 + $0 % 51 % 26))) })
            for piece in [size, 9_000] {
                let caller = try scene.connect()
                var rest = Substring(content)
                caller.sendRaw("\(Self.submit) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n\r\n")
                while !rest.isEmpty {
                    await caller.sendAll(String(rest.prefix(piece)))
                    rest = rest.dropFirst(piece)
                    await scene.reactor.yield()
                }
                #expect(await caller.response().status == 200)
                let received = scene.zuora.calls.last?.content
                #expect(received == content, "\(received?.utf8.count ?? 0) bytes")
            }
        }
    }
}
