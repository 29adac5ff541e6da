import Foundation
import Testing

/// Identical cancels that share one upstream call.
@Suite struct CoalescingTests {
    @Test func `each caller of a shared cancel gets its own track id and the same response`() async throws {
        try await Scene.run(settings()) { scene in
            try scene.control.fault(#"{"effect":"slow-300ms","match":{"method":"DELETE"}}"#)
            let wires = try (0..<5).map { _ in try scene.connect() }
            for (number, wire) in wires.enumerated() {
                wire.send(.cancel("executing.1", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "t-\(number)"]))
            }
            let responses = try wires.map { try $0.receive() }
            #expect(responses.allSatisfy { $0.status == 200 && $0.outcome == "cancelled" })
            #expect(responses.map(\.trackID) == (0..<5).map { "t-\($0)" })
            #expect(try scene.control.calls().count == 1)
        }
    }

    @Test func `a leader that has little time does not cost the others theirs`() async throws {
        try await Scene.run(settings()) { scene in
            try scene.control.fault(#"{"effect":"slow-1s","match":{"method":"DELETE"},"times":1}"#)
            let hasty = try scene.connect()
            hasty.send(.cancel("executing.1", ["X-Zuora-Tenant": "acme", "X-Request-Timeout": "300ms"]))
            #expect(try eventually { try scene.control.calls().count == 1 })
            let patient = try scene.connect()
            patient.send(.cancel("executing.1", ["X-Zuora-Tenant": "acme"]))
            #expect(try hasty.receive().status == 504)
            let response = try patient.receive()
            #expect(response.status == 200)
            #expect(response.outcome?.hasSuffix("cancelled") == true)
        }
    }

    private func settings() -> SceneSettings {
        var settings = SceneSettings()
        settings.tenant += "\ncoalesce = true"
        return settings
    }
}
