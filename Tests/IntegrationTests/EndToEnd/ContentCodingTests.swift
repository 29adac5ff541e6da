import Foundation
import Testing

/// What one side compresses and the other does not.
@Suite struct ContentCodingTests {
    @Test func `a small gzip body that inflates to megabytes arrives whole`() async throws {
        let matches = 12_000
        let body = CannedUpstream.gzip(repeating: UInt8(ascii: "a"), matches: matches)
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n"
        let upstream = try CannedUpstream(response: Array(head.utf8) + body)
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
                let response = try scene.send(.file("fault-\(effect)", ["X-Zuora-Tenant": "acme", "Accept-Encoding": "gzip"]))
                #expect(response.status == 200)
                #expect(response["Content-Encoding"] == "gzip")
                // ISIZE (RFC 1952 section 2.3.1): the length of what was compressed.
                let length = response.body.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                #expect(length == 64 << 10, "\(effect)")
                let plain = try scene.send(.file("fault-\(effect)", ["X-Zuora-Tenant": "acme"]))
                #expect(plain["Content-Encoding"] == nil)
                #expect(plain.body.count == 64 << 10, "\(effect)")
            }
        }
    }

    @Test func `a small response is decoded completely before relaying, so truncation is a problem and not an abort`()
        async throws
    {
        let settings = SceneSettings(setUp: { try $0.set(#"{"gzip_threshold":1}"#) })
        try await Scene.run(settings) { scene in
            for effect in ["truncate", "reset-in-body", "reset-after-head", "gzip-truncated", "gzip-trailing", "gzip-crc"] {
                let request = Request.get("fault-get-slow-body-20ms+\(effect)", ["X-Zuora-Tenant": "acme"])
                let response = try scene.send(request)
                #expect(response.status == 502, "\(effect)")
                #expect(response.problem == (effect.hasPrefix("gzip") ? "upstream-content-coding" : "upstream-answer-broken"))
                #expect(response["Proxy-Status"]?.contains("error=http_response_") == true || effect.hasPrefix("reset"))
            }
            let whole = try scene.send(.get("fault-get-slow-body-20ms", ["X-Zuora-Tenant": "acme"]))
            #expect(whole.status == 200 && whole["Content-Length"] == String(whole.body.count))
            #expect(whole["Content-Encoding"] == nil && whole.json["status"] as? String == "executing")
        }
    }

    @Test func `a caller that stops reading is cut off, and the upstream is free again`() async throws {
        for coding in ["gzip", "identity"] {
            var settings = SceneSettings()
            settings.limits = #"write_stall_timeout = "1s""#
            settings.tenant += "\nconcurrency = 1"
            try await Scene.run(settings) { scene in
                let stuck = try scene.connect()
                stuck.send(
                    .file("file-500MiB", ["X-Zuora-Tenant": "acme", "Accept-Encoding": coding, "Zuora-Track-Id": "stuck"]))
                #expect(try eventually { try scene.control.calls().count == 1 })
                // The only slot is its; it comes free when the caller is given up.
                let next = try scene.send(.get("executing", ["X-Zuora-Tenant": "acme"]))
                #expect(next.status == 200)
                #expect(
                    try eventually { (try scene.control.call("GET", "status")["in_flight"] as? [String: Any])?.isEmpty == true })
                let line = #""track_id":"stuck""#
                #expect(scene.gateway.wait { scene.gateway.standardOutput.contains(line) })
                let logged = scene.gateway.standardOutput.split(separator: "\n").first { $0.contains(line) } ?? ""
                #expect(logged.contains(#""outcome":"cut""#) || logged.contains(#""outcome":"abandoned""#), "\(logged)")
                // What the kernel had taken by then can be read, and then nothing more.
                #expect(throws: Wire.Failure.cut) { _ = try stuck.receive() }
            }
        }
    }
}
