import Foundation
import TestSupport
import Testing

/// Nobody reads standard output: requests go on, and what the log lost is counted and said.
@Suite struct FullPipeTests {
    @Test func `log lines and reported losses add up to the requests`() async throws {
        let pipe = Pipe()
        var settings = SceneSettings(admin: try LoopbackSocket.freePort(), setUp: { try $0.liftLimits() })
        settings.prepare = { try pipe.make(in: $0) }
        try await Scene.run(settings) { scene in
            let callers = 4
            // Above what the pipe and the gateway together hold: a line has some 300 bytes.
            let each = 1800
            concurrently(callers) { caller in
                guard let wire = try? scene.connect() else { return }
                for number in 0..<each {
                    let response = try? wire.exchange(Request("GET", "/v1/orders/\(number)", ["X-Zuora-Tenant": "acme"]))
                    #expect(response?.status == 404)
                }
            }
            #expect(try Self.droppedLines(scene) > 0)
            // The pipe is read now, and what the gateway still holds comes after it.
            let lines = pipe.read { Self.owned($0).requests >= callers * each }
            let (requests, dropped) = Self.owned(lines)
            #expect(requests == callers * each)
            #expect(try Self.droppedLines(scene) == dropped)
            let status = try scene.admin("/status.json")
            #expect(status.text.contains(#""dropped_lines":\#(dropped)"#))
            scene.gateway.signal(SIGTERM)
            #expect(pipe.read { _ in false }.isEmpty)
            for line in lines { #expect(line.first == "{" && line.last == "}") }
            scene.gateway.waitForEnd()
        }
    }

    /// The requests that lines stand for, losses owned up to among them, and those losses.
    private static func owned(_ lines: [Substring]) -> (requests: Int, dropped: Int) {
        let losses = lines.compactMap { $0.wholeMatch(of: /\{"time":"[^"]+","dropped":([0-9]+)\}/).flatMap { Int($0.1) } }
        let dropped = losses.reduce(0, +)
        return (lines.count - losses.count + dropped, dropped)
    }

    private static func droppedLines(_ scene: Scene) throws -> Int {
        let sample = "zuora_gateway_access_log_dropped_lines_total "
        let line = try scene.admin("/metrics").text.split(separator: "\n").first { $0.hasPrefix(sample) }
        return try #require(line.flatMap { Int($0.dropFirst(sample.count)) })
    }

    /// Standard output of the gateway, in the place of the file that a scene gives it.
    private final class Pipe: @unchecked Sendable {
        // Unchecked: used by one thread after the other.

        private var descriptor: Int32 = -1

        func make(in directory: URL) throws {
            let path = directory.appending(path: "gateway.out").path
            try #require(mkfifo(path, 0o600) == 0)
            descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            try #require(descriptor >= 0)
            _ = fcntl(descriptor, F_SETFL, 0)
        }

        deinit { if descriptor >= 0 { close(descriptor) } }

        /// The lines that come until `isEnough` holds of them, the writer closes, or nothing comes for 20 seconds.
        func read(until isEnough: ([Substring]) -> Bool) -> [Substring] {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                if bytes.last == UInt8(ascii: "\n"), isEnough(lines) { return lines }
                var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&source, 1, 20_000) > 0 else { return lines }
                let count = Foundation.read(descriptor, &chunk, chunk.count)
                guard count > 0 else { return lines }
                bytes += chunk[..<count]
            }
        }
    }
}
