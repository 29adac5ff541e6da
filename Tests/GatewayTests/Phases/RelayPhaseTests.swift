import Testing
import Wire

@testable import Gateway

/// What the caller gets of a response.
@Suite(.timeLimit(.minutes(1))) struct RelayPhaseTests {
    static let get = RetryPhaseTests.get
    static let job = #"{"id":"8a80","status":"completed","batches":[]}"#

    private static func gzip(_ text: String) throws -> [UInt8] {
        try Deflater().deflateWhole(Array(text.utf8).span)
    }

    @Test func `gzip is inflated for a caller that does not accept it, and passed on to one that does`() async throws {
        let coded = try Self.gzip(Self.job)
        try await PhaseScene.run { scene in
            scene.zuora.script = [.coded(coded), .coded(coded)]
            let plain = try await scene.exchange(Self.get)
            #expect(plain.content == Self.job)
            #expect(plain.fields["content-encoding"] == nil)
            #expect(plain.fields["content-length"] == "\(Self.job.utf8.count)")
            #expect(plain.fields["vary"]?.contains("Accept-Encoding") == true)
            let passed = try await scene.exchange(Self.get, ["Accept-Encoding: gzip"])
            #expect(passed.fields["content-encoding"] == "gzip")
            #expect(passed.fields["content-length"] == "\(coded.count)")
        }
    }

    @Test(arguments: ["identity", "gzip"])
    func `a response to HEAD has the length of what a GET would get, or none`(accepted: String) async throws {
        let coded = try Self.gzip(Self.job)
        try await PhaseScene.run { scene in
            scene.zuora.script = [.coded(coded)]
            let head = Self.get.replacing("GET", with: "HEAD")
            // Ends the connection, since nothing else ends a response to HEAD for this caller.
            let caller = try scene.send(head, ["Accept-Encoding: \(accepted)", "Connection: close"])
            _ = await caller.receive("\r\n\r\n")
            let text = await caller.response().content.lowercased()
            #expect(text.hasPrefix("http/1.1 200"))
            #expect(text.contains("content-encoding: gzip") == (accepted == "gzip"))
            #expect(text.contains("content-length: \(coded.count)\r\n") == (accepted == "gzip"))
            #expect(text.contains("content-length") == (accepted == "gzip"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `gzip that cannot be decoded is a 502, and passed on as it is to a caller that accepts it`() async throws {
        let broken = try Self.gzip(Self.job).dropLast(6)
        try await PhaseScene.run { scene in
            scene.zuora.script = [.coded(Array(broken)), .coded(Array(broken))]
            let response = try await scene.exchange(Self.get)
            #expect(response.status == 502)
            #expect(response.problem == "upstream-content-coding")
            let passed = try await scene.exchange(Self.get, ["Accept-Encoding: gzip"])
            #expect(passed.status == 200)
        }
    }

    @Test(arguments: [[:], ["Content-Encoding": "gzip"]])
    func `content that turns out to be empty is not recoded, nor are its fields`(coding: [String: String]) async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [
                .emptyChunked(coding.merging(["ETag": "\"1\"", "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="]) { $1 })
            ]
            // It accepts the coding that the upstream did not use.
            let accept = coding.isEmpty ? "gzip, identity;q=0" : "identity"
            let response = try await scene.exchange(Self.get, ["Accept-Encoding: \(accept)"])
            #expect(response.status == 200 && response.content == "")
            #expect(response.fields["content-encoding"] == nil)
            #expect(response.fields["etag"] == "\"1\"")
            #expect(response.fields["content-md5"] == "1B2M2Y8AsgTpgAmY7PhCfg==")
        }
    }

    @Test func `a response that is cut upstream is cut for the caller, and never looks whole`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [.begin(200, "the first of it")]
            let caller = try scene.send(Self.get)
            #expect(await caller.receive("the first of it"))
            scene.zuora.release(.lose)
            let response = await caller.response()
            #expect(!response.isWhole)
            try await scene.untilAtRest()
            #expect(scene.recorded(.cut) == 1)
        }
    }

    @Test func `the gateway's own fields are on every response, and the upstream's hop-by-hop fields on none`() async throws {
        try await PhaseScene.run { scene in
            scene.zuora.script = [
                .respond(200, Self.job, ["Keep-Alive": "timeout=5", "X-Zuora": "kept", "Set-Cookie": "a=b", "Server": "x"]),
                .respond(418, "short", ["Content-Type": "text/plain"]),
            ]
            let job = try await scene.exchange(Self.get)
            #expect(job.fields["x-zuora"] == "kept")
            #expect(job.fields["keep-alive"] == nil)
            let other = try await scene.exchange(Self.get)
            #expect(other.status == 418 && other.content == "short" && other.fields["content-type"] == "text/plain")
            for response in [job, other] {
                #expect(response.fields["via"] == "1.1 zuora-gateway")
                #expect(response.fields["zuora-track-id"]?.isEmpty == false)
                #expect(response.fields["proxy-status"] == nil)
            }
        }
    }

    @Test(arguments: [("relay", 200), ("strict", 409)])
    func `with strict, a refusal inside a 200 has a status that says so`(mode: String, status: Int) async throws {
        try await PhaseScene.run("outcome_status = \"\(mode)\"") { scene in
            scene.zuora.script = [VerificationPhaseTests.notCancellable, .job("completed")]
            let response = try await scene.exchange(VerificationPhaseTests.cancel)
            #expect(response.status == status)
            #expect(response.outcome == "already-finished")
            #expect(response.content.contains("90003"))
            #expect((response.fields["proxy-status"] == "zuora-gateway; received-status=200") == (status != 200))
        }
    }
}
