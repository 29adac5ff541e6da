import Glibc
import Network
import Policy
import TestSupport
import Testing
import Wire

@testable import Gateway

/// What the call to a token endpoint makes of gzip content.
@Suite struct TokenCallTests {
    private static let grant = #"{"access_token":"t","token_type":"bearer","expires_in":3600}"#

    private static func gzip(_ text: String, cut: Int = 0) throws -> [UInt8] {
        try Deflater().deflateWhole(Array(text.utf8).span).dropLast(cut)
    }

    /// The failure of a call that gets this response; nil for a token.
    private func failure(_ status: String, _ content: [UInt8]) async throws -> TokenFailure? {
        let server = try LoopbackServer()
        defer { server.stop() }
        let head = "HTTP/1.1 \(status)\r\nContent-Encoding: gzip\r\nContent-Length: \(content.count)\r\n\r\n"
        server.start { connection, _ in
            var form = [UInt8](repeating: 0, count: 4096)
            var request = ""
            while !request.contains("grant_type") {
                let count = recv(connection, &form, form.count, 0)
                guard count > 0 else { return }
                request += String(decoding: form[..<count], as: UTF8.self)
            }
            _ = LoopbackSocket.send(connection, Array(head.utf8) + content)
        }
        let origin = "http://127.0.0.1:\(server.port)"
        var tenant = TenantSettings(
            name: "acme", upstream: UpstreamSettings(url: origin), credential: .client(id: "id", secret: .literal("secret")))
        tenant.token = TokenSettings(url: origin + "/oauth/token")
        let target = try UpstreamTarget(tenant.upstream)
        let key = try #require(CredentialKey(tenant))
        let call = try #require(TokenCall(key, tenant.token, secret: Secret(copying: "secret"), target: target))
        return try await KeeperLoop.with { loop in
            switch await call.make(loop.client) {
            case .token: nil
            case .failure(let failure): failure
            }
        }
    }

    @Test func `a token is found in it`() async throws {
        #expect(try await failure("200 OK", Self.gzip(Self.grant)) == nil)
    }

    @Test func `if it is cut off or too large, the failure says so, not that it is empty`() async throws {
        let cut = try await failure("200 OK", Self.gzip(Self.grant, cut: 5))
        #expect(cut == TokenFailure(.malformedResponse(.undecodable), status: 200))
        let large = String(repeating: " ", count: TokenResponse.bodyLimit) + Self.grant
        let bomb = try await failure("200 OK", Self.gzip(large))
        #expect(bomb == TokenFailure(.malformedResponse(.undecodable), status: 200))
    }

    @Test func `a refusal is one without it, too`() async throws {
        let refused = try await failure("401 Unauthorized", Self.gzip(Self.grant, cut: 5))
        #expect(refused?.cause == .wrongSecret)
    }
}
