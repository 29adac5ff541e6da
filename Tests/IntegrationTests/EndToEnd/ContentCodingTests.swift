import Foundation
import Testing

/// What one side compresses and the other does not.
@Suite struct ContentCodingTests {
    @Test func `a small gzip body that inflates to megabytes arrives whole`() async throws {
        let matches = 12_000
        let body = CannedUpstream.gzip(repeating: UInt8(ascii: "a"), matches: matches)
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n"
        let upstream = try CannedUpstream(answer: Array(head.utf8) + body)
        defer { upstream.stop() }
        var settings = SceneSettings()
        settings.acmeUpstream = upstream.port
        try await Scene.run(settings) { scene in
            let inflated = try scene.send(.file("f", ["X-Zuora-Tenant": "acme"]))
            #expect(inflated.status == 200)
            #expect(inflated["Content-Encoding"] == nil)
            #expect(inflated.body.count == 1 + matches * 258)
            #expect(inflated.body.allSatisfy { $0 == UInt8(ascii: "a") })
            let passed = try scene.send(.file("f", ["X-Zuora-Tenant": "acme", "Accept-Encoding": "gzip"]))
            #expect(passed["Content-Encoding"] == "gzip")
            #expect(passed.body == body)
        }
    }

    @Test func `plain content that is compressed for the caller arrives whole, even if its head comes long before`() async throws
    {
        var settings = SceneSettings()
        settings.tenant += "\ngzip = { response = \"always\" }"
        settings.setUp = { try $0.set(#"{"gzip":false}"#) }
        try await Scene.run(settings) { scene in
            for effect in ["slow-body-200ms", "split-1000", "content-length"] {
                let answer = try scene.send(.file("fault-\(effect)", ["X-Zuora-Tenant": "acme", "Accept-Encoding": "gzip"]))
                #expect(answer.status == 200)
                #expect(answer["Content-Encoding"] == "gzip")
                // ISIZE (RFC 1952 section 2.3.1): the length of what was compressed.
                let length = answer.body.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                #expect(length == 64 << 10, "\(effect)")
                let plain = try scene.send(.file("fault-\(effect)", ["X-Zuora-Tenant": "acme"]))
                #expect(plain["Content-Encoding"] == nil)
                #expect(plain.body.count == 64 << 10, "\(effect)")
            }
        }
    }
}
