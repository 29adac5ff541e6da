import Foundation
import TestSupport
import Testing

@testable import Network

@Suite(.timeLimit(.minutes(2)))
struct SelfSignedAuthorityTests {
    private func refusal(host: String, hosts: [String], trusting other: SelfSignedAuthority? = nil) async throws -> String? {
        let authority = try SelfSignedAuthority(name: "stand-in")
        let context = try authority.serverContext(hosts: hosts)
        let tree = try CertificateTree()
        let trusted = try tree.write("authority.pem", (other ?? authority).pem)
        let outcome = try await TLSConnection.run(context) { client in
            client.handshake() ?? client.verify(authority: trusted, host: host)
        } server: { _ in
        }
        return outcome.client
    }

    @Test(arguments: ["localhost", "127.0.0.1", "::1"])
    func `its certificates are trusted by clients that trust it`(host: String) async throws {
        #expect(try await refusal(host: host, hosts: ["localhost", "127.0.0.1", "::1"]) == nil)
    }

    @Test func `a host that was not named is not covered`() async throws {
        #expect(try await refusal(host: "example.org", hosts: ["localhost"]) == "not for example.org")
    }

    @Test func `another authority of the same name is another authority`() async throws {
        let other = try SelfSignedAuthority(name: "stand-in")
        #expect(try await refusal(host: "localhost", hosts: ["localhost"], trusting: other) != nil)
    }

    @Test func `the openssl tool finds nothing wrong with them`() throws {
        let tree = try CertificateTree()
        let authority = try SelfSignedAuthority(name: "stand-in")
        let file = try tree.write("authority.pem", authority.pem)
        #expect(try tree.run(["verify", "-x509_strict", "-check_ss_sig", "-CAfile", file, file]).contains("OK"))
        let text = try tree.run(["x509", "-in", file, "-noout", "-text"])
        #expect(text.contains("CA:TRUE") && text.contains("Certificate Sign") && text.contains("CN = stand-in"))
        #expect(!authority.pem.contains("PRIVATE KEY"))
    }

    @Test func `a host that is none is refused`() throws {
        let authority = try SelfSignedAuthority(name: "stand-in")
        #expect(throws: TLSError.self) { try authority.serverContext(hosts: ["1.2.3.4.5"]) }
        #expect(throws: TLSError.self) { try authority.serverContext(hosts: []) }
    }
}
