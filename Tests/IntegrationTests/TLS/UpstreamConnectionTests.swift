import Foundation
import TestSupport
import Testing
import ZuoraSandbox

extension TLSTests {
    /// What goes well, and over which connections.
    @Suite struct UpstreamConnectionTests {
        /// Cancels that Zuora takes a while for, all at the same time.
        private func load(_ gateway: TLSBench.Gateway, _ count: Int, tenant: String = "acme") throws -> [String] {
            let url = gateway.url("/v1/batch-query/jobs/executing.[1-\(count)]")
            let output = try TLSBench.run(
                TLSBench.curl,
                ["-s", "--noproxy", "*", "--parallel", "--parallel-immediate", "--parallel-max", "\(count)", "--max-time", "60"]
                    + ["-X", "DELETE", "-H", "X-Zuora-Tenant: \(tenant)", "-o", "/dev/null", "-w", "%{http_code}\\n", url])
            return output.text.split(separator: "\n").map(String.init)
        }

        private func slow(_ sandbox: SandboxServer) throws {
            let response = try TLSBench.call(
                ["http://\(sandbox.address)/_sandbox/faults", "-d", #"{"effect":"slow-500ms","match":{"method":"DELETE"}}"#])
            #expect((200..<300).contains(response.status))
        }

        @Test
        func `HTTP 1.1 is spoken to an upstream that offers HTTP 2 too, with a connection for each request at the same time`()
            async throws
        {
            let sandbox = try await SandboxServer.start()
            try slow(sandbox)
            let tree = try CertificateTree(forGateway: ())
            let front = try TLSBench.Nginx(
                tree, upstream: "http://\(sandbox.address)", [tree.block("server", listen: "ssl http2")])
            let gateway = try TLSBench.Gateway(
                tree,
                TLSBench.head()
                    + TLSBench.tenant(
                        "acme", upstream: "https://127.0.0.1:\(front.ports[0])", #"ca_file = "ca.pem""#))
            #expect(try load(gateway, 6) == Array(repeating: "200", count: 6))
            let lines = try front.lines("DELETE")
            #expect(Set(lines.map(\.http)) == ["HTTP/1.1"])
            #expect(Set(lines.map(\.connection)).count == 6, "requests at the same time need a connection each")
            await sandbox.stop()
        }

        @Test(arguments: ["TLSv1.2", "TLSv1.3"])
        func `a new connection resumes the session of an earlier one`(version: String) async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            let front = try TLSBench.Nginx(
                tree, upstream: "http://\(sandbox.address)", http: "keepalive_timeout 0;",
                [tree.block("server", listen: "ssl", "ssl_protocols \(version); ssl_session_cache shared:tests:1m;")])
            let gateway = try TLSBench.Gateway(
                tree,
                TLSBench.head()
                    + TLSBench.tenant("acme", upstream: "https://127.0.0.1:\(front.ports[0])", #"ca_file = "ca.pem""#))
            for number in 1...3 { #expect(try gateway.cancel("executing.\(number)", tenant: "acme").status == 200) }
            let lines = try front.lines("DELETE")
            #expect(Set(lines.map(\.connection)).count == 3)
            #expect(lines.map(\.isResumed) == [false, true, true], "\(front.raw)")
            await sandbox.stop()
        }

        @Test func `each tenant shows its own certificate, and no connection is shared between two`() async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            try tree.makeAuthority("callers")
            let names = ["one", "two"]
            for name in names { try tree.issue(name, by: "callers", usage: "clientAuth") }
            let front = try TLSBench.Nginx(
                tree, upstream: "http://\(sandbox.address)",
                [
                    tree.block(
                        "server", listen: "ssl http2", "ssl_client_certificate \(tree.path("callers.pem")); ssl_verify_client on;"
                    )
                ])
            let tenants = names.map { name in
                TLSBench.tenant(
                    name, upstream: "https://127.0.0.1:\(front.ports[0])",
                    "ca_file = \"ca.pem\"\nclient_certificate = \"\(name).pem\"\nclient_key = \"\(name).key\"")
            }
            let gateway = try TLSBench.Gateway(tree, TLSBench.head() + tenants.joined())
            for round in 1...5 {
                for name in names { #expect(try gateway.cancel("executing.\(name)-\(round)", tenant: name).status == 200) }
            }
            let lines = try front.lines("DELETE")
            #expect(lines.count == 10)
            for line in lines {
                #expect(line.client == (line.path.contains("one-") ? "CN=one" : "CN=two"), "\(front.raw)")
            }
            let connections = names.map { name in Set(lines.filter { $0.client == "CN=\(name)" }.map(\.connection)) }
            #expect(connections.map(\.count) == [1, 1])
            #expect(connections[0].isDisjoint(with: connections[1]))
            // The token calls show them too.
            #expect(Set(try front.lines("POST").map(\.client)) == ["CN=one", "CN=two"])
            await sandbox.stop()
        }

        @Test func `a tenant that trusts another authority gets no connection that a neighbour has opened`() async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            try tree.makeAuthority("other")
            let front = try TLSBench.Nginx(
                tree, upstream: "http://\(sandbox.address)", [tree.block("server", listen: "ssl http2")])
            let upstream = "https://127.0.0.1:\(front.ports[0])"
            let gateway = try TLSBench.Gateway(
                tree,
                TLSBench.head() + TLSBench.tenant("trusting", upstream: upstream, #"ca_file = "ca.pem""#)
                    + TLSBench.tenant("wary", upstream: upstream, #"ca_file = "other.pem""#, static: true))
            for _ in 0..<3 {
                #expect(try gateway.cancel("executing", tenant: "trusting").status != 502)
                let refused = try gateway.cancel("executing", tenant: "wary")
                #expect(refused.status == 502)
                #expect(refused.field("Proxy-Status")?.contains("error=tls_certificate_error") == true)
            }
            await sandbox.stop()
        }

        @Test func `haproxy and stunnel are upstreams like any other`() async throws {
            let sandbox = try await SandboxServer.start()
            guard case .tcp(_, let plain) = sandbox.address else { return #expect(Bool(false)) }
            let tree = try CertificateTree(forGateway: ())
            let haproxy = try TLSBench.haproxy(tree, upstream: Int(plain), bind: "alpn h2,http/1.1")
            let stunnel = try TLSBench.stunnel(tree, upstream: Int(plain))
            let tenants = [("haproxy", haproxy.port), ("stunnel", stunnel.port)].map { name, port in
                TLSBench.tenant(name, upstream: "https://127.0.0.1:\(port)", #"ca_file = "ca.pem""#)
            }
            let gateway = try TLSBench.Gateway(tree, TLSBench.head() + tenants.joined())
            for name in ["haproxy", "stunnel"] {
                for round in 1...3 { #expect(try gateway.cancel("executing.\(name)-\(round)", tenant: name).status == 200) }
            }
            await sandbox.stop()
        }
    }
}
