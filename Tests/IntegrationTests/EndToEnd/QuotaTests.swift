import Foundation
import Testing

/// What Zuora says of its own limits holds requests back before it refuses them.
@Suite(.serialized) struct QuotaTests {
    @Test func `no more is under way than Zuora says that it has room for`() async throws {
        var settings = SceneSettings()
        settings.tenant += "\nconcurrency = 20"
        settings.setUp = { try $0.set(#"{"concurrency_limit":3}"#) }
        try await Scene.run(settings) { scene in
            // The first response says what the limit is.
            #expect(try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
            let statuses = Statuses()
            concurrently(12) { index in
                let request = Request.get("fault-get-slow-50ms.\(index)", ["X-Zuora-Tenant": "acme"])
                statuses.add((try? scene.send(request).status) ?? 0)
            }
            #expect(statuses.all == Array(repeating: 200, count: 12))
            #expect(try scene.control.calls().allSatisfy { $0.status == 200 }, "none had to be sent again")
            let peaks = try scene.control.call("GET", "status")["peak_in_flight"] as? [String: Int] ?? [:]
            #expect(peaks.values.max() == 3)
        }
    }
}

private final class Statuses: @unchecked Sendable {
    // Unchecked: `lock` guards what changes.
    private let lock = NSLock()
    private var list: [Int] = []

    func add(_ status: Int) { lock.withLock { list.append(status) } }

    var all: [Int] { lock.withLock { list } }
}
