import Foundation
import Policy
import TestSupport
import Testing

@testable import Network

@Suite(.timeLimit(.minutes(2)))
struct TLSFileTests {
    let tree: CertificateTree

    init() throws {
        tree = try CertificateTree()
        try tree.issue("server")
        try tree.issue("other")
    }

    func refusal(certificate: String = "server.pem", key: String = "server.key", clientCA: String? = nil) -> String? {
        let settings = InboundTLSSettings(
            certificate: tree.path(certificate), key: tree.path(key), clientCA: clientCA.map(tree.path))
        do throws(TLSError) {
            _ = try TLSServerContext(settings)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `good files are taken`() {
        #expect(refusal() == nil)
        #expect(refusal(clientCA: "ca.pem") == nil)
    }

    @Test func `a key that belongs to another certificate is refused by both files' names`() {
        let text = refusal(key: "other.key")
        #expect(text?.contains(tree.path("other.key")) == true)
        #expect(text?.contains(tree.path("server.pem")) == true)
        #expect(text?.contains("does not match") == true)
    }

    @Test func `a file that is missing is named, with the reason`() {
        #expect(refusal(certificate: "none.pem")?.hasPrefix("certificate \(tree.path("none.pem")): ") == true)
        #expect(refusal(key: "none.key")?.hasPrefix("key \(tree.path("none.key")): ") == true)
        #expect(refusal(clientCA: "none.ca")?.hasPrefix("client_ca \(tree.path("none.ca")): ") == true)
        #expect(refusal(key: "none.key")?.lowercased().contains("no such file") == true)
    }

    @Test(arguments: ["", "nonsense\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func `a file that is no PEM is named`(content: String) throws {
        try tree.write("bad.pem", content)
        #expect(refusal(certificate: "bad.pem")?.contains(tree.path("bad.pem")) == true)
        #expect(refusal(key: "bad.pem")?.contains(tree.path("bad.pem")) == true)
        #expect(refusal(clientCA: "bad.pem")?.contains(tree.path("bad.pem")) == true)
    }

    @Test func `a key under a passphrase is refused without asking for it`() throws {
        try tree.run(["ec", "-in", tree.path("server.key"), "-aes256", "-passout", "pass:x", "-out", tree.path("locked.key")])
        let text = refusal(key: "locked.key")
        #expect(text?.contains(tree.path("locked.key")) == true)
        #expect(text?.contains("passphrase") == true)
    }

    @Test func `intermediates in the certificate's file are sent along`() async throws {
        try tree.run(
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", tree.path("openssl.cnf")]
                + ["-keyout", tree.path("middle.key"), "-out", tree.path("middle.csr"), "-subj", "/CN=middle"])
        try tree.write("middle.ext", "basicConstraints=critical,CA:TRUE\n")
        try tree.run(
            ["x509", "-req", "-in", tree.path("middle.csr"), "-CA", tree.path("ca.pem"), "-CAkey", tree.path("ca.key")]
                + ["-CAcreateserial", "-days", "2", "-out", tree.path("middle.pem"), "-extfile", tree.path("middle.ext")])
        try tree.issue("leaf", by: "middle")
        let chain = try ["leaf.pem", "middle.pem"].map { try String(contentsOfFile: tree.path($0), encoding: .utf8) }.joined()
        try tree.write("chain.pem", chain)
        let context = try TLSServerContext(.init(certificate: tree.path("chain.pem"), key: tree.path("leaf.key")))
        let root = tree.path("ca.pem")
        let outcome = try await TLSConnection.run(context) { client in
            client.handshake() ?? client.verify(authority: root, host: "localhost")
        } server: { _ in
        }
        #expect(outcome.client == nil)
    }
}
