import Foundation
import Network
import Policy
import TestSupport
import Testing
import Wire

@testable import ZuoraSandbox

extension SocketTests {
    @Suite struct ServerTLSTests {
        /// Runs `body` with a server that speaks TLS, and its authority's path.
        private static func with(_ body: @concurrent (SandboxServer, String) async throws -> Void) async throws {
            let tree = try CertificateTree()
            try tree.issue("server")
            let tls = try TLSServerContext(
                InboundTLSSettings(certificate: tree.path("server.pem"), key: tree.path("server.key")))
            try await ServerBench.serving(tls: tls) { try await body($0, tree.path("ca.pem")) }
        }

        @Test func `responses over TLS are complete, and break as their faults say`() async throws {
            try await Self.with { server, authority in
                let base = ["-s", "--noproxy", "*", "--cacert", authority]
                for (effect, code): (String?, Int32) in [
                    (nil, 0), ("goodbye", 0), ("split-7", 0), ("close", 52), ("truncate", 18),
                ] {
                    if let effect { try await ServerBench.fault(server, effect) }
                    #expect(try ServerBench.run("/usr/bin/curl", base + ["https://\(server.address)/v1/files/x"]) == code)
                }
            }
        }

        @Test func `plain HTTP gets a 400`() async throws {
            try await Self.with { server, _ in
                let client = try RawClient(server)
                #expect(client.call("GET", "/_sandbox").status == 400)
            }
        }

        @Test func `a client that disconnects during a response does not affect others`() async throws {
            try await Self.with { server, authority in
                let base = ["-s", "--noproxy", "*", "--cacert", authority]
                let token = await server.perform { zuora in
                    zuora.tokens["t"] = AccessToken(
                        text: "t", client: SandboxClient.acme.id, tenant: "acme", entities: [Bench.emea],
                        expires: zuora.time(.now()) + .seconds(600))
                    zuora.settings.framing = .length
                    return "Authorization: Bearer t"
                }
                let file = "https://\(server.address)/v1/files/file-100MiB"
                for _ in 0..<3 {
                    let code = try ServerBench.run("/usr/bin/curl", base + ["-H", token, "--max-filesize", "1000", file])
                    #expect(code == 63, "it leaves when it has read the head")
                }
                var text = ""
                let code = try ServerBench.run("/usr/bin/curl", base + ["https://\(server.address)/_sandbox/book"]) {
                    text += String(decoding: $0, as: UTF8.self)
                }
                #expect(code == 0 && text.contains("file-100MiB") && text.contains(#""whole":false"#))
            }
        }
    }
}
