import Foundation
import Testing
import Wire

@testable import Policy

@Suite struct TokenRequestTests {
    private func body(_ request: TokenRequest) -> String {
        request.body.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
    }

    @Test func `the form holds the client's credentials and the grant type`() {
        let request = TokenRequest(clientID: "f2b1e0c4-98aa-4c1c-b6a9-d20d0a2d95c1", secret: Secret(copying: "s3cret"))
        #expect(
            body(request)
                == "client_id=f2b1e0c4-98aa-4c1c-b6a9-d20d0a2d95c1&grant_type=client_credentials&client_secret=s3cret")
    }

    @Test(arguments: [
        ("a b", "a+b"), ("a+b=c&d", "a%2Bb%3Dc%26d"), ("100%", "100%25"),
        ("~/:?#[]@!$'(),;", "%7E%2F%3A%3F%23%5B%5D%40%21%24%27%28%29%2C%3B"),
        ("*-._", "*-._"), ("é€😀", "%C3%A9%E2%82%AC%F0%9F%98%80"), ("", ""), ("AZaz09", "AZaz09"),
    ])
    func `a secret is encoded as forms are`(secret: String, encoded: String) {
        let text = body(TokenRequest(clientID: "i", secret: Secret(copying: secret)))
        #expect(text == "client_id=i&grant_type=client_credentials&client_secret=\(encoded)")
    }

    @Test func `every byte survives a decoder`() throws {
        let bytes = (0...255).map { UInt8($0) }
        let request = TokenRequest(clientID: "i", secret: Secret(copying: bytes.span))
        let encoded = try #require(body(request).components(separatedBy: "client_secret=").last)
        var decoded: [UInt8] = []
        var rest = Array(encoded.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                decoded.append(try #require(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)))
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        #expect(decoded == bytes)
    }

    @Test func `further parameters are added`() {
        let request = TokenRequest(
            clientID: "i", secret: Secret(copying: "s"), extra: [("audience", "https://zuora"), ("re source", "x y")])
        #expect(
            body(request)
                == "client_id=i&grant_type=client_credentials&audience=https%3A%2F%2Fzuora&re+source=x+y&client_secret=s")
    }

    @Test func `the fields are those of a form, and none that logs in`() {
        var fields = HeaderBlock()
        TokenRequest(clientID: "i", secret: Secret(copying: "s")).appendFields(to: &fields)
        #expect(fields.first(.contentType) == "application/x-www-form-urlencoded")
        #expect(fields.first(.acceptEncoding) == "identity")
        #expect(fields.fields.count == 3)
        #expect(fields.first(.authorization) == nil && fields.first(.zuoraEntityIds) == nil && fields.first(.zuoraTrackId) == nil)
    }
}
