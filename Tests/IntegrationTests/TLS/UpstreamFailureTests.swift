import Foundation
import TestSupport
import Testing
import ZuoraSandbox

extension TLSTests {
    /// Each way in which no trusted connection comes about is provoked, by servers that are not ours.
    @Suite struct UpstreamFailureTests {
        struct Case {
            var name: String
            var port: Int
            /// The error of `Proxy-Status`.
            var error: String
            /// What the detail says beside the upstream's name.
            var reason: String
            var settings = #"ca_file = "ca.pem""#
        }

        /// Names the upstream and the reason everywhere: to the caller and in the log.
        private func check(_ cases: [Case], _ tree: CertificateTree) throws {
            let tenants = cases.map {
                TLSBench.tenant($0.name, upstream: "https://127.0.0.1:\($0.port)", $0.settings, static: true, attempts: 2)
            }
            let gateway = try TLSBench.Gateway(tree, TLSBench.head() + tenants.joined())
            for expected in cases {
                let response = try gateway.cancel("executing.1", tenant: expected.name)
                let upstream = "127.0.0.1:\(expected.port)"
                #expect(response.status == 502, "\(expected.name)")
                #expect(
                    response.field("Proxy-Status") == "zuora-gateway; error=\(expected.error); next-hop=\"\(upstream)\"; "
                        + "details=\"upstream-tls\"", "\(expected.name)")
                #expect(response["type"] == "urn:problem-type:zuora-gateway:upstream-tls", "\(expected.name)")
                let detail = response["detail"] ?? ""
                #expect(detail.hasPrefix("\(upstream): \(expected.reason)"), "\(expected.name)")
                #expect(response["may_have_reached_zuora"] == "0", "\(expected.name): \(response.body)")
                #expect(!response.body.contains("not-a-token") && !response.body.contains(tree.folder), "\(expected.name)")
                // A handshake may succeed the next time; a refusal of what is configured will not.
                #expect((response.field("Gateway-Attempts") != nil) == expected.reason.hasPrefix("the TLS handshake failed"))
                let line = "\"detail\":\"\(upstream): \(expected.reason)"
                #expect(gateway.accessLog.wait(for: line), "\(expected.name): \(gateway.accessLog.soFar)")
            }
        }

