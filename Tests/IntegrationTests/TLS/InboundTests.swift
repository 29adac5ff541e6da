import Foundation
import Synchronization
import TestSupport
import Testing
import ZuoraSandbox

extension TLSTests {
    @Suite struct InboundTests {
        private func with(
            tls: String = "", more: String = "", _ body: (TLSBench.Gateway, CertificateTree) throws -> Void
        ) async throws {
            let sandbox = try await SandboxServer.start()
            let tree = try CertificateTree(forGateway: ())
            try tree.makeAuthority("callers")
            try tree.issue("billing", names: "URI:spiffe://example.org/billing", by: "callers", usage: "clientAuth")
            try tree.issue("reports", names: "DNS:reports.example.org", by: "callers", usage: "clientAuth")
            try tree.issue("nobody", names: "DNS:nobody.example.org", by: "callers", usage: "clientAuth")
            try tree.issue("stranger", names: "URI:spiffe://example.org/billing", usage: "clientAuth")
            let text = TLSBench.head(
                #""tls:127.0.0.1:0""#, "[gateway.tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n\(tls)")
            let tenant = TLSBench.tenant("acme", upstream: "http://\(sandbox.address)")
            try body(TLSBench.Gateway(tree, text + more + tenant), tree)
            await sandbox.stop()
        }

        private func cancel(
            _ gateway: TLSBench.Gateway, _ tree: CertificateTree, certificate: String? = nil, _ more: [String] = []
        ) throws -> TLSBench.Response {
            let shown = certificate.map { ["--cert", tree.path("\($0).pem"), "--key", tree.path("\($0).key")] } ?? []
            return try TLSBench.call(
                ["--cacert", tree.path("ca.pem"), "-X", "DELETE", "-H", "X-Zuora-Tenant: acme"] + shown + more
                    + [gateway.url("/v1/batch-query/jobs/executing.1", scheme: "https")])
        }

        @Test func `curl, s_client and Python cancel over TLS`() async throws {
            try await with { gateway, tree in
                for version in ["--tlsv1.2", "--tlsv1.3"] {
                    let response = try cancel(gateway, tree, [version, "--tls-max", String(version.suffix(3))])
                    #expect(response.field("Gateway-Outcome") != nil)
                }
                // Offers HTTP/2 and gets HTTP/1.1.
                #expect(try cancel(gateway, tree, ["--http2"]).head.hasPrefix("HTTP/1.1 200"))
                let request = "DELETE /v1/batch-query/jobs/executing.2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                let client = try TLSBench.run(
                    CertificateTree.tool,
                    ["s_client", "-connect", "127.0.0.1:\(gateway.ports[0])", "-CAfile", tree.path("ca.pem"), "-ign_eof"]
                        + ["-verify_return_error", "-alpn", "h2,http/1.1"],
                    input: request.replacingOccurrences(of: "Host: a", with: "Host: a\r\nX-Zuora-Tenant: acme"))
                #expect(client.text.contains("Gateway-Outcome: cancelled"))
                #expect(client.text.contains("ALPN protocol: http/1.1"))
                try #require(FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"))
                let script = """
                    import ssl, urllib.request, sys
                    request = urllib.request.Request(sys.argv[1], method='DELETE', headers={'X-Zuora-Tenant': 'acme'})
                    context = ssl.create_default_context(cafile=sys.argv[2])
                    print(urllib.request.urlopen(request, context=context).headers['Gateway-Outcome'])
                    """
                let python = try TLSBench.run(
                    "/usr/bin/python3",
                    ["-c", script, gateway.url("/v1/batch-query/jobs/executing.3", scheme: "https"), tree.path("ca.pem")])
                #expect(python.text == "cancelled\n", "\(python.errors)")
            }
        }

