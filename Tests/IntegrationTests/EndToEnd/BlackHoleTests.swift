import Foundation
import TestSupport
import Testing

/// One tenant's upstream is a black hole; its callers fill its slots and its queue. Nobody else waits for that.
@Suite(.serialized) struct BlackHoleTests {
    private static let limits = "\nconcurrency = 2\nqueue = 3\nqueue_timeout = \"60s\""

    @Test func `an upstream that accepts requests and never responds does not delay another tenant`() async throws {
        var settings = SceneSettings()
        settings.tenant += Self.limits
        try await Scene.run(settings) { scene in
            // No more calls than it has slots.
            try Self.check(scene, calls: 2) { "fault-get-hold.\($0)" }
        }
    }

    @Test func `an upstream that drops SYNs does not delay another tenant`() async throws {
        let hole = try FullBacklog()
        var settings = SceneSettings()
        settings.tenant += Self.limits
        settings.acmeUpstream = hole.port
        try await Scene.run(settings) { scene in try Self.check(scene, calls: 0) { "executing.\($0)" } }
    }

    /// Fills acme's slots and queue, then looks how globex fares.
    private static func check(_ scene: Scene, calls: Int, _ job: (Int) -> String) throws {
        var held: [Wire] = []
        for index in 0..<5 {
            let wire = try scene.connect()
            wire.send(.get(job(index), ["X-Zuora-Tenant": "acme"]))
            held.append(wire)
        }
        let isFull = try eventually { try scene.send(.get(job(9), ["X-Zuora-Tenant": "acme"])).problem == "queue-full" }
        #expect(isFull)
        for index in 0..<50 {
            let response = try scene.send(
                .cancel("executing.g\(index)", ["X-Zuora-Tenant": "globex", "Zuora-Track-Id": "g\(index)"]))
            #expect(response.status == 200 && response.outcome == "cancelled")
        }
        #expect(try scene.send(.get(job(9), ["X-Zuora-Tenant": "acme"])).problem == "queue-full", "acme is as full as before")
        let lines = { scene.gateway.standardOutput.split(separator: "\n").filter { $0.contains(#""tenant":"globex""#) } }
        #expect(scene.gateway.wait { lines().count == 50 })
        #expect(lines().allSatisfy { $0.contains(#""queue_ms":0,"#) && $0.contains(#""attempts":1,"#) })
        #expect(try scene.control.calls("&tenant=acme").count == calls)
        for wire in held { wire.close() }
    }
}
