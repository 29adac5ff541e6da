import Testing

@testable import Policy

/// The gateway's own token endpoint: RFC 6749 section 4.4.2, with a caller's name and key as the client's id and secret.
@Suite struct LocalTokenTests {
    private static let key = "zgk_0123456789abcdefghjkmnpqrstvwxyz012345"

    private static let callers = Sample.policy(callers: [
        Sample.caller("billing") { $0.keyHashes = [Sample.digest(key)?.bytes ?? []] },
        Sample.caller("reports") { $0.keyHashes = [Sample.digest("p+q %&=\u{FC}")?.bytes ?? []] },
        Sample.caller("odd") { $0.keyHashes = [Sample.digest("a\nb")?.bytes ?? []] },
    ]).callers

    private func ask(_ form: String, authorization: String = "") throws -> LocalTokenGrant {
        let request = try LocalTokenRequest(form: Array(form.utf8).span, authorization: Array(authorization.utf8).span)
        return try Self.callers.token(for: request)
    }

    private func text(_ secret: Secret) -> String { secret.withBytes { $0.text(0..<$0.count) } }

    @Test(arguments: [
        ("grant_type=client_credentials&client_id=billing&client_secret=\(key)", ""),
        ("client_secret=\(key)&client_id=billing&grant_type=client_credentials&", ""),
        ("grant_type=client%5fcredentials&client_id=b%69lling&client%5Fsecret=\(key)", ""),
        ("grant_type=client_credentials&client_id=billing&client_secret=\(key)", "Bearer \(key)"),
        ("grant_type=client_credentials&client_id=billing&client_secret=\(key)&scope=a&scope=b&x=%41", ""),
        ("grant_type=client_credentials&client_id=billing-----------------------------&client_secret=\(key)", ""),
        (
            "grant_type=client_credentials",
            "Basic YmlsbGluZzp6Z2tfMDEyMzQ1Njc4OWFiY2RlZmdoamttbnBxcnN0dnd4eXowMTIzNDU="
        ),
        (
            "grant_type=client_credentials&client_id=billing",
            "bASIC  YmlsbGluZzp6Z2tfMDEyMzQ1Njc4OWFiY2RlZmdoamttbnBxcnN0dnd4eXowMTIzNDU="
        ),
    ])
    func `a caller's name and key get the key back, as a token`(_ form: String, _ authorization: String) throws {
        let grant = try ask(form, authorization: authorization)
        #expect(text(grant.token) == Self.key)
        #expect(grant.caller == .known(0))
    }

    @Test func `the token is one that identify accepts from that caller`() throws {
        let policy = Sample.policy(callers: [
            Sample.caller("other"), Sample.caller("billing") { $0.keyHashes = [Sample.digest(Self.key)?.bytes ?? []] },
        ])
        let form = Array("grant_type=client_credentials&client_id=billing&client_secret=\(Self.key)".utf8)
        let request = try LocalTokenRequest(form: form.span, authorization: [UInt8]().span)
        let token = text(try policy.callers.token(for: request).token)
        let call = try SampleRequest("DELETE /v1/batch-query/jobs/1", ["Authorization: Bearer \(token)", "X-Zuora-Tenant: acme"])
        #expect(call.resolve(policy).resolution?.caller == .known(1))
    }

