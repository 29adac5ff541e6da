import Foundation
import Testing

/// Request bodies beyond what is kept for a repeat (256 KiB): streamed, recoded on the way, and sent once.
@Suite(.serialized) struct RequestContentTests {
    /// A job as JSON, with as many blanks after it as its size takes.
    private static func job(_ size: Int, isNoisy: Bool = false) -> [UInt8] {
        let text = #"{"name":"executing=10s","format":"csv","queries":[{"name":"q","query":"select Id from Account"}]}"#
        var job = Array(text.utf8) + [UInt8](repeating: 0x20, count: size - text.utf8.count)
        guard isNoisy else { return job }
        // White space that carries a bit in each byte, so that it shrinks to a seventh only.
        var random = SystemRandomNumberGenerator()
        var bits: UInt64 = 0
        for index in text.utf8.count..<size {
            bits = index & 63 == 0 ? random.next() : bits >> 1
            if bits & 1 == 0 { job[index] = 0x0A }
        }
        return job
    }

    private static func submit(_ body: [UInt8], _ fields: KeyValuePairs<String, String> = [:]) -> Request {
        var request = Request("POST", "/v1/batch-query", ["Content-Type": "application/json", "X-Zuora-Tenant": "acme"])
        for (name, value) in fields { request.fields.append((name, value)) }
        request.body = body
        return request
    }

