import Foundation
import Policy
import TestSupport
import Testing
import Wire

@testable import Network

/// Which connections are used again, and which never.
@Suite struct ReuseTests {
    @Test func `a connection that the upstream closed while idle gives its descriptor back without another request`() async throws
    {
        let server = ScriptedServer { connection, _ in
            if let head = connection.readHead() { connection.write(.response(head)) }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            _ = try await loop.exchange(target)
            await loop.until { loop.client.openConnections == 0 }
        }
    }

    @Test func `a connection past its idle time is closed without another request, and its buffers are freed`() async throws {
        let server = ExchangeTests.echo()
        var settings = UpstreamSettings(url: server.url)
        settings.idleTimeout = .milliseconds(30)
        let target = try UpstreamTarget(settings)
        try await TestLoop.with { loop in
            _ = try await loop.exchange(target)
            #expect(loop.client.openConnections == 1 && !loop.client.exchanges.isEmpty)
            await loop.until { loop.client.openConnections == 0 }
            // Nor are buffers kept for an idle loop.
            #expect(loop.client.exchanges.isEmpty)
            let response = try await loop.exchange(target)
            #expect(response.status == 200)
        }
    }

    @Test func `a response that was not asked for closes the idle connection, and no request gets it`() async throws {
        let sent = DispatchSemaphore(value: 0)
        let server = ScriptedServer { connection, number in
            while let head = connection.readHead() {
                connection.write(.response(head))
                guard number == 0 else { continue }
                connection.write(.response("UNASKED"))
                sent.signal()
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            for round in 0..<4 {
                let response = try await loop.exchange(target, "GET", "/\(round)")
                #expect(response.text.hasPrefix("GET /\(round) "))
                if round == 0 { await loop.until { sent.wait(timeout: .now()) == .success } }
            }
        }
        #expect(server.connections == 2)
    }

    /// What leaves a doubt about where a response ends, or says that the connection ends; the content that the caller gets; nil: a failure.
    static let unfit: [(String, String, String?)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", "GET", nil),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "GET", "abc"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET", nil),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "GET", nil),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "GET", nil),
        ("HTTP/1.1 204 No Content\r\n\r\nbehind", "GET", ""),
        ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbehind", "HEAD", ""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nbehind", "GET", "a"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "GET", "a"),
        (String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 6000), "GET", nil),
        ("HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n", "GET", nil),
        ("HTTP/1.1 200 OK\nContent-Length: 0\n\n", "GET", nil),
        ("HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 140_000) + "\r\n\r\n", "GET", nil),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", "GET", "a"),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "GET", "a"),
    ]

    @Test(arguments: unfit.indices)
    func `after a response that is doubtful or the last, the connection is never used again`(index: Int) async throws {
        let (bytes, method, content) = Self.unfit[index]
        let server = ScriptedServer { connection, number in
            while connection.readHead() != nil { connection.write(number == 0 ? bytes : .response("own")) }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            if let content {
                let response = try await loop.exchange(target, method)
                #expect(response.text == content)
            } else {
                await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target, method) }
            }
            let next = try await loop.exchange(target)
            #expect(next.text == "own")
            #expect(server.connections == 2)
        }
    }

    @Test(arguments: [(200, "content", 1), (413, "content", 2), (413, "", 1)])
    func `after a failure of a request with content, which may not have been read, the connection is never used again`(
        status: Int, content: String, connections: Int
    ) async throws {
        let server = ScriptedServer { connection, _ in
            while let head = connection.readHead() {
                connection.write(.response("x", status: head.hasPrefix("GET") ? "200 OK" : "\(status) Something"))
                if status == 200 { _ = connection.read(content.utf8.count) }
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let body = content.isEmpty ? UpstreamBody.none : .bytes(Array(content.utf8))
            let response = try await loop.exchange(target, "POST", body: body)
            #expect(response.status == status)
            let next = try await loop.exchange(target)
            #expect(next.status == 200)
            #expect(server.connections == connections)
        }
    }

    @Test func `an upstream's own Keep-Alive timeout is heeded`() async throws {
        let server = ScriptedServer { connection, _ in
            while connection.readHead() != nil { connection.write(.response("x", fields: "Keep-Alive: timeout=1\r\n")) }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            for _ in 0..<3 { _ = try await loop.exchange(target) }
        }
        // A second early, so with one second it is not kept at all.
        #expect(server.connections == 3)
    }

    @Test func `the connection that was used last is used first, and only so many are kept`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let server = ScriptedServer { connection, number in
            while connection.readHead() != nil {
                if number < 6 { _ = gate.wait(timeout: .now() + 20) }
                connection.write(.response("\(number)"))
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        var options = UpstreamClient.Options()
        options.idleConnections = 4
        try await TestLoop.with(options) { loop in
            let counter = Counter()
            for _ in 0..<6 {
                loop.reactor.spawn {
                    _ = try? await loop.exchange(target)
                    counter.finished += 1
                }
            }
            await loop.until { server.connections == 6 }
            for _ in 0..<20 { gate.signal() }
            await loop.until { counter.finished == 6 }
            #expect(loop.client.openConnections == 4)
            let first = try await loop.exchange(target).text
            let second = try await loop.exchange(target)
            #expect(second.text == first)
        }
        #expect(server.connections == 6)
    }

    @Test func `a connection that outlives a reload is pooled, and closed, with those dialled since`() async throws {
        let (received, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let server = ScriptedServer { connection, number in
            guard connection.readHead() != nil else { return }
            connection.write(.response("\(number)"))
            guard connection.readHead() != nil else { return }
            if number == 0 {
                received.signal()
                _ = gate.wait(timeout: .now() + 20)
                connection.write(.response("late"))
                _ = gate.wait(timeout: .now() + 20)
            } else {
                connection.write(.response("\(number)"))
                _ = connection.readHead()
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            _ = try await loop.exchange(target)
            let counter = Counter()
            loop.reactor.spawn {
                _ = try? await loop.exchange(target)
                counter.finished += 1
            }
            // A new configuration no longer has the target, but requests that began before do.
            await loop.until { received.wait(timeout: .now()) == .success }
            loop.client.keepOnly([])
            _ = try await loop.exchange(target)
            #expect(loop.client.openConnections == 2)
            gate.signal()
            await loop.until { counter.finished == 1 }
            #expect(loop.client.openConnections == 2)
            // The server closes the first connection.
            gate.signal()
            await loop.until { loop.client.openConnections == 1 }
            let response = try await loop.exchange(target)
            #expect(response.text == "1")
        }
    }

    @Test func `a client certificate that is renewed at the same path is shown from the next dial on`() async throws {
        let folder = Certificates.shared
        let directory = NSTemporaryDirectory() + "zg-renewal-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        @Sendable func install(_ pair: Certificates.Pair) throws {
            for (file, name) in [(pair.certificate, "client.pem"), (pair.key, "client.key")] {
                try Data(contentsOf: URL(filePath: file)).write(to: URL(filePath: "\(directory)/\(name)"), options: .atomic)
            }
        }
        try install(folder.client)
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, folder.server, clientCA: folder.authority.certificate) { stream in
                while await stream.readHead() != nil {
                    let names = stream.subjectAlternativeNames.joined(separator: " ")
                    await stream.writeRecords([Array(String.response(names).utf8)])
                }
            }
            var settings = TLSTests.settings(server.url)
            settings.clientCertificate = directory + "/client.pem"
            settings.clientKey = directory + "/client.key"
            let target = try UpstreamTarget(settings)
            // The second connection resumes the session of the first.
            for _ in 0..<2 {
                let response = try await loop.exchange(target, freshConnection: true)
                #expect(response.text.contains("localhost"))
            }
            try install(folder.wrongHost)
            let renewed = try await loop.exchange(target, freshConnection: true)
            #expect(renewed.text.contains("elsewhere.example"))
            // Nor is a connection kept on which the old one was shown.
            let next = try await loop.exchange(target)
            #expect(next.text.contains("elsewhere.example"))
        }
    }

    @Test func `authorities that are renewed at the same path count from the next dial on`() async throws {
        let folder = Certificates.shared
        let scratch = try ScratchFolder()
        let authority = scratch.path + "/ca.pem"
        try FileManager.default.copyItem(atPath: folder.authority.certificate, toPath: authority)
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, folder.server) { stream in
                while await stream.readHead() != nil { await stream.writeRecords([Array(String.response("x").utf8)]) }
            }
            var settings = UpstreamSettings(url: server.url)
            settings.caFile = authority
            let target = try UpstreamTarget(settings)
            _ = try await loop.exchange(target)
            _ = try await loop.exchange(target, freshConnection: true)
            // An authority that has not issued the server's certificate: no session of the former one may be resumed.
            try FileManager.default.removeItem(atPath: authority)
            try FileManager.default.copyItem(atPath: folder.otherAuthority.certificate, toPath: authority)
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target, freshConnection: true) }
            #expect(failure?.kind == .tls(.unknownAuthority))
            // Nor is a connection that was verified by it.
            await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            // A file that is gone, as in the middle of a renewal, changes nothing.
            try FileManager.default.removeItem(atPath: authority)
            try FileManager.default.copyItem(atPath: folder.authority.certificate, toPath: authority)
            _ = try await loop.exchange(target)
            try FileManager.default.removeItem(atPath: authority)
            _ = try await loop.exchange(target, freshConnection: true)
        }
    }
}
