import Foundation
import Testing

/// No request sees another tenant's token, entity or response.
@Suite struct IsolationTests {
    /// As many as can be had in `longest`, in seconds.
    private static let requests = 20_000
    private static let longest = 15.0
    private static let callers = 16
    /// Requests that a caller sends on its connection before it reads the responses.
    private static let pipeline = 8

    @Test func `tenants and entities that share connections never mix`() async throws {
        let settings = SceneSettings(
            workers: 2, tenant: "breaker = false\nconcurrency = 1000", setUp: { try $0.liftLimits() })
        try await Scene.run(settings) { scene in
            let faults = Faults()
            let end = Date(timeIntervalSinceNow: Self.longest)
            concurrently(Self.callers) { caller in
                do { try Self.call(scene, caller, faults, until: end) } catch { faults.add("caller \(caller): \(error)") }
            }
            #expect(faults.all.isEmpty, "\(faults.all.prefix(5))")
            // One token for each tenant, and neither ever in the other's place.
            #expect(faults.tokens["acme"]?.count == 1)
            #expect(faults.tokens["globex"]?.count == 1)
            #expect(faults.tokens["acme"] != faults.tokens["globex"])
        }
    }

    private static func call(_ scene: Scene, _ caller: Int, _ faults: Faults, until end: Date) throws {
        let wire = try scene.connect()
        var random = SystemRandomNumberGenerator()
        for round in 0..<(requests / callers / pipeline) where Date() < end {
            let sent = (0..<pipeline).map { Sent(caller, round, $0, using: &random) }
            wire.send(sent.flatMap(\.request.bytes))
            for one in sent {
                let response = try wire.receive()
                if round % 16 == 0 { scene.note(response.raw) }
                if let fault = one.fault(of: response) { faults.add(fault) }
                faults.note(tenant: one.tenant, token: response["X-Sandbox-Saw"])
            }
        }
    }

    /// A request, and what its response must show.
    private struct Sent {
        let tenant: String
        let entity: String?
        let id: String
        var request: Request

        init(_ caller: Int, _ round: Int, _ number: Int, using random: inout some RandomNumberGenerator) {
            id = "executing.\(caller)-\(round)-\(number)"
            let choice = Int.random(in: 0..<3, using: &random)
            tenant = choice == 2 ? "globex" : "acme"
            entity = choice == 0 ? SceneSettings.emea : choice == 1 ? SceneSettings.amer : nil
            request = Bool.random(using: &random) ? .cancel(id) : .get(id)
            request = request.with("X-Zuora-Tenant", tenant).with("Zuora-Track-Id", id)
            if choice == 1 { request = request.with("Zuora-Entity-Ids", "amer") }
        }

        func fault(of response: Response) -> String? {
            let saw = response["X-Sandbox-Saw"] ?? ""
            guard response.status == 200 else { return "\(id): \(response.status) \(response.text)" }
            guard response.trackID == id, response.json["id"] as? String == id else {
                return "\(id): the response to \(response.text)"
            }
            guard saw.hasPrefix("tenant=\(tenant); ") else { return "\(id): \(saw)" }
            if let entity, !saw.contains("; entity=\(entity); ") { return "\(id): \(saw)" }
            return nil
        }
    }

    private final class Faults: @unchecked Sendable {
        // Unchecked: `lock` guards what changes.
        private let lock = NSLock()
        private var found: [String] = []
        private var seen: [String: Set<String>] = [:]

        var all: [String] { lock.withLock { found } }
        var tokens: [String: Set<String>] { lock.withLock { seen } }

        func add(_ fault: String) { lock.withLock { found.append(fault) } }

        func note(tenant: String, token saw: String?) {
            guard let token = saw?.split(separator: "token=").last else { return }
            lock.withLock { _ = seen[tenant, default: []].insert(String(token)) }
        }
    }
}
