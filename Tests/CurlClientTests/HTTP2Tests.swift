import Foundation
import Testing
import Wire

@testable import CurlClient

@Suite struct HTTP2Tests {
    static let server = "location / { return 200 '$server_protocol $connection $request_uri'; } location /file { }"

    @Test func `HTTP/2 is used where both sides want it, and never otherwise`() async throws {
        let nginx = try Nginx(listen: "ssl http2", Self.server)
        let plain = try Nginx(listen: "ssl", Self.server)
        var settings = TLSTests.settings(nginx.url)
        let auto = try UpstreamTarget(settings)
        settings.http2 = false
        let never = try UpstreamTarget(settings)
        let old = try UpstreamTarget(TLSTests.settings(plain.url))
        try await TestLoop.with { loop in
            for (target, version) in [(auto, "HTTP/2.0 "), (never, "HTTP/1.1 "), (old, "HTTP/1.1 ")] {
                let answer = try await loop.exchange(target)
                #expect(answer.text.hasPrefix(version))
            }
        }
    }

    @Test func `transfers at the same time share one HTTP/2 connection`() async throws {
        let nginx = try Nginx(listen: "ssl http2", Self.server)
        let target = try UpstreamTarget(TLSTests.settings(nginx.url))
        try await TestLoop.with { loop in
            let seen = Seen()
            for number in 0..<60 {
                loop.reactor.spawn { await loop.collect(target, "/n/\(number)//a%2Fb;c/..", seen) }
            }
            await loop.until { seen.answers.count == 60 }
            let parts = seen.answers.map { $0.split(separator: " ") }
            #expect(Set(parts.map { $0.count > 1 ? $0[1] : "" }).count == 1)
            #expect(Set(parts.map { $0.last ?? "" }) == Set((0..<60).map { "/n/\($0)//a%2Fb;c/.." }))
        }
    }

    @Test func `a reader that stops holds its own stream back, and gets everything when it goes on`() async throws {
        let nginx = try Nginx(listen: "ssl http2", Self.server)
        let content = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 / 1000) }
        try nginx.write("file", content)
        let target = try UpstreamTarget(TLSTests.settings(nginx.url))
        try await TestLoop.with { loop in
            let slow = loop.client.lend(target)
            slow.start(method: .get, path: "/file".utf8.span, limits: .testing)
            try await slow.head()
            #expect(slow.httpVersion == .http2)
            await loop.until { slow.isReceivePaused || slow.failure != nil }
            // Another stream of the same connection goes on meanwhile.
            #expect(try await loop.exchange(target, .get, "/x").text.hasSuffix(" /x"))
            #expect(slow.body.count <= CurlTransfer.highWater + 16384)
            let answer = try await Answer(of: slow)
            #expect(answer.body == content)
        }
    }

    @Test func `a client that shares no connections speaks HTTP 1.1, and takes none of another client's`() async throws {
        let nginx = try Nginx(listen: "ssl http2", Self.server)
        let target = try UpstreamTarget(TLSTests.settings(nginx.url))
        try await TestLoop.with { loop in
            var options = CurlClient.Options()
            options.sharesConnections = false
            let bulk = try CurlClient(reactor: loop.reactor, options: options)
            defer { bulk.close() }
            var answers: [String] = []
            for client in [loop.client, bulk, loop.client, bulk, loop.client] {
                let transfer = client.lend(target)
                transfer.start(method: .get, path: "/x".utf8.span, limits: .testing)
                answers.append(try await Answer(of: transfer).text)
                transfer.recycle()
            }
            #expect(Set([answers[0], answers[2], answers[4]]).count == 1 && answers[0].hasPrefix("HTTP/2.0 "), "\(answers)")
            #expect(answers[1] == answers[3] && answers[1].hasPrefix("HTTP/1.1 "), "\(answers)")
        }
    }

    @Test func `a streamed request arrives whole`() async throws {
        let nginx = try Nginx(
            listen: "ssl http2", "location / { dav_methods PUT; } location = /x { return 200 ok; }")
        let target = try UpstreamTarget(TLSTests.settings(nginx.url))
        let content = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: .put, path: "/up".utf8.span, body: .stream(length: content.count), limits: .testing)
            var left = content.span
            while !left.isEmpty, try await transfer.write(left.extracting(first: 30_000)) {
                left = left.extracting(droppingFirst: 30_000)
            }
            transfer.finishBody()
            #expect(try await Answer(of: transfer).status == 201)
            #expect(try await loop.exchange(target, .get, "/up").body == content)
        }
    }
}

final class Seen {
    var answers: [String] = []
}

extension TestLoop {
    func collect(_ target: UpstreamTarget, _ path: String, _ seen: Seen) async {
        do { seen.answers.append(try await exchange(target, .get, path).text) } catch { seen.answers.append("\(error)") }
    }
}
