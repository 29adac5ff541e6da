import Foundation
import Network
import Testing

@testable import ZuoraSandbox

extension SocketTests {
    /// What curl(1) makes of it.
    @Suite struct ServerCurlTests {
        /// Runs curl, hands its output to `sink` as it comes, and gives its exit code.
        private static func curl(
            _ server: SandboxServer, _ path: String, _ fields: [Field], _ options: [String] = [], sink: (Data) -> Void = { _ in }
        ) throws -> Int32 {
            let headers = fields.flatMap { ["-H", "\($0.name): \($0.value)"] }
            let url = "http://\(server.address)\(path)"
            return try ServerBench.run("/usr/bin/curl", ["-s", "--noproxy", "*"] + options + headers + [url], sink)
        }

        @Test(
            arguments: [
                ("truncate", 18), ("close-after-head", 18), ("reset-in-body", 56), ("reset-after-head", 56), ("reset", 56),
                ("close", 52), ("hold", 28), ("hold-in-body", 28), ("close-delimited", 0), ("split-100", 0), ("interim-103", 0),
                ("goodbye", 0), ("slow-10ms", 0), ("gzip-unasked", 0),
            ])
        func `curl sees a fault for what it is`(effect: String, code: Int32) async throws {
            try await ServerBench.with { server, fields in
                var count = 0
                let exit = try Self.curl(
                    server, "/v1/files/fault-\(effect)", fields, ["--compressed", "-m", code == 28 ? "1" : "60"]
                ) { count += $0.count }
                #expect(exit == code)
                if code == 0 { #expect(count == 64 << 10) }
            }
        }

        @Test(arguments: ["bad-gzip", "gzip-crc", "gzip-length", "gzip-mislabelled"])
        func `curl refuses a broken compression`(effect: String) async throws {
            try await ServerBench.with { server, fields in
                let exit = try Self.curl(server, "/v1/files/fault-\(effect)", fields, ["--compressed"])
                #expect(exit != 0)
            }
        }

        @Test(arguments: [("file-64MiB", 64 << 20, [String]()), ("file-8MiB", 8 << 20, ["--compressed"])])
        func `a large file comes whole, byte for byte`(id: String, size: Int, options: [String]) async throws {
            try await ServerBench.with { server, fields in
                let content = SyntheticContent(count: size, seed: fingerprint(id.utf8))
                var position = 0
                var isRight = true
                let code = try Self.curl(server, "/v1/files/\(id)", fields, options) { data in
                    if [UInt8](data) != content.bytes(position..<(position + data.count)) { isRight = false }
                    position += data.count
                }
                #expect(code == 0 && position == size && isRight)
            }
        }

        @Test func `curl keeps the connection`() async throws {
            try await ServerBench.with { server, fields in
                let again = "http://\(server.address)/v1/files/file-1KiB"
                var text = ""
                let code = try Self.curl(
                    server, "/v1/files/file-1KiB", fields,
                    [again, again, "-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null"]
                        + ["-w", "%{num_connects} "]
                ) { text += String(decoding: $0, as: UTF8.self) }
                #expect(code == 0 && text == "1 0 0 ")
            }
        }
    }
}
