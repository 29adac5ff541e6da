extension TokenFailure {
    /// A short name for logs, metrics and the `type` of problem+json.
    public var name: String {
        switch cause {
        case .unknownClient: "unknown-client"
        case .wrongSecret: "wrong-secret"
        case .userDeactivated: "user-deactivated"
        case .blocked: "blocked"
        case .rateLimited: "rate-limited"
        case .unavailable: "unavailable"
        case .refused: "refused"
        case .redirected: "redirected"
        case .malformedResponse: "malformed-answer"
        case .unreachable: "unreachable"
        case .timedOut: "timed-out"
        case .noSecret: "no-secret"
        case .rejected: "rejected"
        case .sameTokenAgain: "same-token-again"
        case .tooManyWaiting: "too-many-waiting"
        }
    }

    /// One or two sentences for problem+json and the log: what happened, and what to check.
    /// - Parameter host: the upstream's host, such as `rest.na.zuora.com`.
    public func text(host: String) -> String {
        switch cause {
        case .unknownClient:
            "\(host) does not know this client id. A client id is valid in one data centre only: check that the tenant's upstream is "
                + "the one where its OAuth client was created (docs/configuration.md lists the environments)."
        case .wrongSecret:
            "\(host) does not accept this client id with this secret. Check the secret, and that the tenant's upstream is the data "
                + "centre where its OAuth client was created (docs/configuration.md lists the environments)."
        case .userDeactivated:
            "\(host) refuses tokens to this OAuth client (403): the Zuora user that owns it is most likely deactivated."
        case .blocked:
            "The token call was rejected in front of \(host) (403, not by Zuora): check IP allow lists and proxies."
        case .rateLimited:
            "The limit on token requests of \(host) is reached (429)."
        case .unavailable:
            "The token endpoint of \(host) is unavailable\(statusText)."
        case .refused:
            "The token endpoint of \(host) rejects the request\(statusText). Check the client id, and that the upstream is a Zuora REST host."
        case .redirected:
            "\(host) redirects token calls\(statusText), which the gateway never follows: check the tenant's upstream."
        case .malformedResponse(let malformation):
            "The token endpoint of \(host) sent an invalid response: \(malformation.text)."
        case .unreachable(let fault):
            "The token endpoint of \(host) did not respond: \(reason ?? fault.rawValue)."
        case .timedOut:
            "The token endpoint of \(host) did not respond in time."
        case .noSecret(let problem):
            "The gateway has no secret to request a token from \(host): \(problem.text)."
        case .rejected:
            "\(host) keeps rejecting fresh tokens, so the gateway waits before requesting another."
        case .sameTokenAgain:
            "The API of \(host) rejects a token that its token endpoint keeps issuing."
        case .tooManyWaiting:
            "Too many requests are waiting for a token from \(host)."
        }
    }

    private var statusText: String { status.map { " (\($0))" } ?? "" }
}

extension TokenFailure.Malformation {
    /// Completes "sent an invalid response: …".
    public var text: String {
        switch self {
        case .empty: "it is empty"
        case .html: "it is an HTML page"
        case .tooLarge: "it is too large"
        case .undecodable: "its gzip content is malformed or too large"
        case .notJSON: "it is not JSON"
        case .notAnObject: "it is JSON, but not an object"
        case .duplicateMember: "a member occurs twice"
        case .unexpectedStatus: "its status is neither 200 nor an error"
        case .noToken: "it has no access_token"
        case .badToken: "its access_token is not a valid bearer token"
        case .badLifetime: "its expires_in is not a valid number of seconds"
        case .badTokenType: "its token_type is not bearer"
        case .expiredOnArrival: "the token had expired when it arrived"
        }
    }
}
