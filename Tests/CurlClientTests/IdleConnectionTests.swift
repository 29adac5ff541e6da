import Testing

@testable import CurlClient

@Suite struct IdleConnectionTests {
    @Test func `a connection that the other side closed while idle gives its descriptor back without another request`()
        async throws
    {
        let server = ScriptedServer { connection, _ in
            if let head = connection.readHead() { connection.write(.answer(head)) }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            _ = try await loop.exchange(target)
            await loop.until { loop.client.openConnections == 0 }
        }
    }

    @Test func `a connection past its idle time is closed without another request`() async throws {
        let server = ExchangeTests.echo()
        var settings = UpstreamTarget.Settings(url: server.url)
        settings.idleTimeout = .zero
        let target = try UpstreamTarget(settings)
        try await TestLoop.with { loop in
            _ = try await loop.exchange(target)
            #expect(loop.client.openConnections == 1)
            await loop.until { loop.client.openConnections == 0 }
            let answer = try await loop.exchange(target)
            #expect(answer.status == 200)
        }
    }
}
