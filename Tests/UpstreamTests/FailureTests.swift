import Foundation
import TestSupport
import Testing

@testable import Network

@Suite struct FailureTests {
    func failure(
        of target: UpstreamTarget, _ method: String = "GET", limits: UpstreamLimits? = nil
    ) async throws -> UpstreamFailure? {
        try await TestLoop.with { loop in
            await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target, method, limits: limits) }
        }
    }

    @Test func `a refused connection says so, and that nothing was sent`() async throws {
        let failure = try await failure(of: UpstreamTarget(.init(url: "http://127.0.0.1:\(LoopbackSocket.freePort())")))
        #expect(failure?.kind == .connectionRefused)
        #expect(failure?.mayHaveReachedUpstream == false)
        #expect(failure?.onReusedConnection == false)
    }

    @Test func `a name without address says so`() async throws {
        let failure = try await failure(of: UpstreamTarget(.init(url: "http://nowhere.invalid")))
        #expect(failure?.kind == .unresolved)
        #expect(failure?.message.contains("nowhere.invalid") == true)
        #expect(failure?.mayHaveReachedUpstream == false)
    }

    @Test(arguments: [false, true])
    func `a new connection that breaks before any byte of the response is a reset`(byReset: Bool) async throws {
        let server = ScriptedServer { connection, _ in
            _ = connection.readHead()
            if byReset { connection.resetOnReturn() }
        }
        let failure = try await failure(of: UpstreamTarget(.init(url: server.url)))
        #expect(failure?.kind == .reset)
        #expect(failure?.mayHaveReachedUpstream == true)
        #expect(failure?.onReusedConnection == false)
        #expect(failure?.receivedAnyByte == false)
    }

    @Test(arguments: [false, true], ["GET", "DELETE", "POST"])
    func `a used connection that breaks before any byte is said to be one, and nothing is sent a second time`(
        byReset: Bool, method: String
    ) async throws {
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write(.response("first"))
            _ = connection.readHead()
            if byReset { connection.resetOnReturn() }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let first = try await loop.exchange(target, method)
            #expect(first.text == "first")
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target, method) }
            #expect(failure?.kind == .reset)
            #expect(failure?.onReusedConnection == true)
            #expect(failure?.mayHaveReachedUpstream == true)
            #expect(failure?.receivedAnyByte == false)
            #expect(server.connections == 1)
            let again = try await loop.exchange(target, method, freshConnection: true)
            #expect(again.text == "first")
            #expect(server.connections == 2)
        }
    }

    @Test func `a connection that was closed while idle is not used, however often its descriptor's number comes back`()
        async throws
    {
        let server = ScriptedServer { connection, _ in
            if let head = connection.readHead() { connection.write(.response(head)) }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            var good = 0
            for round in 0..<300 {
                do {
                    let response = try await loop.exchange(target, "GET", "/\(round)")
                    #expect(response.text.hasPrefix("GET /\(round) "))
                    good += 1
                } catch let error as UpstreamFailure {
                    // The close may come between libcurl's look at the connection and the sending.
                    #expect(error.kind == .reset && error.onReusedConnection, "\(error.kind) \(error)")
                }
                if round % 3 == 0 { await loop.turn() }
            }
            #expect(good > 200)
        }
    }

    @Test func `a connection meant to be fresh is`() async throws {
        let server = ExchangeTests.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            _ = try await loop.exchange(target)
            _ = try await loop.exchange(target, freshConnection: true)
            _ = try await loop.exchange(target)
            #expect(server.connections == 2)
        }
    }

    @Test func `an error's message has no header, path or token in it`() async throws {
        let server = ScriptedServer { connection, _ in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) {
                try await loop.exchange(target, "GET", "/secret-path", headers: [("Authorization", "Bearer secret-token")])
            }
            #expect(failure?.message.contains("secret") == false)
            #expect(failure?.message.isEmpty == false)
        }
    }

    @Test func `no variable of the environment makes a request go through a proxy`() async throws {
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        setenv("all_proxy", "http://127.0.0.1:1", 1)
        defer {
            unsetenv("http_proxy")
            unsetenv("all_proxy")
        }
        let server = ExchangeTests.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        let response = try await TestLoop.with { loop in try await loop.exchange(target) }
        #expect(response.status == 200)
    }
}

/// In a process of its own, since the limit is the process's.
@Suite struct DescriptorFailureTests {
    @Test func `without a free descriptor a dial is a failure of the gateway, not of the upstream, and nothing was sent`() async {
        await #expect(processExitsWith: .success) {
            try await TestLoop.with { loop in
                let next = dup(2)
                close(next)
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                limit.rlim_cur = rlim_t(next)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                for host in ["127.0.0.1", "[::1]", "localhost", "nowhere.invalid"] {
                    let target = try UpstreamTarget(.init(url: "http://\(host):9"))
                    let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target, "DELETE") }
                    #expect(failure?.kind == .internalError, "\(host)")
                    #expect(failure?.message == "no file descriptor is free", "\(host)")
                    #expect(failure?.mayHaveReachedUpstream == false)
                }
            }
        }
    }
}
