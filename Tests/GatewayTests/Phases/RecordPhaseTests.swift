import Testing

@testable import Gateway

/// One line for every request, with what the caller really got.
@Suite(.timeLimit(.minutes(1))) struct RecordPhaseTests {
    static let get = RetryPhaseTests.get

    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var request = RecordPhaseTests.get
        var fields: [String] = []
        var script: [StandIn.Reply] = []
        /// Members of the line.
        var members: [String]
        /// What it does not contain.
        var absent: [String] = []
    }

    static let stories = [
        Story(
            testDescription: "a response that is relayed",
            members: [
                #""status":200"#, #""outcome":"relayed""#, #""attempts":1"#, #""job_id":"8a80""#, #""route":"aqua.get""#,
                #""tenant":"acme""#,
            ]),
        Story(
            testDescription: "a cancel", request: VerificationPhaseTests.cancel,
            members: [#""status":200"#, #""outcome":"cancelled""#, #""route":"aqua.cancel""#, #""method":"DELETE""#]),
        Story(
            testDescription: "a cancel that is verified", request: VerificationPhaseTests.cancel, script: [.lose],
            members: [#""status":200"#, #""outcome":"cancelled""#, #""attempts":2"#]),
        Story(
            testDescription: "a failure", script: Array(repeating: .lose, count: 4),
            members: [#""status":502"#, #""outcome":"failed""#, #""attempts":4"#, #""error":"upstream-answer-broken""#]),
        Story(
            testDescription: "a denial", request: "GET /v1/nothing",
            members: [#""status":404"#, #""outcome":"denied""#, #""attempts":0"#, #""error":"no-route""#]),
        Story(
            testDescription: "an attempt without a response, after one that had one",
            script: [.respond(503, "")] + Array(repeating: .lose, count: 4),
            members: [#""status":502"#, #""attempts":5"#], absent: ["first_byte_ms"]),
        Story(
            testDescription: "a response that cannot be inflated", script: [.coded([0x1F, 0x8B, 8, 0])],
            members: [#""status":502"#, #""error":"upstream-content-coding""#], absent: ["gzip_out"]),
        Story(
            testDescription: "a track id", fields: ["Zuora-Track-Id: nightly-77"],
            members: [#""status":200"#, #""track_id":"nightly-77""#]),
    ]

    @Test(arguments: stories) func `a request has one line that says what became of it`(story: Story) async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = story.script
            _ = try await scene.exchange(story.request, story.fields)
            try await scene.untilAtRest()
            let lines = scene.logLines()
            #expect(lines.count == 1)
            for member in story.members { #expect(lines.first?.contains(member) == true, "\(member) in \(lines)") }
            for text in story.absent { #expect(lines.first?.contains(text) == false, "\(text) in \(lines)") }
            #expect(!lines.joined().contains("token-"))
        }
    }

    @Test func `a caller that leaves gets no status, and what is cut has the bytes that were sent`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.hold, .begin(200, "12345")]
            let gone = try scene.send(Self.get)
            try await scene.until("it is upstream") { $0.zuora.heldCalls == 1 }
            gone.leave()
            try await scene.untilAtRest()
            scene.zuora.releaseAll()
            let cut = try scene.send(Self.get)
            #expect(await cut.receive("12345"))
            scene.zuora.release(.lose)
            #expect(await !cut.response().isWhole)
            try await scene.untilAtRest()
            let lines = scene.logLines()
            try #require(lines.count == 2)
            #expect(!lines[0].contains(#""status""#) && lines[0].contains(#""outcome":"abandoned""#))
            // A word that says what became of a job.
            #expect(!lines[0].contains("cancelled") && lines[0].contains("the gateway gave up the request"), "\(lines[0])")
            #expect(lines[1].contains(#""status":200"#) && lines[1].contains(#""outcome":"cut""#))
            #expect(lines[1].contains(#""bytes_out":5,"#))
        }
    }
}
