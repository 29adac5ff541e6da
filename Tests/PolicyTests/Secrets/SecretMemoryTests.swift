import Testing

@testable import Policy

/// Looks through the whole memory of the process for texts that should have gone.
@Suite(.serialized) struct SecretMemoryTests {
    private func secret(_ text: HiddenText) -> Secret {
        Secret(capacity: text.count) { out in
            for i in 0..<text.count { out.append(text[i]) }
        }
    }

    /// The hidden text between a prefix and a suffix, in an array that is never moved.
    private func array(_ prefix: String, _ text: HiddenText, _ suffix: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefix.utf8.count + text.count + suffix.utf8.count)
        bytes.append(contentsOf: prefix.utf8)
        for i in 0..<text.count { bytes.append(text[i]) }
        bytes.append(contentsOf: suffix.utf8)
        return bytes
    }

    @Test func `a dropped secret is gone from memory`() {
        let text = HiddenText()
        var held: Secret? = secret(text)
        #expect(text.occurrences() == 1)
        #expect(held?.count == text.count)
        held = nil
        #expect(text.occurrences() == 0)
    }

    @Test func `a consumed array leaves nothing behind`() {
        let text = HiddenText()
        var bytes = array("", text, "")
        let secret = Secret(consuming: &bytes)
        #expect(text.occurrences() == 1)
        #expect(secret.count == text.count)
    }

    @Test func `wiping reaches the spare room of an array`() {
        let text = HiddenText()
        var bytes = array("", text, "")
        bytes.removeAll(keepingCapacity: true)
        bytes.append(1)
        bytes.wipe()
        #expect(bytes.isEmpty)
        #expect(text.occurrences() == 0)
    }

    @Test func `an error while a secret is filled leaves nothing behind`() {
        struct Broken: Error {}
        let text = HiddenText()
        #expect(throws: Broken.self) {
            _ = try Secret(capacity: text.count) { (out: inout OutputSpan<UInt8>) throws(Broken) in
                for i in 0..<text.count { out.append(text[i]) }
                throw Broken()
            }
        }
        #expect(text.occurrences() == 0)
    }

    @Test(arguments: [#","expires_in":3599}"#, #","expires_in":-1}"#, #","expires_in":3599,"#])
    func `a token response leaves one copy of the token, and none if it is refused`(suffix: String) {
        let text = HiddenText()
        var body = array(#"{"access_token":""#, text, #"""# + suffix)
        var response: TokenResponse? = TokenResponse(status: 200, consuming: &body)
        var isToken = false
        if case .token? = response { isToken = true }
        #expect(text.occurrences() == (isToken ? 1 : 0))
        response = nil
        #expect(text.occurrences() == 0)
    }

    @Test func `a token request holds one copy of the secret`() {
        let text = HiddenText()
        var secret: Secret? = secret(text)
        var request = secret.map { TokenRequest(clientID: "id", secret: $0) }
        secret = nil
        #expect(text.occurrences() == 1)
        #expect(request?.body.isEmpty == false)
        request = nil
        #expect(text.occurrences() == 0)
    }

    @Test func `a trimmed secret leaves nothing of the file's content behind`() {
        let text = HiddenText()
        var bytes = array("", text, "\n")
        var verdict: SecretVerdict? = SecretVerdict(
            SecretFacts(content: .success(Secret(consuming: &bytes))), use: .clientSecret, known: nil)
        #expect(text.occurrences() == 1)
        #expect(verdict?.warnings.isEmpty == true)
        verdict = nil
        #expect(text.occurrences() == 0)
    }
}
