import COpenSSL
import Foundation
import Policy
import TestSupport
import Testing
import Wire

@testable import Network

@Suite(.timeLimit(.minutes(2)))
struct TLSHandshakeTests {
    let tree: CertificateTree

    init() throws {
        tree = try CertificateTree()
        try tree.issue("server")
    }

    func context(minimum: UpstreamSettings.TLSVersion = .tls12) throws -> TLSServerContext {
        try TLSServerContext(
            .init(certificate: tree.path("server.pem"), key: tree.path("server.key"), minimumVersion: minimum))
    }

    @Test(arguments: [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")])
    func `TLS 1.2 and 1.3 are spoken`(version: Int32, name: String) async throws {
        let outcome = try await TLSConnection.shakeHands(context(), .init(versions: version...version))
        #expect(outcome.client.failure == nil)
        #expect(outcome.client.version == name)
        #expect(outcome.refusal == nil)
    }

    @Test(arguments: [TLS1_VERSION, TLS1_1_VERSION])
    func `older versions are refused by an alert that says so`(version: Int32) async throws {
        let outcome = try await TLSConnection.shakeHands(context(), .init(versions: version...version))
        #expect(outcome.client.failure?.contains("alert protocol version") == true)
        #expect(outcome.refusal?.contains("unsupported protocol") == true)
    }

    @Test func `with TLS 1.3 as the minimum, 1.2 is refused`() async throws {
        let outcome = try await TLSConnection.shakeHands(
            context(minimum: .tls13), .init(versions: TLS1_2_VERSION...TLS1_2_VERSION))
        #expect(outcome.client.failure?.contains("alert protocol version") == true)
    }

    @Test func `of the protocols that a client offers, HTTP 1.1 is chosen`() async throws {
        let outcome = try await TLSConnection.shakeHands(context(), .init(alpn: ["h2", "http/1.1"]))
        #expect(outcome.client.failure == nil)
        #expect(outcome.client.alpn == "http/1.1")
    }

    @Test func `a client that offers no protocol gets none`() async throws {
        let outcome = try await TLSConnection.shakeHands(context())
        #expect(outcome.client.failure == nil)
        #expect(outcome.client.alpn == nil)
    }

    @Test func `a client that offers only HTTP 2 is refused by an alert that says so`() async throws {
        let outcome = try await TLSConnection.shakeHands(context(), .init(alpn: ["h2"]))
        #expect(outcome.client.failure?.contains("alert no application protocol") == true)
        #expect(outcome.refusal != nil)
    }

    @Test func `a client that speaks plain HTTP is refused`() async throws {
        let outcome = try await TLSConnection.run(context()) { client in
            client.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        } server: { _ in
        }
        #expect(outcome.refusal?.contains("plain HTTP") == true)
    }

    @Test func `a client that leaves during the handshake is told from one that is slow`() async throws {
        let outcome = try await TLSConnection.run(context()) { client in
            _ = client.descriptor
        } server: { _ in
        }
        #expect(outcome.refusal?.contains("in time") == false)
    }

    @Test func `a stalled handshake does not block the loop, and ends at its deadline`() async throws {
        let context = try context()
        let (refusal, turns) = try await TestLoop.with { loop in
            let (ours, theirs) = StreamTests.pair()
            defer { close(theirs) }
            let stream = try Stream(descriptor: ours, reactor: loop.reactor)
            var turns = 0
            let timer = Timer(loop.reactor.timers) { turns += 1 }
            let start = Instant.now()
            timer.schedule(at: start + .milliseconds(1))
            // The first flight of a client that then says nothing more.
            let client = try TLSClient(dup(theirs))
            let hello = client.firstFlight()
            client.send(Array(hello[..<(hello.count / 2)]))
            do throws(TLSError) {
                try await stream.acceptTLS(context, deadline: start + .milliseconds(30))
                return (nil as String?, turns)
            } catch {
                return (error.description, turns)
            }
        }
        #expect(refusal?.contains("timed out") == true)
        #expect(turns == 1)
    }

    @Test func `a handshake that arrives one byte at a time succeeds`() async throws {
        let outcome = try await TLSConnection.shakeHands(context(), .init(pieceSize: 1))
        #expect(outcome.client.failure == nil)
        #expect(outcome.refusal == nil)
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `a second connection resumes the session of the first`(version: Int32) async throws {
        let context = try context()
        #expect(try await TLSResumption.run(context, .init(versions: version...version)).isResumed)
    }
}
