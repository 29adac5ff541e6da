import Foundation
import TestSupport
import Testing

/// A response that carries another track id than its request.
@Suite(.serialized) struct TrackIDTests {
    private static func run(_ trackID: String, _ body: @escaping @Sendable (Scene) throws -> Void) async throws {
        let content = #"{"id":"1","status":"executing","batches":[]}"#
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nZuora-Track-Id: \(trackID)\r\n"
            + "Content-Length: \(content.utf8.count)\r\n\r\n"
        let upstream = try CannedUpstream(response: Array((head + content).utf8))
        defer { upstream.stop() }
        var settings = SceneSettings()
        settings.acmeUpstream = upstream.port
        settings.admin = try LoopbackSocket.freePort()
        try await Scene.run(settings, body)
    }

    private static func mismatches(_ scene: Scene) throws -> String? {
        try scene.admin("/metrics").text.split(separator: "\n")
            .first { $0.hasPrefix("zuora_gateway_track_id_mismatches_total{") && $0.contains("acme") }
            .map { String($0.split(separator: " ")[1]) }
    }

    @Test func `a response with the track id of another request is not this request's`() async throws {
        try await Self.run("first") { scene in
            let own = try scene.send(.get("1", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "first"]))
            #expect(own.status == 200)
            let other = try scene.send(.get("1", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "second"]))
            #expect(other.status == 502)
            #expect(other.problem == "upstream-answer-broken")
            #expect(other.trackID == "second")
            let cancel = try scene.send(.cancel("1", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "third"]))
            #expect(cancel.status == 504)
            #expect(cancel.problem == "cancel-unverified")
            #expect(cancel.outcome == "unknown")
        }
    }

    @Test func `a response with a track id that no request had is relayed, counted and logged`() async throws {
        try await Self.run("edge-4711") { scene in
            for number in 1...2 {
                let response = try scene.send(.get("1", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "own-\(number)"]))
                #expect(response.status == 200)
                #expect(response.trackID == "own-\(number)")
            }
            #expect(try Self.mismatches(scene) == "2")
            let lines = { scene.gateway.standardOutput.split(separator: "\n").filter { $0.contains("own-") } }
            #expect(scene.gateway.wait { lines().count == 2 })
            #expect(lines().allSatisfy { $0.contains("the response has a track id unknown to this gateway") }, "\(lines())")
        }
    }
}
