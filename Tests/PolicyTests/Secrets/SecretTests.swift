import Testing

@testable import Policy

@Suite struct SecretTests {
    private static let text = "hunter2-hunter2-hunter2"
    private let secret = Secret(copying: SecretTests.text)

    private struct Holder {
        var name = "acme"
        var secret: Secret
        var list: [Secret]
        var table: [String: Secret]
    }

    @Test func `a secret never shows, however it is printed`() {
        var dumped = ""
        dump(secret, to: &dumped)
        let holder = Holder(secret: secret, list: [secret], table: ["x": secret])
        dump(holder, to: &dumped)
        let printed = [
            "\(secret)", "\(Optional(secret) as Any)", String(describing: secret), String(reflecting: secret), dumped,
            "\(holder)",
            String(reflecting: holder), "\([secret])", "\(["k": secret])", "\((1, secret))",
        ]
        for text in printed {
            #expect(!text.contains("hunter"))
            #expect(text.contains("<redacted>"))
            // Nor as a list of numbers.
            #expect(!text.contains("104"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(Mirror(reflecting: secret).superclassMirror == nil)
    }

    @Test func `what holds a secret does not show it either`() {
        let token = Token(secret: secret, version: TokenVersion(credential: 1, serial: 1), goodUntil: .distantFuture)
        let order = FetchOrder(ticket: FetchTicket(credential: 1, number: 1), secret: secret)
        let holders: [Any] = [
            token, TokenReply.serve(token), TokenGrant(secret: secret, lifetime: .seconds(1)), order,
            TokenRequest(clientID: "id", secret: secret), SecretVerdict.Outcome.changed(secret),
            SecretFacts(content: .success(secret)), TokenResponse.token(TokenGrant(secret: secret, lifetime: .seconds(1))),
        ]
        for holder in holders {
            var text = "\(holder)" + String(reflecting: holder)
            dump(holder, to: &text)
            #expect(!text.contains("hunter"), "\(type(of: holder))")
        }
    }

    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "ab", false), ("", "a", false),
        ("0123456789abcdef0", "0123456789abcdef0", true), ("0123456789abcdef0", "0123456789abcdef1", false),
    ])
    func `secrets are equal if their bytes are`(a: String, b: String, equal: Bool) {
        #expect((Secret(copying: a) == Secret(copying: b)) == equal)
    }

    @Test func `the bytes are lent and appended as they are`() {
        let bytes: [UInt8] = [0, 255, 10, 65]
        let secret = Secret(copying: bytes.span)
        #expect(secret.count == 4)
        #expect(!secret.isEmpty)
        let lent = secret.withBytes { span in span.indices.map { span[$0] } }
        #expect(lent == bytes)
        var out: [UInt8] = [1]
        secret.append(to: &out)
        #expect(out == [1] + bytes)
    }

    @Test func `an empty secret is legal`() {
        let secret = Secret(copying: "")
        #expect(secret.isEmpty)
        #expect(secret.withBytes { $0.count } == 0)
        #expect(secret.fingerprint.count == 8)
    }

    @Test func `consuming empties the source`() {
        var bytes = Array("hunter2".utf8)
        let secret = Secret(consuming: &bytes)
        #expect(bytes.isEmpty)
        #expect(secret == Secret(copying: "hunter2"))
    }

    @Test func `an error while it is filled is passed on`() {
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            _ = try Secret(capacity: 4) { (out: inout OutputSpan<UInt8>) throws(Broken) in
                out.append(1)
                throw Broken()
            }
        }
    }

    @Test func `a fingerprint tells versions apart and nothing else`() {
        let same = Secret(copying: Self.text)
        #expect(secret.fingerprint == same.fingerprint)
        #expect(secret.fingerprint != Secret(copying: "hunter3").fingerprint)
        #expect(secret.fingerprint.count == 8)
        #expect(secret.fingerprint.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(Set((0..<500).map { Secret(copying: "s\($0)").fingerprint }).count == 500)
    }
}
