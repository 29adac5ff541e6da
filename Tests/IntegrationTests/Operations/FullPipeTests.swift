import Foundation
import Testing

/// Nobody reads standard output: requests go on, and what the log lost is counted and said.
@Suite struct FullPipeTests {
    @Test func `lines and owned-up losses are as many as requests`() async throws {
        let pipe = Pipe()
        var settings = SceneSettings(admin: try freePort(), setUp: { try $0.liftLimits() })
        settings.prepare = { try pipe.make(in: $0) }
        try await Scene.run(settings) { scene in
            let callers = 4
            // Above what the pipe and the gateway together hold: a line has some 300 bytes.
            let each = 1800
            concurrently(callers) { caller in
                guard let wire = try? scene.connect() else { return }
                for number in 0..<each {
                    let answer = try? wire.exchange(Request("GET", "/v1/orders/\(number)", ["X-Zuora-Tenant": "acme"]))
                    #expect(answer?.status == 404)
                }
            }
            let counted = try Self.droppedLines(scene)
            #expect(counted > 0)
            let status = try scene.admin("/status.json")
            #expect(status.text.contains(#""dropped_lines":\#(counted)"#))
            scene.gateway.signal(SIGTERM)
            let lines = pipe.readAll().split(separator: "\n")
            let dropped = lines.compactMap { $0.wholeMatch(of: /\{"time":"[^"]+","dropped":([0-9]+)\}/).flatMap { Int($0.1) } }
            #expect(dropped.reduce(0, +) == counted)
            #expect(lines.count - dropped.count + dropped.reduce(0, +) == callers * each)
            for line in lines { #expect(line.first == "{" && line.last == "}") }
            scene.gateway.waitForEnd()
        }
    }

    /// What the metrics say, once all lines have been handed over: some wait a tenth of a second for others.
    private static func droppedLines(_ scene: Scene) throws -> Int {
        let sample = "zuora_gateway_access_log_dropped_lines_total "
        var last = -1
        while true {
            let line = try scene.admin("/metrics").text.split(separator: "\n").first { $0.hasPrefix(sample) }
            let count = try #require(line.flatMap { Int($0.dropFirst(sample.count)) })
            if count == last { return count }
            last = count
            usleep(300_000)
        }
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

        /// Everything, until the writer closes.
        func readAll() -> String {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += chunk[..<count]
            }
        }
    }
}
