import Foundation
import Testing

extension TLSTests {
    @Suite(.enabled(if: TLSBench.has(), "there is no curl or no openssl"))
    struct SandboxTLSTests {
        @Test func `the gateway trusts a sandbox that speaks TLS by the authority that it writes`() throws {
            let tree = try CertificateTree(forGateway: ())
            let authority = tree.path("sandbox-ca.pem")
            let port = try TLSBench.freePort()
            let sandbox = try TLSBench.Server(
                TLSBench.gateway, ["sandbox", "--listen", "127.0.0.1:\(port)", "--tls", "--ca-out", authority])
            #expect(sandbox.output.wait(for: "https://127.0.0.1:\(port)"))
            for host in ["127.0.0.1", "localhost"] {
                let gateway = try TLSBench.Gateway(
                    tree,
                    TLSBench.head()
                        + TLSBench.tenant("acme", upstream: "https://\(host):\(port)", #"ca_file = "sandbox-ca.pem""#))
                #expect(try gateway.cancel("executing.\(host.prefix(3))", tenant: "acme").field("Gateway-Outcome") == "cancelled")
            }
            #expect(try TLSBench.call(["https://127.0.0.1:\(port)/_sandbox/book"]).code == 60, "nobody else trusts it")
            let written = try String(contentsOfFile: authority, encoding: .utf8)
            #expect(!written.contains("PRIVATE"))
        }

        @Test(arguments: [["--tls"], ["--ca-out", "x.pem"]])
        func `a sandbox whose certificate nobody could trust is not started`(arguments: [String]) throws {
            let output = try TLSBench.run(TLSBench.gateway, ["sandbox", "--listen", "127.0.0.1:0"] + arguments)
            #expect(output.status == 64)
            #expect(output.errors.contains("go together"))
        }
    }
}