        @Test func `every reason not to trust an upstream is named to the caller and in the log`() async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            try tree.issueUntrusted()
            try tree.issue("billing", usage: "clientAuth")
            let front = try TLSBench.Nginx(
                tree, upstream: "http://\(sandbox.address)",
                [
                    tree.block("late"), tree.block("elsewhere"), tree.block("foreign"),
                    tree.block("server", "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
                    tree.block("server", "ssl_protocols TLSv1.2;"),
                    // A cipher that an ECDSA certificate cannot be used with.
                    tree.block("server", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;"),
                ])
            guard case .tcp(_, let plain) = sandbox.address else { return #expect(Bool(false)) }
            let demanding = try TLSBench.haproxy(
                tree, upstream: Int(plain), bind: "ca-file \(tree.path("other.pem")) verify required")
            try check(
                [
                    .init(
                        name: "expired", port: front.ports[0], error: "tls_certificate_error",
                        reason: "the upstream's certificate has expired"),
                    .init(
                        name: "wrong-host", port: front.ports[1], error: "tls_certificate_error",
                        reason: "the upstream's certificate is for another host"),
                    .init(
                        name: "unknown-ca", port: front.ports[2], error: "tls_certificate_error",
                        reason: "the upstream's certificate is from an unknown authority"),
                    .init(
                        name: "system-ca", port: front.ports[4], error: "tls_certificate_error",
                        reason: "the upstream's certificate is from an unknown authority", settings: ""),
                    .init(
                        name: "too-old", port: front.ports[3], error: "tls_protocol_error",
                        reason: "no TLS version in common with the upstream"),
                    .init(
                        name: "only-1-2", port: front.ports[4], error: "tls_protocol_error",
                        reason: "no TLS version in common with the upstream",
                        settings: "ca_file = \"ca.pem\"\nmin_tls = \"1.3\""),
                    .init(
                        name: "no-cipher", port: front.ports[5], error: "tls_protocol_error", reason: "the TLS handshake failed ("
                    ),
                    .init(
                        name: "plain", port: Int(plain), error: "tls_protocol_error", reason: "the TLS handshake failed ("),
                    .init(
                        name: "certificate-wanted", port: demanding.port, error: "tls_alert_received",
                        reason: "the upstream requires a client certificate, or rejects the one it got"),
                    .init(
                        name: "certificate-refused", port: demanding.port, error: "tls_alert_received",
                        reason: "the upstream requires a client certificate, or rejects the one it got",
                        settings: "ca_file = \"ca.pem\"\nclient_certificate = \"billing.pem\"\nclient_key = \"billing.key\""),
                ], tree)
            await sandbox.stop()
        }

        @Test func `a file of ours that cannot be used is not shown to callers`() async throws {
            let tree = try CertificateTree(forGateway: ())
            try tree.write("broken.pem", "nonsense\n")
            let tenant = TLSBench.tenant("acme", upstream: "https://127.0.0.1:9", #"ca_file = "broken.pem""#, static: true)
            let gateway = try TLSBench.Gateway(tree, TLSBench.head() + tenant)
            let response = try gateway.cancel("executing.1", tenant: "acme")
            #expect(response.status == 502 || response.status == 503)
            #expect(response["detail"]?.contains("127.0.0.1:9") == true)
            #expect(!response.body.contains("broken.pem"))
        }

        @Test func `a token call without the client certificate that is wanted has the same reason and error type`() async throws
        {
            let tree = try CertificateTree(forGateway: ())
            try tree.issueUntrusted()
            let demanding = try TLSBench.haproxy(
                tree, upstream: 9, bind: "ca-file \(tree.path("other.pem")) verify required")
            let tenant = TLSBench.tenant("acme", upstream: "https://127.0.0.1:\(demanding.port)", "ca_file = \"ca.pem\"")
            let gateway = try TLSBench.Gateway(tree, TLSBench.head() + tenant)
            let response = try gateway.cancel("executing.1", tenant: "acme")
            #expect(response.status == 503)
            #expect(response.field("Proxy-Status")?.contains("error=tls_alert_received") == true)
            #expect(response["detail"]?.contains("the upstream requires a client certificate") == true, "\(response.body)")
        }

        @Test func `an untrusted token endpoint is named, and fixed by a reload`() async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            try tree.makeAuthority("other")
            let front = try TLSBench.Nginx(
                tree, upstream: "http://\(sandbox.address)", [tree.block("server")])
            func text(_ authority: String) -> String {
                TLSBench.head()
                    + TLSBench.tenant("acme", upstream: "https://127.0.0.1:\(front.ports[0])", "ca_file = \"\(authority)\"")
            }
            let gateway = try TLSBench.Gateway(tree, text("other.pem"))
            let refused = try gateway.cancel("executing.1", tenant: "acme")
            #expect(refused.status == 503)
            #expect(refused.field("Proxy-Status")?.contains("error=tls_certificate_error") == true)
            #expect(refused.field("Proxy-Status")?.contains("next-hop=\"127.0.0.1:\(front.ports[0])\"") == true)
            #expect(refused["detail"]?.contains("the upstream's certificate is from an unknown authority") == true)
            #expect(gateway.log.wait(for: "token fetch failed"))
            #expect(gateway.log.soFar.contains("from an unknown authority"))

            try text("ca.pem").write(toFile: gateway.file, atomically: true, encoding: .utf8)
            gateway.reload()
            #expect(try gateway.cancel("executing.1", tenant: "acme").status == 200)
            await sandbox.stop()
        }
    }
}
