import Foundation
import TestSupport
import Testing

extension TLSTests {
    @Suite struct SandboxTLSTests {
        @Test func `the gateway trusts a sandbox that speaks TLS by the authority that it writes`() throws {
            let tree = try CertificateTree(forGateway: ())
            let authority = tree.path("sandbox-ca.pem")
            let port = try LoopbackSocket.freePort()
            let sandbox = try TLSBench.Server(
                TLSBench.sandbox, ["--listen", "127.0.0.1:\(port)", "--tls", "--ca-out", authority])
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

        @Test func `handshakes with upstreams are counted, the failed ones apart`() throws {
            let tree = try CertificateTree(forGateway: ())
            let (port, admin) = try (LoopbackSocket.freePort(), LoopbackSocket.freePort())
            let sandbox = try TLSBench.Server(
                TLSBench.sandbox, ["--listen", "127.0.0.1:\(port)", "--tls", "--ca-out", tree.path("sandbox-ca.pem")])
            #expect(sandbox.output.wait(for: "https://127.0.0.1:\(port)"))
            let head = TLSBench.head().replacingOccurrences(of: #"admin = "off""#, with: #"admin = "127.0.0.1:\#(admin)""#)
            let gateway = try TLSBench.Gateway(
                tree,
                head + TLSBench.tenant("acme", upstream: "https://127.0.0.1:\(port)", #"ca_file = "sandbox-ca.pem""#)
                    + TLSBench.tenant("globex", upstream: "https://127.0.0.1:\(port)"))
            #expect(try gateway.cancel("executing", tenant: "acme").field("Gateway-Outcome") == "cancelled")
            #expect(try gateway.cancel("executing", tenant: "globex").status == 503)
            let metrics = try TLSBench.call(["http://127.0.0.1:\(admin)/metrics"]).body
            // The token's connection and the cancel's.
            #expect(metrics.contains(#"tls_handshakes_total{side="upstream",result="done"} 2"#))
            #expect(metrics.contains("upstream_connections_total 2\n") || metrics.contains("upstream_connections_total 3\n"))
            let failed = #"tls_handshakes_total{side="upstream",result="failed"} "#
            #expect(metrics.contains(failed) && !metrics.contains(failed + "0"))
            #expect(metrics.contains(#"token_fetches_total{tenant="acme",result="done"} 1"#))
            #expect(!metrics.contains(#"token_fetches_total{tenant="globex",result="failed"} 0"#))
        }

        @Test(arguments: [["--tls"], ["--ca-out", "x.pem"]])
        func `a sandbox whose certificate nobody could trust is not started`(arguments: [String]) throws {
            let output = try TLSBench.run(TLSBench.sandbox, ["--listen", "127.0.0.1:0"] + arguments)
            #expect(output.status == 64)
            #expect(output.errors.contains("required together"))
        }
    }
}
