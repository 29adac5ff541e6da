import TestSupport
import Testing
import Wire

@testable import Network

/// How connections end when a server is on its way out: none of their requests may be lost.
@Suite struct DrainTests {
    private func request(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }

    /// A connection that has carried a request.
    private func keptConnection(_ port: UInt16) throws -> RawClient {
        let client = try RawClient(port: port)
        client.send(request("/1"))
        #expect(!client.read(until: "GET /1 ").contains("Connection: close"))
        return client
    }

    @Test func `an idle connection may bring one more request, and is told that it was the last`() async throws {
        try await TestServer.with { port, server in
            let kept = try keptConnection(port)
            await server.drain(grace: .seconds(60))
            kept.send(request("/2"))
            let response = kept.read()
            #expect(response.contains("Connection: close\r\n") && response.hasSuffix("GET /2 <end>"))
            await server.waitUntilEmpty()
        }
    }

    @Test func `an idle connection that brings none is closed in order: what comes late is read, not reset`() async throws {
        var settings = ServerSettings()
        settings.linger = .seconds(60)
        try await TestServer.with(settings) { port, server in
            let kept = try keptConnection(port)
            await server.drain(grace: .milliseconds(1))
            #expect(kept.read() == "<end>")
            for _ in 0..<3 {
                kept.send(request("/2"))
                #expect(kept.read() == "<end>")
            }
            #expect(await server.openConnections == 1)
            kept.closeSending()
            await server.waitUntilEmpty()
        }
    }

    @Test func `a client that never closes is not waited for`() async throws {
        var settings = ServerSettings()
        settings.linger = .milliseconds(1)
        try await TestServer.with(settings) { port, server in
            let kept = try keptConnection(port)
            await server.drain(grace: .milliseconds(1))
            await server.waitUntilEmpty()
            #expect(kept.read() == "<end>")
        }
    }

    @Test func `a request that the kernel has received when the grace is over is served`() async throws {
        try await TestServer.with { port, server in
            let kept = try keptConnection(port)
            await server.drain(grace: .zero) { kept.send(request("/2")) }
            let response = kept.read()
            #expect(response.contains("Connection: close\r\n") && response.hasSuffix("GET /2 <end>"))
            await server.waitUntilEmpty()
        }
    }

    @Test func `a request under way is finished, and its connection closes after it`() async throws {
        try await TestServer.with { port, server in
            let busy = try RawClient(port: port)
            busy.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            _ = busy.read(until: "\r\n\r\n")
            await server.drain(grace: .zero)
            busy.send("ok")
            #expect(busy.read().hasSuffix("POST / ok<end>"))
            await server.waitUntilEmpty()
        }
    }

    @Test func `a connection whose response had begun before the drain may send another request`() async throws {
        var settings = ServerSettings()
        settings.drainGrace = .seconds(60)
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            guard exchange.head.method == .post else { return await TestServer.echo(exchange) }
            exchange.start(200)
            exchange.startBody(length: 2)
            _ = await exchange.flush()
            while let chunk = try? await exchange.nextBodyChunk() { _ = await exchange.write(chunk[...]) }
            await exchange.finishBody()
        }
        try await TestServer.with(settings, handle: handle) { port, server in
            let busy = try RawClient(port: port)
            busy.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
            #expect(!busy.read(until: "\r\n\r\n").contains("Connection: close"))
            await server.drain(grace: .zero)
            busy.send("ok")
            #expect(busy.read(until: "ok") == "ok")
            busy.send(request("/2"))
            let response = busy.read()
            #expect(response.contains("Connection: close\r\n") && response.hasSuffix("GET /2 <end>"))
            await server.waitUntilEmpty()
        }
    }

    @Test func `a connection that is new when the drain begins, or comes later, may bring its request`() async throws {
        try await TestServer.with { port, server in
            let new = try RawClient(port: port)
            try await server.until("the connection is open") { $0.openConnections == 1 }
            await server.drain(grace: .seconds(60))
            let later = try RawClient(port: port)
            for client in [0, 1] {
                let (target, response): (String, String) = ("/\(client)", "GET /\(client) <end>")
                if client == 0 { new.send(request(target)) } else { later.send(request(target)) }
                #expect((client == 0 ? new.read() : later.read()).hasSuffix(response))
            }
            await server.waitUntilEmpty()
        }
    }

    @Test func `what lingers is cut when all are closed`() async throws {
        var settings = ServerSettings()
        settings.linger = .seconds(60)
        try await TestServer.with(settings) { port, server in
            let kept = try keptConnection(port)
            await server.drain(grace: .milliseconds(1))
            #expect(kept.read() == "<end>")
            await server.closeAll()
            await server.waitUntilEmpty()
        }
    }
}
