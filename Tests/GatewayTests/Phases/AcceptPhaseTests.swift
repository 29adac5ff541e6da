import Testing

@testable import Gateway

/// What is taken from a head, and what is refused before anything else is looked at.
@Suite(.timeLimit(.minutes(1))) struct AcceptPhaseTests {
    static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    static let refused: [(String, [String], Int, String)] = [
        ("Zuora-Track-Id: two words", ["Zuora-Track-Id: a;b"], 400, "bad-track-id"),
        ("Zuora-Track-Id twice", ["Zuora-Track-Id: a", "Zuora-Track-Id: b"], 400, "bad-track-id"),
        ("content of a GET", ["Content-Length: 1"], 400, "bad-request"),
        ("a page of another site", ["Origin: https://evil.example"], 403, "cross-site-request"),
        ("a page of another site, without Origin", ["Sec-Fetch-Site: cross-site"], 403, "cross-site-request"),
    ]

    @Test(arguments: refused.indices) func `is refused, and nothing goes upstream`(index: Int) async throws {
        let (_, fields, status, problem) = Self.refused[index]
        try await PhaseScene.run { scene in
            let response = try await scene.exchange(
                RetryPhaseTests.get, fields, content: fields[0] == "Content-Length: 1" ? "x" : "")
            #expect(response.status == status)
            #expect(response.problem == problem)
            #expect(response.fields["zuora-track-id"]?.isEmpty == false)
            try await scene.untilAtRest()
            #expect(scene.zuora.calls.isEmpty)
            #expect(scene.logLines().first?.contains(#""outcome":"denied""#) == true)
        }
    }

    @Test func `a cancel that is refused says in field and problem that the job's status is unknown`() async throws {
        try await PhaseScene.run { scene in
            let response = try await scene.exchange(VerificationPhaseTests.cancel, ["Zuora-Track-Id: a;b"])
            #expect(response.problem == "bad-track-id" && response.outcome == "unknown")
            #expect(response.content.contains(#""outcome":"unknown""#))
            let get = try await scene.exchange(RetryPhaseTests.get, ["Zuora-Track-Id: a;b"])
            #expect(get.problem == "bad-track-id" && get.outcome == nil && !get.content.contains(#""outcome""#))
            try await scene.untilAtRest()
            #expect(scene.logLines().allSatisfy { $0.contains(#""outcome":"denied""#) })
        }
    }

    @Test func `a caller's track id goes upstream and comes back byte for byte, and without one the gateway generates it`()
        async throws
    {
        try await PhaseScene.run { scene in
            let own = try await scene.exchange(RetryPhaseTests.get, ["zuora-TRACK-id: Nightly-77~x"])
            #expect(own.fields["zuora-track-id"] == "Nightly-77~x")
            #expect(scene.zuora.calls.last?.trackID == "Nightly-77~x")
            let made = [
                try await scene.exchange(RetryPhaseTests.get), try await scene.exchange(RetryPhaseTests.get),
            ].map { $0.fields["zuora-track-id"] ?? "" }
            #expect(scene.zuora.calls.suffix(2).map(\.trackID) == made)
            #expect(made[0] != made[1] && made.allSatisfy { 1...64 ~= $0.utf8.count })
        }
    }

    @Test(arguments: [([traceparent], true), ([], false), ([traceparent, traceparent], false), (["00-xyz-01"], false)])
    func `the trace of a caller goes on, and a malformed or repeated one is replaced`(sent: [String], isKept: Bool) async throws {
        try await PhaseScene.run { scene in
            let response = try await scene.exchange(RetryPhaseTests.get, sent.map { "traceparent: \($0)" } + ["tracestate: a=b"])
            #expect(response.status == 200)
            let upstream = scene.zuora.calls[0].fields["traceparent"]?.split(separator: "-").map(String.init) ?? []
            #expect(upstream.count == 4)
            #expect((upstream[1] == "4bf92f3577b34da6a3ce929d0e0e4736") == isKept)
            #expect(scene.zuora.calls[0].fields["tracestate"] == (isKept ? "a=b" : nil))
        }
    }
}
