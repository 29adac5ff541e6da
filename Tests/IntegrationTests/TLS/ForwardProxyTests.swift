import Foundation
import TestSupport
import Testing
import ZuoraSandbox

extension TLSTests {
    @Suite struct ForwardProxyTests {
        /// A TLS upstream that only the proxy can find: its name resolves nowhere.
        private func with(
            environment: (TLSBench.ConnectProxy) -> [String: String] = { _ in [:] },
            settings: (TLSBench.ConnectProxy) -> String = { _ in "" },
            _ body: (TLSBench.Gateway, TLSBench.ConnectProxy) throws -> Void
        ) async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            try tree.issue("zuora", names: "DNS:rest.zuora.invalid")
            let front = try TLSBench.Nginx(
                tree, upstream: "http://\(sandbox.address)", [tree.block("zuora", listen: "ssl http2")])
            let proxy = try TLSBench.ConnectProxy(to: front.ports[0])
            let tenant = TLSBench.tenant(
                "acme", upstream: "https://rest.zuora.invalid", "ca_file = \"ca.pem\"\n\(settings(proxy))")
            let gateway = try TLSBench.Gateway(tree, TLSBench.head() + tenant, environment: environment(proxy))
            try body(gateway, proxy)
            await sandbox.stop()
        }

        private func expectTunnel(_ gateway: TLSBench.Gateway, _ proxy: TLSBench.ConnectProxy) throws {
            let response = try gateway.cancel("executing.1", tenant: "acme")
            #expect(response.status == 200, "\(response.body)")
            let requests = proxy.requests
            // One for the token, one for the cancel.
            #expect(requests.count == 2)
            for request in requests {
                #expect(request.hasPrefix("CONNECT rest.zuora.invalid:443 HTTP/1.1\r\n"))
                #expect(!request.contains("uthorization") && !request.contains("executing"), "\(request)")
            }
        }

        @Test func `a proxy in the file is used, and sees neither path nor token`() async throws {
            try await with(settings: { "proxy = \"http://127.0.0.1:\($0.port)\"" }, expectTunnel)
        }

        @Test(arguments: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
        func `a proxy in the environment is used`(variable: String) async throws {
            try await with(environment: { [variable: "http://127.0.0.1:\($0.port)"] }, expectTunnel)
        }

        @Test func `the file's proxy goes before the environment's, and none means none`() async throws {
            try await with(
                environment: { _ in ["HTTPS_PROXY": "http://127.0.0.1:9"] },
                settings: { "proxy = \"http://127.0.0.1:\($0.port)\"" },
                expectTunnel)
            try await with(
                environment: { ["HTTPS_PROXY": "http://127.0.0.1:\($0.port)"] },
                settings: { _ in "proxy = \"none\"\n" + Self.hurry }
            ) { gateway, proxy in
                let response = try gateway.cancel("executing.1", tenant: "acme")
                #expect(response.status == 503)
                #expect(proxy.requests.isEmpty)
            }
        }

        /// A token endpoint that cannot be reached is tried again for as long as the caller has time.
        private static let hurry = "timeout = \"1s\""

        @Test(arguments: ["rest.zuora.invalid", "zuora.invalid", ".invalid", "*", "other,rest.zuora.invalid:443"])
        func `what NO_PROXY names is reached directly`(exceptions: String) async throws {
            try await with(
                environment: { ["HTTPS_PROXY": "http://127.0.0.1:\($0.port)", "NO_PROXY": exceptions] },
                settings: { _ in Self.hurry }
            ) { gateway, proxy in
                let response = try gateway.cancel("executing.1", tenant: "acme")
                #expect(response.status == 503)
                #expect(response.field("Proxy-Status")?.contains("error=dns_error") == true)
                #expect(proxy.requests.isEmpty)
            }
        }

        @Test func `an upstream on loopback never goes through the environment's proxy`() async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            let tenant = TLSBench.tenant("acme", upstream: "http://\(sandbox.address)")
            let gateway = try TLSBench.Gateway(
                tree, TLSBench.head() + tenant,
                environment: ["HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"])
            #expect(try gateway.cancel("executing.1", tenant: "acme").status == 200)
            await sandbox.stop()
        }
    }
}