    /// The same in chunks.
    private static func chunked(_ request: Request, _ size: Int) -> [UInt8] {
        var head = "\(request.method) \(request.path) HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n"
        for field in request.fields { head += "\(field.name): \(field.value)\r\n" }
        var bytes = Array((head + "\r\n").utf8)
        for start in stride(from: 0, to: request.body.count, by: size) {
            let chunk = request.body[start..<min(start + size, request.body.count)]
            bytes += Array((String(chunk.count, radix: 16) + "\r\n").utf8) + chunk + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    @Test(arguments: ["auto", "always"])
    func `a large plain body goes up compressed, in chunks`(mode: String) async throws {
        var settings = SceneSettings()
        settings.tenant += "\ngzip = { request = \"\(mode)\" }"
        try await Scene.run(settings) { scene in
            for size in [600_000, 1 << 20, 5 << 20] {
                let request = Self.submit(Self.job(size), ["Content-MD5": "x"])
                for bytes in [request.bytes, Self.chunked(request, 100_000)] {
                    try scene.control.forget()
                    let wire = try scene.connect()
                    wire.send(bytes)
                    let response = try wire.receive()
                    #expect(response.status == 200 && response.json["id"] != nil, "\(size): \(response.text)")
                    let call = try #require(try scene.control.calls().first)
                    let fields = call.fields.map { (name: $0.name.lowercased(), value: $0.value) }
                    #expect(fields.contains { $0 == ("content-encoding", "gzip") })
                    #expect(fields.contains { $0 == ("transfer-encoding", "chunked") })
                    #expect(!fields.contains { $0.name == "content-length" || $0.name == "content-md5" })
                    #expect(call.bodyBytes < size / 100)
                    // The connection goes on.
                    #expect(try wire.exchange(.get("executing", ["X-Zuora-Tenant": "acme"])).status == 200)
                }
            }
            #expect(
                scene.gateway.wait { scene.gateway.standardOutput.components(separatedBy: #""gzip_in":"deflated""#).count == 7 })
        }
    }

    @Test func `a large body that compresses badly, and one that is not to be compressed, arrive whole`() async throws {
        for mode in ["always", "never"] {
            var settings = SceneSettings()
            settings.tenant += "\ngzip = { request = \"\(mode)\" }"
            try await Scene.run(settings) { scene in
                let body = Self.job(2 << 20, isNoisy: true)
                let response = try scene.send(Self.submit(body))
                #expect(response.status == 200 && response.json["id"] != nil, "\(mode): \(response.text)")
                let sent = try #require(try scene.control.calls().first).bodyBytes
                #expect(mode == "never" ? sent == body.count : sent > body.count / 10 && sent < body.count)
            }
        }
    }

    @Test func `a large gzip body is decoded on its way to a tenant that wants none, and a broken one never looks whole`()
        async throws
    {
        var settings = SceneSettings()
        settings.tenant += "\ngzip = { request = \"never\" }"
        settings.limits = #"body = "4MiB""#
        try await Scene.run(settings) { scene in
            let plain = Self.job(3 << 20, isNoisy: true)
            let packed = try gzip(plain)
            #expect(packed.count > 256 << 10)
            let coding: KeyValuePairs = ["Content-Encoding": "gzip"]
            let whole = try scene.send(Self.submit(packed, coding))
            #expect(whole.status == 200 && whole.json["id"] != nil, "\(whole.text)")
            let call = try #require(try scene.control.calls().first)
            #expect(call.bodyBytes == plain.count)
            #expect(!call.fields.contains { $0.name.lowercased() == "content-encoding" })

            try scene.control.forget()
            var wrong = packed
            wrong[wrong.count - 8] ^= 1
            for bad in [Array(packed.dropLast(100)), wrong, packed + [0]] {
                let response = try scene.send(Self.submit(bad, coding))
                #expect(response.status == 400 && response.problem == "bad-content-coding", "\(response.text)")
            }
            let large = try gzip(Self.job(6 << 20, isNoisy: true))
            let refused = try scene.send(Self.submit(large, coding))
            #expect(refused.status == 413 && refused.problem == "bad-body", "\(refused.text)")
            #expect(try scene.control.calls().allSatisfy { !$0.acted }, "no job came of a broken body")
        }
    }

    @Test func `small gzip content that grows large is decoded on its way, too, and within the limit`() async throws {
        var settings = SceneSettings()
        settings.tenant += "\ngzip = { request = \"never\" }"
        settings.limits = #"body = "4MiB""#
        try await Scene.run(settings) { scene in
            for size in [1 << 20, (1 << 20) + 1, 3 << 20] {
                try scene.control.forget()
                let packed = try gzip(Self.job(size))
                #expect(packed.count < 64 << 10)
                let response = try scene.send(Self.submit(packed, ["Content-Encoding": "gzip"]))
                #expect(response.status == 200 && response.json["id"] != nil, "\(response.text)")
                #expect(try scene.control.calls().map(\.bodyBytes) == [size])
            }
            try scene.control.forget()
            let large = try scene.send(Self.submit(try gzip(Self.job(5 << 20)), ["Content-Encoding": "gzip"]))
            #expect(large.status == 413 && large.problem == "bad-body", "\(large.text)")
            #expect(try scene.control.calls().allSatisfy { !$0.acted })
        }
    }

    @Test func `a request that cannot be sent again says so, in the problem or in the log`() async throws {
        try await Scene.run { scene in
            let large = Self.submit(Self.job(1 << 20))
            try scene.control.fault(#"{"effect":"429-bare","match":{"method":"POST","path":"/v1/batch-query"}}"#)
            let relayed = try scene.send(large.with("Zuora-Track-Id", "busy"))
            #expect(relayed.status == 429)
            #expect(try scene.control.calls().count == 1)
            let small = try scene.send(Self.submit(Self.job(1000)).with("Zuora-Track-Id", "small"))
            #expect(small.status == 429)

            try scene.control.forget()
            try scene.noteTokens()
            try scene.control.call("POST", "revoke")
            let refused = try scene.send(large.with("Zuora-Track-Id", "refused"))
            #expect(refused.status == 503 && refused.problem == "not-replayable")
            #expect((refused.json["detail"] as? String)?.contains("too large to be kept") == true)
            // The token is a fresh one by now, or soon.
            #expect(try eventually { try scene.send(large).status == 200 })

            #expect(scene.gateway.wait { scene.gateway.standardOutput.contains(#""track_id":"refused""#) })
            for (trackID, isMarked) in [("busy", true), ("small", false), ("refused", true)] {
                let line = scene.gateway.standardOutput.split(separator: "\n").first { $0.contains(#""track_id":"\#(trackID)""#) }
                #expect(line?.contains(#""not_replayable":true"#) == isMarked, "\(trackID)")
            }
        }
    }
}

/// What gzip(1) makes of it.
private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let file = FileManager.default.temporaryDirectory.appending(path: "zuora-gateway-\(UUID().uuidString)")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-1", "-c", file.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let packed = Array(pipe.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return packed
}