        @Test func `a client certificate identifies the caller`() async throws {
            let callers = """
                [callers.billing]
                san = ["spiffe://example.org/billing"]
                [callers.reports]
                san = ["reports.example.org"]
                routes = ["aqua.get"]

                """
            try await with(tls: #"client_ca = "callers.pem""#, more: callers) { gateway, tree in
                #expect(try cancel(gateway, tree, certificate: "billing").status == 200)
                #expect(gateway.accessLog.wait(for: #""caller":"billing""#))
                // Known, but not allowed to cancel; and not known at all.
                #expect(try cancel(gateway, tree, certificate: "reports").status == 403)
                #expect(try cancel(gateway, tree, certificate: "nobody").status == 401)
                // The right name by the wrong authority, and no certificate: no request is read.
                for certificate in ["stranger", nil] {
                    let response = try cancel(gateway, tree, certificate: certificate)
                    #expect(response.status == 0 && response.code != 0, "\(response.head)")
                }
                #expect(gateway.log.wait(for: "TLS handshake failed"))
                #expect(gateway.log.soFar.contains("certificate verify failed"))
            }
        }

        @Test func `a stalled handshake ends at the configured time-out`() async throws {
            try await with(tls: #"handshake_timeout = "300ms""#) { gateway, _ in
                // Long before the default of ten seconds.
                let descriptor = try #require(TLSBench.connect(port: gateway.ports[0], seconds: 7))
                defer { close(descriptor) }
                var byte: UInt8 = 0
                #expect(recv(descriptor, &byte, 1, 0) == 0)
                #expect(gateway.log.wait(for: "the TLS handshake timed out"))
            }
        }

        @Test(arguments: [true, false])
        func `certificates change under load, and no request fails`(bySignal: Bool) async throws {
            try await with { gateway, tree in
                for name in ["second", "third"] { try tree.issue(name) }
                let isOver = Atomic(false)
                let load = (0..<3).map { _ in TLSLoad(gateway, tree, until: { isOver.load(ordering: .relaxed) }) }
                // All three are at work.
                for worker in load { worker.wait(for: 10) }
                for name in ["second", "third", "second"] {
                    let before = try serial(gateway, tree)
                    for kind in ["pem", "key"] {
                        // As Kubernetes and certbot do it: a new file in the place of the old one.
                        let draft = tree.path("draft.\(kind)")
                        try FileManager.default.copyItem(atPath: tree.path("\(name).\(kind)"), toPath: draft)
                        rename(draft, tree.path("server.\(kind)"))
                    }
                    if bySignal { gateway.reload() }
                    // Looked at again when the gateway says that it has renewed its certificates.
                    let isShown = gateway.log.wait { _ in (try? serial(gateway, tree)).map { $0 != before } ?? false }
                    #expect(isShown, "\(name) is not shown")
                    for worker in load { worker.wait(for: worker.count + 5) }
                }
                isOver.store(true, ordering: .relaxed)
                for worker in load {
                    let results = worker.results()
                    #expect(results.count >= 20)
                    #expect(Set(results) == ["200 0"])
                }
            }
        }

        /// The serial number of the certificate that is shown now.
        private func serial(_ gateway: TLSBench.Gateway, _ tree: CertificateTree) throws -> String {
            let shown = try TLSBench.run(CertificateTree.tool, ["s_client", "-connect", "127.0.0.1:\(gateway.ports[0])"])
            let text = try TLSBench.run(CertificateTree.tool, ["x509", "-noout", "-serial"], input: shown.text)
            #expect(text.status == 0)
            return text.text
        }

        @Test func `a mismatched pair changes nothing, and the next one is used`() async throws {
            try await with { gateway, tree in
                try tree.issue("second")
                let before = try serial(gateway, tree)
                let pair = ["pem", "key"].map { tree.path("second.\($0)") }
                try FileManager.default.removeItem(atPath: tree.path("server.pem"))
                try FileManager.default.copyItem(atPath: pair[0], toPath: tree.path("server.pem"))
                #expect(gateway.log.wait(for: "certificate reload failed"))
                #expect(gateway.log.soFar.contains("does not match certificate"))
                #expect(try serial(gateway, tree) == before)
                try FileManager.default.removeItem(atPath: tree.path("server.key"))
                try FileManager.default.copyItem(atPath: pair[1], toPath: tree.path("server.key"))
                #expect(gateway.log.wait(for: "certificates reloaded"))
                #expect(try serial(gateway, tree) != before)
            }
        }

