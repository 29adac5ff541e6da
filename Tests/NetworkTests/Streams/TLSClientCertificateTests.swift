import COpenSSL
import Foundation
import Policy
import TestSupport
import Testing

@testable import Network

@Suite(.timeLimit(.minutes(2)))
struct TLSClientCertificateTests {
    let tree: CertificateTree

    init() throws {
        tree = try CertificateTree()
        try tree.issue("server")
        try tree.makeAuthority("callers")
    }

    func context() throws -> TLSServerContext {
        try TLSServerContext(
            .init(certificate: tree.path("server.pem"), key: tree.path("server.key"), clientCA: tree.path("callers.pem")))
    }

    func options(_ name: String?, version: Int32 = TLS1_3_VERSION) -> TLSClient.Options {
        .init(
            versions: version...version, certificate: name.map { tree.path("\($0).pem") },
            key: name.map { tree.path("\($0).key") })
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `a certificate of the callers' authority is accepted, and its names are read in order`(version: Int32) async throws {
        try tree.issue(
            "billing", names: "URI:spiffe://example.org/billing,DNS:billing.example.org,IP:10.0.0.1,email:a@example.org",
            by: "callers", usage: "clientAuth")
        let outcome = try await TLSConnection.shakeHands(context(), options("billing", version: version))
        #expect(outcome.client.failure == nil)
        #expect(try outcome.server.get() == ["spiffe://example.org/billing", "billing.example.org"])
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `a client without a certificate is refused, and told why`(version: Int32) async throws {
        let outcome = try await TLSConnection.shakeHands(context(), options(nil, version: version))
        #expect(outcome.refusal?.contains("peer did not return a certificate") == true)
        // In TLS 1.3 the client learns of it after its own part of the handshake.
        let told =
            switch outcome.client.next {
            case .failed(let reason): reason
            default: outcome.client.failure ?? ""
            }
        #expect(told.contains(version == TLS1_3_VERSION ? "certificate required" : "handshake failure"))
    }

    @Test func `a certificate of another authority is refused`() async throws {
        try tree.issue("stranger", usage: "clientAuth")
        let outcome = try await TLSConnection.shakeHands(context(), options("stranger"))
        #expect(outcome.refusal?.contains("certificate verify failed") == true)
    }

    @Test func `an expired certificate is refused`() async throws {
        try tree.issue("late", by: "callers", days: -1, usage: "clientAuth")
        let outcome = try await TLSConnection.shakeHands(context(), options("late"))
        #expect(outcome.refusal?.contains("certificate verify failed") == true)
    }

    @Test func `a server's certificate does not make a client`() async throws {
        try tree.issue("other", by: "callers", usage: "serverAuth")
        let outcome = try await TLSConnection.shakeHands(context(), options("other"))
        #expect(outcome.refusal?.contains("certificate verify failed") == true)
    }

    @Test func `a DNS name that looks like a URI is not taken for one`() async throws {
        try tree.issue(
            "posing", names: "DNS:spiffe://example.org/billing,DNS:posing.example.org", by: "callers", usage: "clientAuth")
        let outcome = try await TLSConnection.shakeHands(context(), options("posing"))
        #expect(try outcome.server.get() == ["posing.example.org"])
    }

    @Test func `without client_ca no certificate is asked for, and no name is believed`() async throws {
        try tree.issue("billing", names: "URI:spiffe://example.org/billing", by: "callers", usage: "clientAuth")
        let context = try TLSServerContext(.init(certificate: tree.path("server.pem"), key: tree.path("server.key")))
        let outcome = try await TLSConnection.shakeHands(context, options("billing"))
        #expect(try outcome.server.get() == [])
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `a session that is resumed keeps its client's names`(version: Int32) async throws {
        try tree.issue("billing", names: "URI:spiffe://example.org/billing", by: "callers", usage: "clientAuth")
        let outcome = try await TLSResumption.run(context(), options("billing", version: version))
        #expect(outcome.failure == nil)
        #expect(outcome.isResumed)
        #expect(outcome.names == ["spiffe://example.org/billing"])
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `a session whose client certificate has expired since is not resumed`(version: Int32) async throws {
        try tree.issue("billing", by: "callers", usage: "clientAuth")
        let context = try context()
        // The only way to it: the pointer is private. No handshake is in progress when the time is set.
        let raw = try #require(Mirror(reflecting: context).descendant("context") as? OpaquePointer)
        let outcome = try await TLSResumption.run(context, options("billing", version: version)) {
            X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(raw), time(nil) + 3 * 86_400)
        }
        #expect(!outcome.isResumed)
        #expect(outcome.names.isEmpty)
    }

    @Test func `a session is not resumed after the files were read again: the client shows its certificate anew`() async throws {
        try tree.issue("billing", names: "URI:spiffe://example.org/billing", by: "callers", usage: "clientAuth")
        let outcome = try await TLSResumption.run(context(), options("billing"), then: context())
        #expect(outcome.failure == nil)
        #expect(!outcome.isResumed)
        #expect(outcome.names == ["spiffe://example.org/billing"])
    }
}
