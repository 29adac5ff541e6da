import Foundation
import Testing

/// `POST /oauth/token` on a caller's listener, over a real socket.
@Suite struct LocalTokenEndpointTests {
    private static let key = ExplainConfiguration.key
    private static let callers = """
        [callers.billing]
        key_sha256 = ["\(ExplainConfiguration.keyHash)"]
        """
    private static let head = "POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded"
    private static let form = "grant_type=client_credentials&client_id=billing&client_secret=\(key)"

    @Test func `a caller gets a token that the gateway then takes`() async throws {
        try await RunningGateway.serving(Self.callers) { gateway in
            let response = try gateway.ask(Self.head + "; charset=utf-8\r\nZuora-Track-Id: nightly-77", body: Self.form)
            #expect(response.status == 200)
            #expect(response.text == #"{"access_token":"\#(Self.key)","token_type":"bearer","expires_in":3599,"scope":""}"#)
            #expect(response.all("Content-Type") == ["application/json"])
            #expect(response.all("Cache-Control") == ["no-store"])
            #expect(response.all("Zuora-Track-Id") == ["nightly-77"])

            let path = "DELETE /v1/batch-query/jobs/1 HTTP/1.1"
            // Past identify and authorise; there is nobody upstream.
            #expect(try gateway.ask("\(path)\r\nAuthorization: Bearer \(Self.key)").status >= 502)
            #expect(try gateway.ask("\(path)\r\nAuthorization: Bearer no-caller-is-configured").status == 401)
        }
    }

    @Test func `a wrong pair is refused as OAuth wants it`() async throws {
        try await RunningGateway.serving(Self.callers) { gateway in
            let response = try gateway.ask(Self.head, body: Self.form + "x")
            #expect(response.status == 401)
            #expect(response.json["error"] as? String == "invalid_client")
            #expect(response.all("Cache-Control") == ["no-store"])
            #expect(response.all("WWW-Authenticate") == ["Basic realm=\"zuora-gateway\""])
            #expect(response.all("Zuora-Track-Id").count == 1)
            #expect(!response.text.contains(Self.key))
        }
    }

    /// The request line and fields, the body, and what is wrong.
    private static let wrong: [(String, String, String)] = [
        (head, "", "400 invalid_request"),
        (head, "grant_type=password", "400 unsupported_grant_type"),
        (
            "POST /oauth/token?client_secret=x HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded", form,
            "400 invalid_request"
        ),
        ("POST /oauth/token HTTP/1.1", form, "415 invalid_request"),
        ("POST /oauth/token HTTP/1.1\r\nContent-Type: application/json", "{}", "415 invalid_request"),
        ("POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencodedx", form, "415 invalid_request"),
        (head + "\r\nContent-Encoding: gzip", form, "415 invalid_request"),
        (head + "\r\nContent-Type: application/x-www-form-urlencoded", form, "415 invalid_request"),
        (head + "\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b", form, "400 invalid_request"),
        (head, form + "&x=" + String(repeating: "y", count: 8 << 10), "413 invalid_request"),
        (head + "\r\nZuora-Track-Id: a:b", form, "400 bad-track-id"),
        ("GET /oauth/token HTTP/1.1", "", "405 method-not-allowed"),
    ]

    @Test(arguments: wrong)
    func `what is no token call is refused, and nothing goes upstream`(_ head: String, _ body: String, _ expected: String)
        async throws
    {
        try await RunningGateway.serving(Self.callers) { gateway in
            let response = try gateway.ask(head, body: body)
            let type = (response.json["type"] as? String)?.split(separator: ":").last.map(String.init)
            #expect("\(response.status) \(response.json["error"] as? String ?? type ?? "")" == expected)
            #expect(response.all("Zuora-Track-Id").count == 1)
            if response.status == 405 { #expect(response.all("Allow") == ["POST"]) }
        }
    }

    @Test func `a chunked form of more than 8 KiB is refused, too`() async throws {
        try await RunningGateway.serving { gateway in
            let stretch = String(repeating: "y", count: 5000)
            let body = "1388\r\n\(stretch)\r\n1388\r\n\(stretch)\r\n0\r\n\r\n"
            let head = Self.head + "\r\nTransfer-Encoding: chunked"
            let long = try gateway.ask(head, raw: body)
            #expect(long.status == 413)
            let short = try gateway.ask(head, raw: "1D\r\ngrant_type=client_credentials\r\n0\r\n\r\n")
            #expect(short.status == 401)
        }
    }

    @Test func `with no caller configured any pair gets a token`() async throws {
        try await RunningGateway.serving { gateway in
            let response = try gateway.ask(Self.head, body: "grant_type=client_credentials&client_id=a&client_secret=b")
            #expect(response.status == 200)
            #expect(response.json["access_token"] as? String == "no-caller-is-configured")
            let call = "DELETE /v1/batch-query/jobs/1 HTTP/1.1\r\nAuthorization: Bearer no-caller-is-configured"
            #expect(try gateway.ask(call).status >= 502)
        }
    }
}
