import Foundation
import Policy
import TestSupport
import Testing
import Wire

@testable import Network

@Suite(.serialized, .timeLimit(.minutes(3)))
struct TLSServerTests {
    let tree: CertificateTree
    let context: TLSServerContext

    init() throws {
        tree = try CertificateTree()
        try tree.issue("server")
        context = try TLSServerContext(.init(certificate: tree.path("server.pem"), key: tree.path("server.key")))
    }

    @Test func `requests on one TLS connection get responses in order`() async throws {
        try await TestServer.with(tls: context) { port, _ in
            let client = try TLSTool(port: port, ["-CAfile", tree.path("ca.pem"), "-verify_return_error"])
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            let text = client.read(until: "GET /2 ")
            #expect(text.contains("GET /1 "))
            client.send("POST /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
            #expect(client.read(until: "<never>").hasSuffix("POST /3 abc<end>"))
        }
    }

    @Test func `a body in records of 512 bytes arrives completely, and so does its response`() async throws {
        let body = String(repeating: "0123456789abcdef", count: 1 << 16)
        try await TestServer.with(tls: context) { port, _ in
            let client = try TLSTool(port: port, ["-max_send_frag", "512"])
            let head = "POST /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            Thread.detachNewThread { client.send(head + body) }
            let response = String(decoding: client.readAll(), as: UTF8.self)
            #expect(response.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(response.hasSuffix("\r\n\r\nPOST /big " + body))
        }
    }

    @Test func `a response that ends early is never a clean end`() async throws {
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.start(200)
            exchange.startBody(length: 10)
            _ = await exchange.write(Array("12345".utf8)[...])
            await exchange.finishBody()
        }
        try await TestServer.with(tls: context, handle: handle) { port, _ in
            let client = try TLSTool(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(!client.read(until: "<never>").contains("0\r\n"))
            let verdict = client.verdict()
            #expect(verdict.contains("errno=104") || verdict.contains("unexpected eof"), "\(verdict)")
        }
    }

    @Test func `a connection too many is not refused in plain HTTP`() async throws {
        var settings = ServerSettings()
        settings.connections = 0
        try await TestServer.with(settings, tls: context) { port, _ in
            let text = try RawClient(port: port).read()
            #expect(text.hasPrefix("<"), "\(text)")
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE /v1/batch-query/jobs/1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /oauth/token HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
    ])
    func `plain HTTP gets a 400 on a TLS listener, which says so`(_ request: String) async throws {
        try await TestServer.with(tls: context) { port, server in
            let client = try RawClient(port: port)
            client.send(request)
            let response = client.read()
            #expect(response.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && response.contains("\r\nConnection: close\r\n"))
            let content = response.components(separatedBy: "\r\n\r\n").last?.replacing("<end>", with: "") ?? ""
            #expect(content.contains("TLS") && response.contains("\r\nContent-Length: \(content.utf8.count)\r\n"))
            await server.waitUntilEmpty()
            #expect(await server.counts.failed == 1)
        }
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "GET / HTTP/1.1", "GET /\r\n\r\n", "\u{16}\u{3}\u{1} HTTP/1.1\r\n"])
    func `anything else that is no TLS gets no response in HTTP`(_ text: String) async throws {
        try await TestServer.with(tls: context) { port, server in
            let client = try RawClient(port: port)
            client.send(text)
            client.closeSending()
            #expect(!client.read().contains("HTTP/1.1 "))
            await server.waitUntilEmpty()
            #expect(await server.counts.failed == 1)
        }
    }

    @Test func `a client that stays silent is cut when the handshake's time is over`() async throws {
        var settings = ServerSettings()
        settings.handshakeTimeout = .milliseconds(50)
        settings.headTimeout = .seconds(600)
        try await TestServer.with(settings, tls: context) { port, server in
            let client = try RawClient(port: port)
            #expect(client.read() == "<end>")
            await server.waitUntilEmpty()
            #expect(await server.counts == .init(failed: 1))
        }
    }

