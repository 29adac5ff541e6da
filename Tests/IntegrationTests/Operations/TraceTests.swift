import Foundation
import Testing

/// W3C Trace Context: what a caller sends goes on; where there is none, one is started.
@Suite struct TraceTests {
    private let traceID = "0af7651916cd43dd8448eb211c80319c"

    private func line(_ trackID: String, _ scene: Scene) throws -> String {
        var found: Substring?
        #expect(
            scene.gateway.wait {
                found = scene.gateway.standardOutput.split(separator: "\n").first { $0.contains("\"track_id\":\"\(trackID)\"") }
                return found != nil
            })
        return String(try #require(found))
    }

    private func fields(_ trackID: String, _ name: String, _ scene: Scene) throws -> [String] {
        try #require(try scene.control.calls("&track=\(trackID)").first).fields.filter { $0.name.lowercased() == name }
            .map(\.value)
    }

    @Test func `a caller's trace goes upstream byte for byte, and its id into the log`() async throws {
        try await Scene.run { [self] scene in
            let parent = "00-\(traceID)-b7ad6b7169203331-01"
            var request = Request.cancel("executing", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "traced"])
            request = request.with("traceparent", parent).with("tracestate", "congo=t61rcWkgMzE").with("tracestate", "a=1")
            let response = try scene.send(request)
            #expect(response.status == 200)
            #expect(try fields("traced", "traceparent", scene) == [parent])
            #expect(try fields("traced", "tracestate", scene).joined(separator: ",") == "congo=t61rcWkgMzE,a=1")
            #expect(try line("traced", scene).contains(#""trace_id":"\#(traceID)""#))
        }
    }

    @Test func `without one a trace is started, and a malformed one is replaced`() async throws {
        try await Scene.run { [self] scene in
            let good = "00-\(traceID)-b7ad6b7169203331-01"
            for (trackID, parents) in [
                ("none", []), ("bad", ["00-\(traceID)-0000000000000000-01"]), ("two", [good, good]),
            ] as [(String, [String])] {
                var request = Request.cancel("executing", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": trackID])
                for parent in parents { request = request.with("traceparent", parent).with("tracestate", "a=1") }
                let response = try scene.send(request)
                #expect(response.status == 200)
                let sent = try fields(trackID, "traceparent", scene)
                #expect(sent.count == 1)
                let match = try #require(sent.first?.wholeMatch(of: /00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/))
                #expect(match.1 != traceID)
                // A state belongs to its parent.
                let states = try fields(trackID, "tracestate", scene)
                #expect(states.isEmpty)
                #expect(try line(trackID, scene).contains(#""trace_id":"\#(match.1)""#))
            }
        }
    }
}
