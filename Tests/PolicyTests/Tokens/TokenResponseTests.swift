import Testing
import Wire

@testable import Policy

@Suite struct TokenResponseTests {
    private func response(
        _ body: String, status: Int = 200, type: String? = "application/json", retryAfter: Duration? = nil
    ) -> TokenResponse {
        var bytes = Array(body.utf8)
        defer { #expect(bytes.isEmpty) }
        return TokenResponse(status: status, contentType: type, retryAfter: retryAfter, consuming: &bytes)
    }

    private func grant(_ response: TokenResponse) -> TokenGrant? { if case .token(let grant) = response { grant } else { nil } }
    private func failure(_ response: TokenResponse) -> TokenFailure? {
        if case .failure(let failure) = response { failure } else { nil }
    }

    @Test func `Zuora's response is parsed`() throws {
        let body = """
            {"access_token":"2d8aa1bb7ab94cb9b9c2b3ec3c5b6c04","token_type":"bearer","expires_in":3599,
             "scope":"entity.1a2b7a37-3e7d-4cb3-b0e2-883de9e766cc service.Invoice.read tenant.12345 user.1","jti":"d4f9"}
            """
        let grant = try #require(self.grant(response(body)))
        #expect(grant.secret == Secret(copying: "2d8aa1bb7ab94cb9b9c2b3ec3c5b6c04"))
        #expect(grant.lifetime == .seconds(3599))
        #expect(grant.scope == TokenScope("entity.1a2b7a37-3e7d-4cb3-b0e2-883de9e766cc"))
    }

    @Test(arguments: [
        ("3599", 3599), (#""3599""#, 3599), ("3599.0", 3599), ("3599.9", 3599), ("3.599e3", 3599), (#""3599.5""#, 3599), ("1", 1),
        (#""3.6E3""#, 3600), ("2592000", 2_592_000), ("null", 300),
    ])
    func `a life is read from a number, a string or a float`(text: String, seconds: Int) {
        #expect(grant(response(#"{"access_token":"t","expires_in":\#(text)}"#))?.lifetime == .seconds(seconds))
    }

    @Test func `other members may have names that only look or begin the same`() {
        let long = String(repeating: "a", count: 300)
        #expect(grant(response("{\"access_token\":\"t\",\"\u{E9}\":1,\"e\u{301}\":2}")) != nil)
        #expect(grant(response(#"{"access_token":"t","\#(long)b":1,"\#(long)c":2}"#)) != nil)
    }

    @Test func `without expires_in a token lives five minutes`() {
        #expect(grant(response(#"{"access_token":"t"}"#))?.lifetime == .seconds(300))
    }

    @Test(arguments: [
        "0", "-1", "-3599", "0.5", "2592001", "1e300", "1e999", "true", "[]", "[3599]", "{}", #""""#, #""soon""#, #""0""#,
        #""-5""#,
        #"" 3599""#, #""3599s""#, #""0x10""#, #""NaN""#, #""inf""#, #""1e999""#, #""+5""#,
    ])
    func `an invalid lifetime makes the response malformed`(text: String) {
        let failure = self.failure(response(#"{"access_token":"t","expires_in":\#(text)}"#))
        #expect(failure == TokenFailure(.malformedResponse(.badLifetime), status: 200))
        #expect(failure?.isRetryable == true)
    }

    private static let malformed: [(String, String?, TokenFailure.Malformation)] = [
        ("", "application/json", .empty), (" \r\n", "application/json", .empty),
        ("\u{FEFF}", nil, .empty),
        ("<html><body>Maintenance</body></html>", "text/html", .html), ("  <!DOCTYPE html>", "application/json", .html),
        ("Service Unavailable", "text/html; charset=utf-8", .html), ("Service Unavailable", "text/plain", .notJSON),
        ("{", nil, .notJSON), (#"{"access_token":"t""#, nil, .notJSON), (#"{"access_token":"t"} x"#, nil, .notJSON),
        (#"{'access_token':'t'}"#, nil, .notJSON), (#"{"access_token":"t",}"#, nil, .notJSON),
        ("access_token=t&expires_in=3599", nil, .notJSON), ("[]", nil, .notAnObject),
        (#"[{"access_token":"t"}]"#, nil, .notAnObject),
        (#""t""#, nil, .notAnObject), ("null", nil, .notAnObject), ("3599", nil, .notAnObject),
        (#"{"access_token":"a","access_token":"b"}"#, nil, .duplicateMember),
        (#"{"access_token":"a","access\u005ftoken":"b"}"#, nil, .duplicateMember),
        (#"{"access_token":"a","expires_in":3599,"expires_in":1}"#, nil, .duplicateMember),
        ("{}", nil, .noToken), (#"{"token":"t"}"#, nil, .noToken), (#"{"access_token":null}"#, nil, .noToken),
        (#"{"access_token":12}"#, nil, .noToken), (#"{"access_token":["t"]}"#, nil, .noToken),
        (#"{"data":{"access_token":"t"}}"#, nil, .noToken), (#"{"error":"server_error"}"#, nil, .noToken),
        (#"{"access_token":""}"#, nil, .badToken), (#"{"access_token":"a b"}"#, nil, .badToken),
        (#"{"access_token":"a\r\nX: y"}"#, nil, .badToken), (#"{"access_token":"a\u0000"}"#, nil, .badToken),
        (#"{"access_token":"a\t"}"#, nil, .badToken), (#"{"access_token":"é"}"#, nil, .badToken),
        (#"{"access_token":"a\u007f"}"#, nil, .badToken),
        (#"{"access_token":"t","token_type":"mac"}"#, nil, .badTokenType),
        (#"{"access_token":"t","token_type":""}"#, nil, .badTokenType),
        (#"{"access_token":"t","token_type":1}"#, nil, .badTokenType),
        (#"{"access_token":"t","token_type":"bearer "}"#, nil, .badTokenType),
    ]

    @Test(arguments: malformed)
    func `whatever holds no usable token is malformed, says how, and is tried again`(
        body: String, type: String?, malformation: TokenFailure.Malformation
    ) {
        let failure = self.failure(response(body, type: type))
        #expect(failure == TokenFailure(.malformedResponse(malformation), status: 200))
        #expect(failure?.isRetryable == true)
        #expect(failure?.proxyStatusError == "http_protocol_error")
    }

    @Test func `a response nested too deep, too large or with too long a token is malformed`() {
        let deep = #"{"access_token":"t","x":"# + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}"
        #expect(failure(response(deep))?.cause == .malformedResponse(.notJSON))
        let padding = String(repeating: " ", count: 65_536)
        #expect(failure(response(#"{"access_token":"t"}"# + padding))?.cause == .malformedResponse(.tooLarge))
        let longest = String(repeating: "t", count: 8192)
        #expect(grant(response(#"{"access_token":"\#(longest)"}"#)) != nil)
        #expect(failure(response(#"{"access_token":"\#(longest)t"}"#))?.cause == .malformedResponse(.badToken))
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"])
    func `the token type is compared without regard to case`(type: String) {
        #expect(grant(response(#"{"access_token":"t","token_type":"\#(type)"}"#)) != nil)
    }

    @Test func `what servers add or leave out does no harm`() {
        let bodies = [
            #"{"access_token":"t","jti":null,"x":{"access_token":"u","expires_in":0},"y":[1,{"scope":"z"}],"scope":["a"]}"#,
            "\u{FEFF}{\"access_token\":\"t\"}", " \n{\"access_token\":\"t\"}\n", #"{"access_token":"t","token_type":null}"#,
        ]
        for body in bodies {
            let grant = self.grant(response(body, type: "text/plain"))
            #expect(grant?.secret == Secret(copying: "t"))
            #expect(grant?.scope == .unknown)
            #expect(grant?.lifetime == .seconds(300))
        }
    }

    @Test func `escapes in a token are resolved`() {
        #expect(grant(response(#"{"access_token":"a\/b\u0063\\\""}"#))?.secret == Secret(copying: #"a/bc\""#))
    }

    @Test(arguments: [
        (500, TokenFailure.Cause.unavailable, true), (502, .unavailable, true), (503, .unavailable, true),
        (599, .unavailable, true),
        (408, .unavailable, true), (425, .unavailable, true), (429, .rateLimited, true), (401, .wrongSecret, false),
        (400, .refused, false), (403, .userDeactivated, false), (404, .refused, false), (405, .refused, false),
        (415, .refused, false),
        (301, .redirected, false), (302, .redirected, false), (307, .redirected, false), (308, .redirected, false),
        (201, .malformedResponse(.unexpectedStatus), true), (204, .malformedResponse(.unexpectedStatus), true),
        (101, .malformedResponse(.unexpectedStatus), true),
    ])
    func `a status has its cause`(status: Int, cause: TokenFailure.Cause, isRetryable: Bool) {
        for body in ["", #"{"message":"no"}"#] {
            let failure = self.failure(response(body, status: status))
            #expect(failure?.cause == cause)
            #expect(failure?.status == status)
            #expect(failure?.isRetryable == isRetryable)
        }
    }

    @Test(arguments: [
        (400, #"{"path":"/oauth/token","status":400,"message":"... Invalid client id ..."}"#, TokenFailure.Cause.unknownClient),
        (401, #"{"message":"INVALID CLIENT ID"}"#, .unknownClient), (400, #"{"error":"invalid_client"}"#, .wrongSecret),
        (401, #"{"error":"invalid_client"}"#, .wrongSecret), (401, #"{"message":"Authentication error"}"#, .wrongSecret),
        (401, "<html>", .wrongSecret), (400, #"{"code":1,"message":"Missing grant type"}"#, .refused),
    ])
    func `an unknown client and a wrong secret are told apart`(status: Int, body: String, cause: TokenFailure.Cause) {
        let failure = self.failure(response(body, status: status))
        #expect(failure?.cause == cause)
        #expect(failure?.isRetryable == false)
    }

    private static let forbidden: [(String, String?, TokenFailure.Cause)] = [
        ("<HTML><TITLE>Access Denied</TITLE>", "text/html", .blocked), ("Forbidden", "text/plain", .blocked),
        (#"{"status":403}"#, "text/html", .blocked),
        (#"{"path":"/oauth/token","status":403}"#, "application/json", .userDeactivated),
        ("", nil, .userDeactivated),
    ]

    @Test(arguments: forbidden)
    func `a 403 page from in front of Zuora is not taken for a deactivated user`(
        body: String, type: String?, cause: TokenFailure.Cause
    ) {
        #expect(failure(response(body, status: 403, type: type))?.cause == cause)
    }

    @Test func `how long to wait after 429 is taken from wherever it is said`() {
        let message = #"{"reasons":[{"code":70,"message":"API Rate limit exceeded for the minute, Retry after 17 seconds"}]}"#
        #expect(failure(response(message, status: 429, retryAfter: .seconds(5)))?.retryAfter == .seconds(5))
        #expect(failure(response(message, status: 429))?.retryAfter == .seconds(17))
        #expect(failure(response("{}", status: 429))?.retryAfter == .seconds(30))
        #expect(failure(response("retry after soon", status: 429))?.retryAfter == .seconds(30))
        #expect(failure(response("retry after 99999999999999999999", status: 429))?.retryAfter == .seconds(999_999))
        #expect(failure(response("{}", status: 503, retryAfter: .seconds(9)))?.retryAfter == .seconds(9))
    }
}
