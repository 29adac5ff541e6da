import Policy
import TestSupport
import Testing
import Wire

@testable import Network

@Suite struct LimitTests {
    /// Says nothing, the head, or the head and a piece of the content, then waits.
    static func slow(_ part: String) -> ScriptedServer {
        ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write(part)
            connection.waitForEnd()
        }
    }

    static let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"

    @Test(arguments: [
        (
            "", UpstreamLimits(total: .distantFuture, firstByte: .milliseconds(30), stall: .seconds(9)),
            UpstreamLimits.Kind.firstByte
        ),
        (head, UpstreamLimits(total: .distantFuture, firstByte: .seconds(9), stall: .milliseconds(60)), .stall),
        (head + "abc", UpstreamLimits(total: .distantFuture, firstByte: .seconds(9), stall: .milliseconds(30)), .stall),
    ])
    func `a limit that passes ends the exchange and says which`(
        part: String, limits: UpstreamLimits, kind: UpstreamLimits.Kind
    ) async throws {
        let server = Self.slow(part)
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target, limits: limits) }
            #expect(failure?.kind == .timedOut(kind))
            #expect(failure?.mayHaveReachedUpstream == true)
            #expect(failure?.receivedAnyByte == !part.isEmpty)
        }
    }

    @Test(arguments: ["", head, head + "abc"])
    func `the total limit holds in every phase`(part: String) async throws {
        let server = Self.slow(part)
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let limits = UpstreamLimits(total: .now() + .milliseconds(40), firstByte: .seconds(9), stall: .seconds(9))
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target, limits: limits) }
            #expect(failure?.kind == .timedOut(.total))
        }
    }

    @Test func `a host that does not respond ends in the connect limit, and nothing was sent`() async throws {
        // A listener whose backlog is full drops what would connect.
        let jam = try FullBacklog()
        var settings = UpstreamSettings(url: "http://127.0.0.1:\(jam.port)")
        settings.connectTimeout = .milliseconds(80)
        let target = try UpstreamTarget(settings)
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind == .timedOut(.connect))
            #expect(failure?.mayHaveReachedUpstream == false)
        }
    }

    @Test func `before there is a connection nothing stalls, whatever waits to be sent`() async throws {
        let jam = try FullBacklog()
        var settings = UpstreamSettings(url: "http://127.0.0.1:\(jam.port)")
        settings.connectTimeout = .milliseconds(80)
        let target = try UpstreamTarget(settings)
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            let limits = UpstreamLimits(total: .now() + .seconds(9), firstByte: .seconds(9), stall: .milliseconds(1))
            transfer.start(method: "POST", path: "/".utf8.span, body: .stream(length: 9), limits: limits)
            let failure = await loop.failure(of: transfer)
            #expect(failure?.kind == .timedOut(.connect))
        }
    }

    @Test func `a stalled response times out, also when the request was streamed`() async throws {
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            connection.waitForEnd()
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            let limits = UpstreamLimits(total: .now() + .seconds(9), firstByte: .seconds(9), stall: .milliseconds(40))
            transfer.start(method: "POST", path: "/".utf8.span, body: .stream(length: 3), limits: limits)
            let upload = transfer.uploader()
            loop.reactor.spawn {
                let content: [UInt8] = [1, 2, 3]
                _ = await upload.write(content.span)
                await upload.finish()
            }
            let failure = await loop.failure(of: transfer)
            #expect(failure?.kind == .timedOut(.stall))
        }
    }

    @Test func `a reader's own pause is no stall`() async throws {
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n")
            connection.write([UInt8](repeating: 1, count: 8_000_000))
            connection.waitForEnd()
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            let limits = UpstreamLimits(total: .distantFuture, stall: .seconds(20))
            transfer.start(method: "GET", path: "/".utf8.span, limits: limits)
            try await transfer.head()
            // Longer than the limit: only waiting for the upstream counts.
            let clock = loop.reactor.clock
            loop.reactor.clock = { clock() + .seconds(30) }
            await loop.turn()
            #expect(transfer.failure == nil)
            let response = try await Response(of: transfer)
            #expect(response.body.count == 8_000_000)
        }
    }

    @Test func `waiting for our own content is no stall, and the first byte's time does not begin before it is sent`()
        async throws
    {
        let server = ScriptedServer { connection, _ in
            while connection.readHead() != nil { connection.write(.response("\(connection.readChunked()?.count ?? -1)")) }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            var limits = UpstreamLimits.testing
            limits.firstByte = .milliseconds(40)
            limits.stall = .milliseconds(40)
            transfer.start(method: "POST", path: "/".utf8.span, body: .stream(length: nil), limits: limits)
            let upload = transfer.uploader()
            loop.reactor.spawn {
                let end = loop.reactor.now + .milliseconds(60)
                await loop.until { loop.reactor.now > end }
                let content = Array("late".utf8)
                _ = await upload.write(content.span)
                await upload.finish()
            }
            let response = try await Response(of: transfer)
            #expect(response.text == "4")
        }
    }
}