        @Test func `a reload that failed because of a missing file is retried when the file appears`() async throws {
            try await with { gateway, tree in
                let before = try serial(gateway, tree)
                let text = try String(contentsOfFile: gateway.file, encoding: .utf8)
                try text.replacingOccurrences(of: "server.", with: "later.")
                    .write(toFile: gateway.file, atomically: true, encoding: .utf8)
                #expect(gateway.log.wait(for: "reload failed"))
                try tree.issue("later")
                #expect(gateway.log.wait(for: "configuration reloaded"))
                #expect(try serial(gateway, tree) != before)
            }
        }

        @Test func `a TLS listener never serves plain HTTP, though a new file has none`() async throws {
            try await with(tls: #"client_ca = "callers.pem""#) { gateway, tree in
                let text = try String(contentsOfFile: gateway.file, encoding: .utf8)
                let start = try #require(text.range(of: "[gateway.tls]")).lowerBound
                let end = try #require(text.range(of: "[tenants.acme]")).lowerBound
                let plain = text.replacingCharacters(in: start..<end, with: "")
                    .replacingOccurrences(of: "tls:127.0.0.1:0", with: "127.0.0.1:0")
                try plain.write(toFile: gateway.file, atomically: true, encoding: .utf8)
                gateway.reload(isTaken: false)
                let url = gateway.url("/v1/batch-query/jobs/executing.1")
                #expect(try TLSBench.call(["-X", "DELETE", "-H", "X-Zuora-Tenant: acme", url]).status == 400)
                #expect(try cancel(gateway, tree, certificate: "billing").status == 200)
                #expect(
                    gateway.accessLog.wait(
                        for: #""client":"127.0.0.1","client_certificate":"spiffe://example.org/billing""#))
                #expect(try cancel(gateway, tree).status == 0, "a certificate is still asked for")
            }
        }

        @Test func `check and run refuse a key that belongs to another certificate, by its name`() throws {
            let tree = try CertificateTree(forGateway: ())
            try tree.issue("other")
            let text =
                TLSBench.head(#""tls:127.0.0.1:0""#, "[gateway.tls]\ncertificate = \"server.pem\"\nkey = \"other.key\"\n")
                + TLSBench.tenant("acme", upstream: "https://127.0.0.1:9", static: true)
            let file = try tree.write("gateway.conf", text)
            let check = try TLSBench.run(TLSBench.gateway, ["check", "--config", file])
            #expect(check.status == 64)
            #expect(check.errors.contains(":6: gateway.tls.key: key \(tree.path("other.key")) does not match"), "\(check.errors)")
            let run = try TLSBench.run(TLSBench.gateway, ["run", "--config", file])
            #expect(run.status == 1)
            #expect(run.errors.contains("other.key"))
        }
    }
}

/// One caller after the other, each with a connection of its own.
private final class TLSLoad: @unchecked Sendable {
    // Unchecked: `condition` guards what changes.

    private let condition = NSCondition()
    private var all: [String] = []
    private var isDone = false

    init(_ gateway: TLSBench.Gateway, _ tree: CertificateTree, until isOver: @escaping @Sendable () -> Bool) {
        let arguments =
            ["-s", "--noproxy", "*", "--cacert", tree.path("ca.pem"), "-X", "DELETE", "-H", "X-Zuora-Tenant: acme"]
            + [
                "-o", "/dev/null", "-w", "%{http_code} %{exitcode}",
                gateway.url("/v1/batch-query/jobs/executing.1", scheme: "https"),
            ]
        Thread.detachNewThread { [self] in
            while !isOver() {
                let result = (try? TLSBench.run(TLSBench.curl, arguments))?.text ?? "curl"
                change { all.append(result) }
            }
            change { isDone = true }
        }
    }

    private func change(_ body: () -> Void) {
        condition.withLock {
            body()
            condition.broadcast()
        }
    }

    var count: Int { condition.withLock { all.count } }

    /// Waits until so many calls are over, or for 30 seconds.
    func wait(for wanted: Int) {
        let deadline = Date(timeIntervalSinceNow: 30)
        condition.withLock { while all.count < wanted, condition.wait(until: deadline) {} }
    }

    func results() -> [String] {
        condition.withLock {
            while !isDone { condition.wait() }
            return all
        }
    }
}
