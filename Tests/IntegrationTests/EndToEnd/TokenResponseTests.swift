import Foundation
import Testing

/// Whatever the token endpoint says, callers get a clear response, and never its words.
@Suite(.serialized) struct TokenResponseTests {
    @Test(arguments: ["string-expires-in", "float-expires-in", "no-expires-in", "no-scope", "slow"])
    func `an unusual but valid token response is accepted`(form: String) async throws {
        try await Scene.run(settings(#"{"token_answer":"\#(form)"}"#)) { scene in
            let response = try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"]))
            #expect(response.status == 200)
        }
    }

    @Test(arguments: [
        "zero-expires-in", "negative-expires-in", "absurd-expires-in", "no-token", "empty-token", "spaced-token", "broken-token",
        "html",
        "empty", "truncated-json", "array", "huge",
    ])
    func `an invalid token response is a 503 that states the reason`(form: String) async throws {
        try await Scene.run(settings(#"{"token_answer":"\#(form)"}"#)) { scene in
            try Self.expectRefusal(scene, "token-malformed-answer", "sent an invalid response")
        }
    }

    @Test func `a redirect of the token call is not followed`() async throws {
        try await Scene.run(settings(#"{"token_answer":"redirect"}"#)) { scene in
            try Self.expectRefusal(scene, "token-redirected", "never follows")
        }
    }

    @Test func `what is wrong with a credential is named`() async throws {
        let unknown = "00000000-0000-4000-8000-000000000000"
        let cases: [(String, String, String, @Sendable (SandboxControl) throws -> Void)] = [
            ("wrong-secret-indeed", "token-wrong-secret", "data centre", { _ in }),
            (
                "sandbox-secret", "token-user-deactivated", "deactivated",
                { try $0.call("POST", "clients", #"{"id":"1f0e3dad-9990-4345-b743-9f8b2a2b8a51","deactivated":true}"#) }
            ),
            ("sandbox-secret", "token-rate-limited", "limit", { try $0.set(#"{"token_rate_per_peer":0}"#) }),
            (
                "sandbox-secret", "token-unavailable", "unavailable",
                { try $0.fault(#"{"effect":"503","match":{"path":"/oauth/token"}}"#) }
            ),
            (
                "sandbox-secret", "token-unreachable", "did not respond",
                { try $0.fault(#"{"effect":"reset","match":{"path":"/oauth/token"}}"#) }
            ),
        ]
        for (secret, problem, words, setUp) in cases {
            var settings = SceneSettings(acmeSecret: #""\#(secret)""#)
            settings.setUp = setUp
            try await Scene.run(settings) { scene in try Self.expectRefusal(scene, problem, words) }
        }
        var settings = SceneSettings()
        settings.acmeClient = unknown
        try await Scene.run(settings) { scene in try Self.expectRefusal(scene, "token-unknown-client", "one data centre only") }
    }

    private static func expectRefusal(_ scene: Scene, _ problem: String, _ words: String) throws {
        // What may pass by itself is waited out by callers with the time; these have little.
        let response = try scene.send(
            .cancel("executing", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "t", "X-Request-Timeout": "2"]))
        #expect(response.status == 503)
        #expect(response.problem == problem)
        #expect((response.json["detail"] as? String)?.contains(words) == true, "\(response.text)")
        #expect(response["Retry-After"].flatMap { Int($0) }.map { $0 > 0 } == true)
        #expect(response["Proxy-Status"]?.isEmpty == false)
        #expect(response["WWW-Authenticate"] == nil)
        #expect(response.trackID == "t")
        #expect(try scene.control.calls().isEmpty)
    }

    private func settings(_ change: String) -> SceneSettings {
        var settings = SceneSettings()
        settings.setUp = { try $0.set(change) }
        return settings
    }
}
