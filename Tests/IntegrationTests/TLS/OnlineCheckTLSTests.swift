import Foundation
import TestSupport
import Testing
import ZuoraSandbox

extension TLSTests {
    /// `check --online` over TLS: what was agreed on, or why nothing could be.
    @Suite struct OnlineCheckTLSTests {
        @Test func `every connection is named by version and cipher, or by what went wrong with it`() async throws {
            let sandbox = try await SandboxServer.start()
            guard case .tcp(_, let plain) = sandbox.address else { return #expect(Bool(false)) }
            let tree = try CertificateTree(forGateway: ())
            try tree.issueUntrusted()
            func block(_ certificate: String, _ more: String = "") -> String {
                tree.block(certificate, listen: "ssl http2", more)
            }
            let front = try TLSBench.Nginx(
                tree, upstream: "http://127.0.0.1:\(plain)",
                [
                    block("server"), block("server", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;"),
                    block("late"), block("elsewhere"), block("foreign"),
                    block("server", "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
                    block("server", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;"),
                ])
            let demanding = try TLSBench.haproxy(
                tree, upstream: Int(plain), bind: "ca-file \(tree.path("ca.pem")) verify required")
            let rows: [(name: String, port: Int, cell: String, more: String)] = [
                ("modern", front.ports[0], "TLSv1.3, TLS_AES_256_GCM_SHA384", ""),
                ("older", front.ports[1], "TLSv1.2, ECDHE-ECDSA-AES128-GCM-SHA256", ""),
                ("expired", front.ports[2], "expired", ""),
                ("elsewhere", front.ports[3], "wrong host", ""),
                ("foreign", front.ports[4], "unknown CA", ""),
                ("old", front.ports[5], "protocol too old", ""),
                ("strict", front.ports[1], "protocol too old", "min_tls = \"1.3\""),
                ("cipher", front.ports[6], "handshake refused", ""),
                ("no-tls", Int(plain), "handshake refused", ""),
                ("nameless", demanding.port, "client certificate refused", ""),
                (
                    "named", demanding.port, "TLSv1.3, TLS_AES_256_GCM_SHA384",
                    "client_certificate = \"server.pem\"\nclient_key = \"server.key\""
                ),
                ("static", front.ports[0], "TLSv1.3, TLS_AES_256_GCM_SHA384", ""),
            ]
            let tenants = rows.map { row in
                TLSBench.tenant(
                    row.name, upstream: "https://127.0.0.1:\(row.port)", "ca_file = \"ca.pem\"\n\(row.more)",
                    static: row.name == "static")
            }
            let file = try tree.write("check.conf", TLSBench.head() + tenants.joined())
            let output = try TLSBench.run(TLSBench.gateway, ["check", "--online", "--config", file])
            #expect(output.status == 69, "\(output.text)\(output.errors)")
            let lines = output.text.split(separator: "\n").map(String.init)
            for row in rows {
                let place = try #require(lines.firstIndex { $0.hasPrefix("\(row.name) ") }, "\(row.name): \(output.text)")
                #expect(lines[place].contains("127.0.0.1:\(row.port)  \(row.cell)  "), "\(lines[place])")
                let isGood = row.cell.hasPrefix("TLSv1")
                #expect(
                    lines[place].contains(row.name == "static" ? "static, not sent" : isGood ? "ok, 3599 s" : "  -  "),
                    "\(row.name)")
                let remark = place + 1 < lines.count ? lines[place + 1] : ""
                #expect(isGood != remark.hasPrefix("  error: 127.0.0.1:\(row.port): "), "\(row.name): \(remark)")
            }
            for secret in [TLSBench.acmeSecret, "not-a-token"] + (try SandboxControl(port: Int(plain)).tokens()) {
                #expect(!output.text.contains(secret) && !output.errors.contains(secret))
            }
            await sandbox.stop()
        }

        @Test func `a certificate file that cannot be used is named to its owner`() async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            try tree.write("broken.pem", "nonsense\n")
            let tenant = TLSBench.tenant("acme", upstream: "https://\(sandbox.address)", #"ca_file = "broken.pem""#, static: true)
            let file = try tree.write("check.conf", TLSBench.head() + tenant)
            let output = try TLSBench.run(TLSBench.gateway, ["check", "--online", "--config", file])
            #expect(output.status == 69)
            #expect(output.text.contains("bad certificate file") && output.text.contains("broken.pem"))
            await sandbox.stop()
        }
    }
}