    @Test func `a flood of half-open handshakes leaves honest clients served`() async throws {
        var settings = ServerSettings()
        settings.handshakes = 64
        settings.handshakeTimeout = .seconds(600)
        try await TestServer.with(settings, tls: context) { port, server in
            let honest = try TLSTool(port: port)
            honest.send("GET /before HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(honest.read(until: "GET /before ").hasPrefix("HTTP/1.1 200"))

            // Some say nothing, some begin a record and stop.
            var flood: [HalfOpen] = []
            for number in 0..<63 { flood.append(try HalfOpen(port: port, says: number.isMultiple(of: 2) ? [] : [0x16, 3, 1])) }
            try await server.until { $0.current == 63 }

            honest.send("GET /during HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(honest.read(until: "GET /during ").hasPrefix("HTTP/1.1 200"))
            let newcomer = try TLSTool(port: port)
            newcomer.send("GET /new HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(newcomer.read(until: "<never>").hasSuffix("GET /new <end>"))

            // With the limit reached, further ones are cut at once and cost nothing.
            flood.append(try HalfOpen(port: port, says: []))
            try await server.until { $0.current == 64 }
            for _ in 0..<20 { #expect(try HalfOpen(port: port, says: []).isCut) }
            #expect(await server.counts.refused == 20)
            honest.send("GET /after HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(honest.read(until: "GET /after ").hasPrefix("HTTP/1.1 200"))

            // Those that leave make room.
            flood.removeAll()
            try await server.until { $0.current == 0 }
            #expect(await server.counts.failed == 64)
        }
    }

    @Test func `a client that does not read is cut after the write stall time, its connection and all`() async throws {
        var settings = ServerSettings()
        settings.writeStall = .milliseconds(100)
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.start(200)
            exchange.startBody(length: 256 << 20)
            let chunk = [UInt8](repeating: 0x78, count: 1 << 20)
            for _ in 0..<256 { guard await exchange.write(chunk[...]) else { return } }
            await exchange.finishBody()
        }
        try await TestServer.with(settings, tls: context, handle: handle) { port, server in
            let client = try TLSTool(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            // The tool stops reading the socket when nobody reads its output.
            try await server.until { $0.finished == 1 }
            await server.waitUntilEmpty()
            #expect(client.readAll().count < 256 << 20)
        }
    }

    @Test func `an idle TLS connection is closed by a drain, with close_notify`() async throws {
        try await TestServer.with(tls: context) { port, server in
            let client = try TLSTool(port: port)
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = client.read(until: "GET /1 ")
            await server.drain()
            await server.waitUntilEmpty()
            #expect(client.read(until: "<never>") == "<end>")
            let verdict = client.verdict()
            #expect(!verdict.contains("errno") && !verdict.contains("unexpected eof"), "\(verdict)")
        }
    }

    @Test func `the names in a client's certificate reach the handler`() async throws {
        try tree.makeAuthority("callers")
        try tree.issue("billing", names: "URI:spiffe://example.org/billing", by: "callers", usage: "clientAuth")
        let context = try TLSServerContext(
            .init(certificate: tree.path("server.pem"), key: tree.path("server.key"), clientCA: tree.path("callers.pem")))
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.start(200)
            await exchange.finish(Array("names: \(exchange.info.subjectAlternativeNames)".utf8))
        }
        try await TestServer.with(tls: context, handle: handle) { port, server in
            let client = try TLSTool(port: port, ["-cert", tree.path("billing.pem"), "-key", tree.path("billing.key")])
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(client.read(until: "<never>").hasSuffix(#"names: ["spiffe://example.org/billing"]<end>"#))

            // Without one, the alert is not lost though the client has already sent its request.
            let stranger = try TLSTool(port: port)
            stranger.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(!stranger.read(until: "<never>").contains("HTTP/1.1"))
            #expect(stranger.verdict().contains("certificate required"))
            try await server.until { $0.failed == 1 }
            #expect(await server.lastFailure == "127.0.0.1: TLS handshake: peer did not return a certificate")
        }
    }
}

/// A connection whose handshake goes nowhere.
final class HalfOpen: Sendable {
    private let client: RawClient

    init(port: UInt16, says bytes: [UInt8]) throws {
        client = try RawClient(port: port)
        client.send(bytes)
    }

    /// Waits for the end of the connection.
    var isCut: Bool {
        let text = client.read()
        return text == "<end>" || text == "<error \(ECONNRESET)>"
    }
}
