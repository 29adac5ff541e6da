import Testing

@testable import Policy

@Suite struct TokenFailureTests {
    private static let causes: [TokenFailure.Cause] =
        [
            .unknownClient, .wrongSecret, .userDeactivated, .blocked, .rateLimited, .unavailable, .refused, .redirected,
            .timedOut,
            .rejected, .sameTokenAgain, .tooManyWaiting, .noSecret(.missing),
        ] + TokenFailure.Malformation.allCases.map { .malformedResponse($0) }
        + AttemptFailure.Cause.allCases.map { .unreachable($0) }

    /// RFC 9209 section 2.3.
    private static let registered: Set<String> = [
        "dns_timeout", "dns_error", "destination_not_found", "destination_unavailable", "destination_ip_prohibited",
        "destination_ip_unroutable", "connection_refused", "connection_terminated", "connection_timeout",
        "connection_read_timeout", "connection_write_timeout", "connection_limit_reached", "tls_protocol_error",
        "tls_certificate_error", "tls_alert_received", "http_request_error", "http_request_denied", "http_response_incomplete",
        "http_response_header_section_size", "http_response_header_size", "http_response_body_size",
        "http_response_trailer_section_size", "http_response_trailer_size", "http_response_transfer_coding",
        "http_response_content_coding", "http_response_timeout", "http_upgrade_failed", "http_protocol_error",
        "proxy_internal_response", "proxy_internal_error", "proxy_configuration_error", "proxy_loop_detected",
    ]

    @Test(arguments: causes)
    func `every cause has a sentence, a name and a registered error type`(cause: TokenFailure.Cause) {
        let failure = TokenFailure(cause, status: 500)
        let text = failure.text(host: "rest.na.zuora.com")
        #expect(text.contains("rest.na.zuora.com"))
        #expect(text.hasSuffix("."))
        #expect(text.allSatisfy { $0.isASCII && $0 != "\n" && $0 != "\"" })
        #expect(failure.name.allSatisfy { $0.isLowercase || $0 == "-" })
        #expect(Self.registered.contains(failure.proxyStatusError))
    }

    @Test func `the error type of the call itself is finer than that of its cause`() {
        let failure = TokenFailure(.unreachable(.tlsRefused), reason: "a reason", reasonError: "tls_alert_received")
        #expect(failure.proxyStatusError == "tls_alert_received")
        #expect(TokenFailure(.unreachable(.tlsRefused)).proxyStatusError == "tls_protocol_error")
    }

    @Test func `sentences and names tell causes apart`() {
        #expect(Set(Self.causes.map { TokenFailure($0).text(host: "h") }).count == Self.causes.count)
    }

    @Test(arguments: [TokenFailure.Cause.unknownClient, .wrongSecret])
    func `the commonest mistake, a wrong data centre, is named`(cause: TokenFailure.Cause) {
        let text = TokenFailure(cause).text(host: "rest.eu.zuora.com")
        #expect(text.contains("data centre"))
        #expect(text.contains("docs/configuration.md"))
    }

    @Test func `a certificate that is not trusted does not pass by itself`() {
        #expect(!TokenFailure(.unreachable(.certificate)).isRetryable)
        #expect(TokenFailure(.unreachable(.refused)).isRetryable)
    }
}
