import Foundation
import TestSupport
import Testing

/// What systemd is told (sd_notify(3)), and how its watchdog is fed.
@Suite struct SystemdTests {
    /// Receives datagrams as systemd does.
    private final class NotifySocket: @unchecked Sendable {
        // Unchecked: used by one thread.

        let path: String
        private let descriptor: Int32
        private(set) var heard = ""

        init() throws {
            path = FileManager.default.temporaryDirectory.appending(path: "notify-\(UUID().uuidString.prefix(8))").path
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            let code = UnixSocket.withAddress(path) { bind(descriptor, $0, $1) }
            try #require(code == 0)
            var time = timeval(tv_sec: 15, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        /// Listens until something with `text` in it has come since the last call.
        func hears(_ text: String) -> Bool {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return false }
                let message = String(decoding: buffer[..<count], as: UTF8.self)
                heard += message + "\n"
                if message.contains(text) { return true }
            }
        }
    }

    @Test func `systemd hears of start, reload, drain and that the loop turns`() async throws {
        let notify = try NotifySocket()
        let settings = SceneSettings(
            environment: ["NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "40000"], gateway: #"drain = "30s""#)
        try await Scene.run(settings) { scene in
            #expect(notify.hears("READY=1\nSTATUS=Serving"))
            #expect(notify.hears("WATCHDOG=1") && notify.hears("WATCHDOG=1"))
            scene.gateway.signal(SIGHUP)
            #expect(notify.hears("RELOADING=1\nMONOTONIC_USEC="))
            #expect(notify.hears("READY=1"))
            let slow = try scene.connect()
            slow.send(.file("fault-slow-1s", ["X-Zuora-Tenant": "acme", "Zuora-Track-Id": "file"]))
            #expect(try eventually { try scene.control.calls("&track=file").count == 1 })
            scene.gateway.signal(SIGTERM)
            #expect(notify.hears("STOPPING=1"))
            // A drain may be longer than the watchdog's patience.
            #expect(notify.hears("WATCHDOG=1"))
            #expect(try slow.receive().status == 200)
        }
    }

    @Test func `a watchdog of another process is not fed`() async throws {
        let notify = try NotifySocket()
        let settings = SceneSettings(
            environment: ["NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "10000", "WATCHDOG_PID": "1"])
        try await Scene.run(settings) { scene in
            #expect(notify.hears("READY=1"))
            for _ in 0..<3 {
                scene.gateway.signal(SIGHUP)
                #expect(notify.hears("READY=1"))
            }
            #expect(!notify.heard.contains("WATCHDOG=1"))
        }
    }
}
