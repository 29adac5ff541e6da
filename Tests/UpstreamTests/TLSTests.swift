import CLinux
import Foundation
import Glibc
import Policy
import Testing

@testable import Network

@Suite struct TLSTests {
    static func settings(_ url: String) -> UpstreamSettings {
        var settings = UpstreamSettings(url: url)
        settings.caFile = Certificates.shared.authority.certificate
        return settings
    }

    @Test(arguments: [1, 4, 200])
    func `head and content as many TLS records in one segment arrive, on a connection that then is silent`(pieces: Int)
        async throws
    {
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, Certificates.shared.server) { stream in
                while await stream.readHead() != nil {
                    let head = Array("HTTP/1.1 200 OK\r\nContent-Length: \(pieces * 100)\r\n\r\n".utf8)
                    stream.cork(true)
                    await stream.writeRecords([head] + Array(repeating: [UInt8](repeating: 65, count: 100), count: pieces))
                    stream.cork(false)
                }
            }
            let target = try UpstreamTarget(Self.settings(server.url))
            for _ in 0..<3 {
                let response = try await loop.exchange(target)
                #expect(response.body == [UInt8](repeating: 65, count: pieces * 100))
            }
            #expect(server.connections == 1)
        }
    }

    // A TLS record has at most 16 KiB.
    @Test(arguments: [10_000, 20_000, 100_000, 262_144])
    func `content of many TLS records is sent without a pause`(size: Int) async throws {
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, Certificates.shared.server) { stream in
                while let count = await stream.read(upTo: "<end>") {
                    await stream.writeRecords([Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(count > size ? 1 : 0)".utf8)])
                }
            }
            let target = try UpstreamTarget(Self.settings(server.url))
            let content = [UInt8](repeating: 65, count: size) + Array("<end>".utf8)
            for _ in 0..<3 {
                var limits = UpstreamLimits.testing
                limits.stall = .seconds(8)
                #expect(try await loop.exchange(target, "POST", body: .bytes(content), limits: limits).text == "1")
            }
        }
    }

    @Test func `a response that ends with its connection is whole only with close_notify`() async throws {
        try await TestLoop.with { loop in
            var isClean = true
            let server = try TLSServer(loop.reactor, Certificates.shared.server) { stream in
                guard await stream.readHead() != nil else { return }
                await stream.writeRecords([Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it".utf8)])
                if !isClean { _ = shutdown(stream.descriptor, Int32(SHUT_RDWR)) }
            }
            let target = try UpstreamTarget(Self.settings(server.url))
            #expect(try await loop.exchange(target).text == "all of it")
            isClean = false
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind == .truncated)
        }
    }

    @Test(arguments: [
        (Certificates.shared.expired, UpstreamFailure.TLSFault.certificateExpired),
        (Certificates.shared.notYetValid, .certificateNotYetValid), (Certificates.shared.wrongHost, .wrongHost),
        (Certificates.shared.otherAuthority, .unknownAuthority),
    ])
    func `a certificate that does not hold is refused, and the failure says why`(
        pair: Certificates.Pair, fault: UpstreamFailure.TLSFault
    ) async throws {
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, pair) { stream in _ = await stream.readHead() }
            let target = try UpstreamTarget(Self.settings(server.url))
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind == .tls(fault))
            #expect(failure?.kind.proxyStatusError == "tls_certificate_error")
            #expect(failure?.mayHaveReachedUpstream == false)
        }
    }

    @Test func `the system's authorities do not vouch for a private one`() async throws {
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, Certificates.shared.server) { stream in _ = await stream.readHead() }
            let target = try UpstreamTarget(.init(url: server.url))
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind == .tls(.unknownAuthority))
        }
    }

    @Test func `a server that does not speak TLS is told apart`() async throws {
        let server = ScriptedServer { connection, _ in
            _ = connection.read(50)
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        let target = try UpstreamTarget(Self.settings("https://localhost:\(server.port)"))
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind == .tls(.handshake))
        }
    }

    @Test func `a server without a common protocol version is told apart`() async throws {
        let nginx = try Nginx(listen: "ssl", "ssl_protocols TLSv1.2; return 200 $ssl_protocol;")
        var settings = Self.settings(nginx.url)
        let old = try UpstreamTarget(settings)
        settings.minimumTLS = .tls13
        let new = try UpstreamTarget(settings)
        try await TestLoop.with { loop in
            let response = try await loop.exchange(old)
            #expect(response.text == "TLSv1.2")
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(new) }
            #expect(failure?.kind == .tls(.protocolVersion))
        }
    }

    @Test func `a client certificate is shown where one is set, and its want is told apart`() async throws {
        try await TestLoop.with { loop in
            let server = try TLSServer(
                loop.reactor, Certificates.shared.server, clientCA: Certificates.shared.authority.certificate
            ) { stream in
                guard await stream.readHead() != nil else { return }
                let names = stream.subjectAlternativeNames.joined(separator: " ")
                await stream.writeRecords([Array(String.response(names).utf8)])
            }
            var settings = Self.settings(server.url)
            let without = try UpstreamTarget(settings)
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(without) }
            #expect(failure?.kind == .tls(.clientCertificate))
            settings.clientCertificate = Certificates.shared.client.certificate
            settings.clientKey = Certificates.shared.client.key
            let response = try await loop.exchange(UpstreamTarget(settings))
            #expect(response.text.contains("localhost"))
        }
    }

    /// In TLS 1.3 the alert arrives when the client already sends its request, often together with a reset.
    @Test(arguments: [0, 200_000])
    func `the want of a client certificate is told apart if the server closes at once, too`(size: Int) async throws {
        try await TestLoop.with { loop in
            let server = try TLSServer(
                loop.reactor, Certificates.shared.server, clientCA: Certificates.shared.authority.certificate
            ) { _ in }
            let target = try UpstreamTarget(Self.settings(server.url))
            for _ in 0..<8 {
                let content = [UInt8](repeating: 0x41, count: size)
                let failure = await #expect(throws: UpstreamFailure.self) {
                    try await loop.exchange(target, "POST", body: .bytes(content))
                }
                #expect(failure?.kind == .tls(.clientCertificate) && failure?.mayHaveReachedUpstream == false)
                #expect(failure?.message.hasPrefix("TLS alert: ") == true)
            }
        }
    }

    @Test func `a credential file that cannot be read is told apart`() async throws {
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, Certificates.shared.server) { stream in _ = await stream.readHead() }
            var settings = Self.settings(server.url)
            settings.caFile = "/nonexistent/ca.pem"
            let noCA = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(UpstreamTarget(settings)) }
            #expect(noCA?.kind == .badCredentialFile)
            settings = Self.settings(server.url)
            settings.clientCertificate = "/nonexistent/client.pem"
            let noClient = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(UpstreamTarget(settings)) }
            #expect(noClient?.kind == .badCredentialFile)
        }
    }

    @Test(arguments: ["TLSv1.2", "TLSv1.3"])
    func `a new connection resumes the session of an earlier one, of another exchange too`(version: String) async throws {
        let nginx = try Nginx(
            listen: "ssl", "ssl_protocols \(version); ssl_session_cache shared:x:1m; return 200 $ssl_session_reused;")
        let target = try UpstreamTarget(Self.settings(nginx.url))
        try await TestLoop.with { loop in
            let first = try await loop.exchange(target, freshConnection: true)
            #expect(first.text == ".")
            let held = loop.client.lend(target)
            let second = try await loop.exchange(target, freshConnection: true)
            #expect(second.text == "r")
            loop.client.recycle(held)
        }
    }

    @Test func `targets with other credentials never share a connection`() async throws {
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, Certificates.shared.server) { stream in
                while await stream.readHead() != nil { await stream.writeRecords([Array(String.response("x").utf8)]) }
            }
            var settings = Self.settings(server.url)
            let plain = try UpstreamTarget(settings)
            settings.clientCertificate = Certificates.shared.client.certificate
            settings.clientKey = Certificates.shared.client.key
            let withClient = try UpstreamTarget(settings)
            for _ in 0..<2 {
                _ = try await loop.exchange(plain)
                _ = try await loop.exchange(withClient)
            }
            #expect(server.connections == 2)
        }
    }
}
