import Foundation
import Testing

/// Slow, broken and hostile clients cost nothing that lasts, and honest ones are served meanwhile.
@Suite(.serialized) struct HostileClientTests {
    private static let settings = SceneSettings(
        workers: 2, limits: "head_timeout = \"2s\"\nwrite_stall_timeout = \"1s\"\nbody_rate = \"100KiB\"",
        tenant: "breaker = false\nconcurrency = 2000", setUp: { try $0.liftLimits() })

    @Test func `after all kinds of abuse, descriptors and memory are where they were`() async throws {
        try await Scene.run(Self.settings) { scene in
            let honest = Load(scene, callers: 2) { caller, number in
                .cancel("executing.\(caller)-\(number)", ["X-Zuora-Tenant": "acme"])
            }
            honest.wait(for: 20)
            // The first round fills pools and buffers that are kept; the second must find all that it needs in them.
            try Self.abuse(scene)
            let first = Self.rest(scene, honest)
            try Self.abuse(scene)
            let second = Self.rest(scene, honest)
            #expect(second.descriptors <= first.descriptors + 4, "\(first) \(second)")
            #expect(second.residentKiB <= first.residentKiB + 8 << 10, "\(first) \(second)")
            honest.wait(for: 20)
            #expect(honest.failures().isEmpty)
            #expect(scene.gateway.isRunning)
        }
    }

    private static func abuse(_ scene: Scene) throws {
        try openAndDrop(scene, 2500)
        try dripHeads(scene, 20)
        try closeHalf(scene, 40)
        try leaveInTheMiddle(scene, 20)
        try neverRead(scene, 4)
        try withholdBodies(scene, 20)
    }

    /// What the process holds once all that was abused has been given up.
    private static func rest(_ scene: Scene, _ honest: Load) -> (descriptors: Int, residentKiB: Int) {
        var fewest = Int.max
        // Quiet when it does not fall any further while honest callers are served a thousand times.
        var quiet = 0
        _ = eventually(within: 20) {
            honest.wait(for: 10)
            let now = scene.gateway.descriptors
            quiet = now < fewest ? 0 : quiet + 1
            fewest = min(now, fewest)
            return quiet > 100
        }
        return (fewest, scene.gateway.residentKiB)
    }

    private static func openAndDrop(_ scene: Scene, _ count: Int) throws {
        for number in 0..<count {
            let wire = try scene.connect()
            if number % 3 == 1 { wire.send("DELETE /v1/batch-query/jobs/executing HTT") }
            if number % 2 == 0 { wire.reset() } else { wire.close() }
        }
    }

    private static func dripHeads(_ scene: Scene, _ count: Int) throws {
        let head = Array(Request.cancel("executing", ["X-Zuora-Tenant": "acme"]).bytes)
        let wires = try (0..<count).map { _ in try scene.connect() }
        for byte in head.dropLast(4) {
            for wire in wires { wire.send([byte]) }
        }
        for wire in wires {
            let response = try wire.receive()
            #expect(response.status == 408)
            #expect(response.trackID != nil)
        }
    }

    private static func closeHalf(_ scene: Scene, _ count: Int) throws {
        for number in 0..<count {
            let wire = try scene.connect()
            wire.send(number % 2 == 0 ? .cancel("executing.h\(number)", ["X-Zuora-Tenant": "acme"]) : .file("file-1MiB"))
            wire.closeSending()
            // Answered or broken, but not left hanging.
            do { _ = try wire.receive() } catch let failure as Wire.Failure { #expect(failure != .timedOut) }
        }
    }

    private static func leaveInTheMiddle(_ scene: Scene, _ count: Int) throws {
        for number in 0..<count {
            let wire = try scene.connect()
            wire.send(.file("file-10MiB", ["X-Zuora-Tenant": "acme"]))
            var bytes = [UInt8](repeating: 0, count: 1000)
            #expect(recv(wire.descriptor, &bytes, bytes.count, 0) > 0)
            if number % 2 == 0 { wire.reset() } else { wire.close() }
        }
    }

    private static func neverRead(_ scene: Scene, _ count: Int) throws {
        let wires = try (0..<count).map { _ in try scene.connect() }
        for wire in wires { wire.send(.file("file-40MiB", ["X-Zuora-Tenant": "acme"])) }
        for wire in wires {
            // Cut when it has stood still for as long as it may.
            #expect(wire.waitForReset())
            #expect(!wire.send(" "))
        }
    }

    private static func withholdBodies(_ scene: Scene, _ count: Int) throws {
        for number in 0..<count {
            let wire = try scene.connect()
            wire.send("POST /v1/batch-query HTTP/1.1\r\nHost: a\r\nX-Zuora-Tenant: acme\r\n")
            wire.send(number % 2 == 0 ? "Content-Length: 100000\r\n\r\n{" : "Transfer-Encoding: chunked\r\n\r\n5\r\n{")
            if number % 4 < 2 { wire.reset() } else { wire.close() }
        }
    }

    @Test func `garbage after a valid request does not affect its response, and is refused`() async throws {
        try await Scene.run(Self.settings) { scene in
            let kinds = [
                "\0\u{1}\u{2} / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", " \r\n\r\n",
                "GET /\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n",
            ]
            for garbage in kinds {
                let wire = try scene.connect()
                wire.send(Request.get("executing", ["X-Zuora-Tenant": "acme"]).bytes + Array(garbage.utf8))
                #expect(try wire.receive().status == 200)
                let refusal = try wire.receive()
                #expect([400, 505].contains(refusal.status))
                #expect(refusal["Connection"] == "close")
                #expect(refusal.trackID != nil)
                #expect(throws: Wire.Failure.noResponse) { try wire.receive() }
            }
        }
    }

    @Test func `a caller that leaves has its cancel carried out, and its download stopped`() async throws {
        try await Scene.run(Self.settings) { scene in
            try scene.control.fault(#"{"effect":"slow-500ms","match":{"path":"*slow*"}}"#)
            let wire = try scene.connect()
            wire.send(.cancel("executing.slow", ["X-Zuora-Tenant": "acme"]))
            #expect(try eventually { try scene.control.calls("&id=executing.slow").count == 1 })
            wire.reset()
            #expect(
                try eventually {
                    let jobs = try scene.control.call("GET", "jobs?id=executing.slow")["jobs"] as? [[String: Any]]
                    return jobs?.first?["status"] as? String == "cancelled"
                })
            let download = try scene.connect()
            download.send(.file("fault-drip-1000", ["X-Zuora-Tenant": "acme"]))
            #expect(try eventually { try Self.inFlight(scene) == 1 })
            download.reset()
            #expect(try eventually { try Self.inFlight(scene) == 0 })
        }
    }

    private static func inFlight(_ scene: Scene) throws -> Int {
        let counts = try scene.control.call("GET", "status")["in_flight"] as? [String: Int] ?? [:]
        return counts.values.reduce(0, +)
    }
}