    @Test(arguments: [
        ("", "", "invalid_request 400"),
        ("client_id=billing&client_secret=\(key)", "", "invalid_request 400"),
        ("grant_type=&client_id=billing&client_secret=\(key)", "", "invalid_request 400"),
        ("grant_type=password&client_id=billing&client_secret=\(key)", "", "unsupported_grant_type 400"),
        ("Grant_Type=client_credentials&client_id=billing&client_secret=\(key)", "", "invalid_request 400"),
        (
            "grant_type=client_credentials&grant_type=client_credentials&client_id=billing&client_secret=\(key)", "",
            "invalid_request 400"
        ),
        ("grant_type=client_credentials&client_id=billing&client_id=billing&client_secret=\(key)", "", "invalid_request 400"),
        ("grant_type=client_credentials&client_id=billing&client_secret=%zz", "", "invalid_request 400"),
        ("grant_type=client_credentials&client_id=billing&client_secret=\(key)%4", "", "invalid_request 400"),
        ("grant_type=client_credentials&client_id=billing&client_secret=\(key)&%=1", "", "invalid_request 400"),
        ("grant_type=client_credentials&client_id=billing&client_secret=\(key)", "Basic YTpi", "invalid_request 400"),
        ("grant_type=client_credentials&client_id=other", "Basic YmlsbGluZzp4", "invalid_request 400"),
        ("grant_type=client_credentials", "Basic ???", "invalid_request 400"),
        ("grant_type=client_credentials", "Basic YmlsbGluZw==", "invalid_request 400"),
        ("grant_type=client_credentials", "Basic YTo=", "invalid_request 400"),
        ("grant_type=client_credentials", "Basic OmI=", "invalid_request 400"),
        ("grant_type=client_credentials", "Basic ", "invalid_request 400"),
        ("grant_type=client_credentials", "", "invalid_client 401"),
        ("grant_type=client_credentials", "Bearer \(key)", "invalid_client 401"),
        ("grant_type=client_credentials&client_id=billing", "", "invalid_client 401"),
        ("grant_type=client_credentials&client_secret=\(key)", "", "invalid_client 401"),
        ("grant_type=client_credentials&client_id=&client_secret=\(key)", "", "invalid_client 401"),
        ("grant_type=client_credentials&client_id=reports&client_secret=\(key)", "", "invalid_client 401"),
        ("grant_type=client_credentials&client_id=Billing&client_secret=\(key)", "", "invalid_client 401"),
        ("grant_type=client_credentials&client_id=billing-&client_secret=\(key)", "", "invalid_client 401"),
        (
            "grant_type=client_credentials&client_id=billing----------------------------x&client_secret=\(key)", "",
            "invalid_client 401"
        ),
        ("grant_type=client_credentials&client_id=billing&client_secret=\(key)x", "", "invalid_client 401"),
        ("grant_type=client_credentials&client_id=odd&client_secret=a%0Ab", "", "invalid_client 401"),
        ("grant_type=client_credentials&client_id=reports&client_secret=p%2Bq+%25%26%3D%C3%BC", "", "invalid_client 401"),
    ])
    func `anything else is refused in OAuth's terms`(_ form: String, _ authorization: String, _ expected: String) throws {
        let refusal = try #require(throws: LocalTokenRefusal.self) { try ask(form, authorization: authorization) }
        #expect("\(refusal.code.rawValue) \(refusal.status)" == expected)
        #expect(refusal.reason.utf8.allSatisfy { 0x20...0x7E ~= $0 && $0 != 0x22 && $0 != 0x5C })
    }

    @Test func `with no caller configured any pair gets the same placeholder, which is not a key`() throws {
        let callers = Sample.policy(callers: []).callers
        let pairs = ["client_id=a&client_secret=b", "client_id=0000&client_secret=\(Self.key)"]
        let tokens = try pairs.map { pair in
            let form = Array("grant_type=client_credentials&\(pair)".utf8)
            let grant = try callers.token(for: LocalTokenRequest(form: form.span, authorization: [UInt8]().span))
            #expect(grant.caller == .trusted)
            return text(grant.token)
        }
        #expect(tokens == ["no-caller-is-configured", "no-caller-is-configured"])
    }

    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
        ("Zm9vYmFy", "foobar"), ("+/+/", "\u{FB}\u{FF}\u{BF}"),
    ])
    func `base 64 decodes the vectors of RFC 4648`(_ encoded: String, _ plain: String) throws {
        let text = Array(encoded.utf8)
        let decoded = Base64.decode(text.span)
        let bytes = try #require(decoded).withBytes { span in span.indices.map { span[$0] } }
        #expect(bytes == plain.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zm9v\n", "Zm9v Zm9v", "Zm-_", "=Zm9"])
    func `what no encoder writes is not base 64`(_ encoded: String) {
        let text = Array(encoded.utf8)
        let decoded = Base64.decode(text.span)
        #expect(decoded == nil)
    }
}
