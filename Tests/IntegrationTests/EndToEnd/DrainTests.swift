import Foundation
import TestSupport
import Testing

/// A gateway that ends, or reads its configuration again, loses nothing that it has accepted.
@Suite(.serialized) struct DrainTests {
    @Test(arguments: [1, 2]) func `SIGTERM under load loses nothing that was accepted`(workers: Int) async throws {
        let settings = SceneSettings(
            workers: workers, tenant: "breaker = false\nconcurrency = 100", setUp: { try $0.liftLimits() })
        try await Scene.run(settings) { scene in
            // Some are quick, some are still under way when the signal comes.
            try scene.control.fault(#"{"effect":"slow-300ms","match":{"path":"*slow*"}}"#)
            let load = Load(scene, callers: 12) { caller, number in
                .get(
                    caller % 3 == 0 ? "executing.slow-\(caller)-\(number)" : "executing.\(caller)-\(number)",
                    ["X-Zuora-Tenant": "acme"])
            }
            load.wait(for: 300)
            let slow = try scene.connect()
            slow.send(.file("fault-slow-1s", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "file"]))
            #expect(try eventually { try scene.control.calls("&track=file").count == 1 })
            scene.gateway.signal(SIGTERM)
            let file = try slow.receive()
            #expect(file.status == 200 && file.body.count == 64 << 10)
            let results = load.stop()
            #expect(results.count > 300)
            // Every connection was told that it would close: no request met one that had closed.
            for result in results where result.status != 200 { Issue.record("\(result)") }
            #expect(scene.gateway.waitForEnd() == .exited(143))
        }
    }

    @Test func `a drained gateway refuses new connections, and ends with 0 if it is told to`() async throws {
        try await Scene.run(SceneSettings(gateway: "exit_zero_on_sigterm = true")) { scene in
            let slow = try scene.connect()
            slow.send(.file("fault-slow-1s", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "file"]))
            #expect(try eventually { try scene.control.calls("&track=file").count == 1 })
            scene.gateway.signal(SIGTERM)
            #expect(eventually { (try? scene.connect()) == nil })
            #expect(try slow.receive().status == 200)
            #expect(scene.gateway.waitForEnd() == .exited(0))
        }
    }

    @Test func `a request that outlasts the drain time is cut, and the exit code says so`() async throws {
        try await Scene.run(SceneSettings(gateway: #"drain = "300ms""#)) { scene in
            let slow = try scene.connect()
            slow.send(.file("fault-slow-20s", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "file"]))
            #expect(try eventually { try scene.control.calls("&track=file").count == 1 })
            scene.gateway.signal(SIGTERM)
            #expect(throws: Wire.Failure.noResponse) { try slow.receive() }
            #expect(scene.gateway.waitForEnd() == .exited(1))
        }
    }

    @Test func `a cancel that is aborted at the end has its log line, with an unknown outcome`() async throws {
        try await Scene.run(SceneSettings(gateway: #"drain = "300ms""#)) { scene in
            let cancel = try scene.connect()
            cancel.send(.cancel("fault-hold.1", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "cut"]))
            #expect(try eventually { try scene.control.calls("&track=cut").count == 1 })
            scene.gateway.signal(SIGTERM)
            #expect(throws: Wire.Failure.noResponse) { try cancel.receive() }
            #expect(scene.gateway.waitForEnd() == .exited(1))
            let lines = scene.gateway.standardOutput.split(separator: "\n").filter { $0.contains(#""track_id":"cut""#) }
            #expect(lines.count == 1 && lines.allSatisfy { $0.contains(#""outcome":"unknown""#) }, "\(lines)")
        }
    }

    @Test func `a quit during a drain lets it go on`() async throws {
        let port = try LoopbackSocket.freePort()
        try await Scene.run(SceneSettings(admin: port, gateway: #"min_drain = "2s""#)) { scene in
            let slow = try scene.connect()
            slow.send(.file("fault-slow-1s", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "file"]))
            #expect(try eventually { try scene.control.calls("&track=file").count == 1 })
            for _ in 0..<3 { #expect(try scene.admin("/quitquitquit", method: "POST").status == 200) }
            #expect(try slow.receive().status == 200)
            #expect(scene.gateway.waitForEnd() == .exited(0))
        }
    }

    @Test func `the first SIGTERM after a quit lets the drain go on`() async throws {
        let port = try LoopbackSocket.freePort()
        try await Scene.run(SceneSettings(admin: port)) { scene in
            let slow = try scene.connect()
            slow.send(.file("fault-slow-1s", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "file"]))
            #expect(try eventually { try scene.control.calls("&track=file").count == 1 })
            #expect(try scene.admin("/quitquitquit", method: "POST").status == 200)
            #expect(eventually { (try? scene.connect()) == nil })
            scene.gateway.signal(SIGTERM)
            #expect(try slow.receive().status == 200)
            #expect(scene.gateway.waitForEnd() == .exited(143))
        }
    }

    @Test func `a SIGTERM that comes while it starts is not lost`() async throws {
        // A connection can be made before anything is served, and the more workers there are, the longer that takes.
        try await Scene.run(SceneSettings(workers: 64)) { scene in
            scene.gateway.signal(SIGTERM)
            #expect(scene.gateway.waitForEnd() == .exited(143))
        }
    }

    @Test func `an upload that SIGTERM comes into arrives whole, and a SIGHUP after that opens nothing again`() async throws {
        try await Scene.run { scene in
            let request = Request.submit.with("X-Zuora-Tenant", "acme").with("Expect", "100-continue")
            let upload = try scene.connect()
            upload.send(Array(request.bytes.dropLast(request.body.count)))
            var interim = [UInt8](repeating: 0, count: "HTTP/1.1 100 Continue\r\n\r\n".utf8.count)
            recv(upload.descriptor, &interim, interim.count, Int32(MSG_WAITALL))
            #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
            scene.gateway.signal(SIGTERM)
            #expect(eventually { (try? scene.connect()) == nil })
            scene.gateway.signal(SIGHUP)
            upload.send(request.body)
            #expect(try upload.receive().status == 200)
            #expect((try? scene.connect()) == nil)
            #expect(scene.gateway.waitForEnd() == .exited(143))
        }
    }

    @Test func `a second SIGTERM ends at once`() async throws {
        try await Scene.run { scene in
            let slow = try scene.connect()
            slow.send(.file("fault-slow-20s", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "file"]))
            #expect(try eventually { try scene.control.calls("&track=file").count == 1 })
            scene.gateway.signal(SIGTERM)
            #expect(eventually { (try? scene.connect()) == nil })
            scene.gateway.signal(SIGTERM)
            #expect(throws: Wire.Failure.noResponse) { try slow.receive() }
            #expect(scene.gateway.waitForEnd() == .exited(1))
        }
    }
}
