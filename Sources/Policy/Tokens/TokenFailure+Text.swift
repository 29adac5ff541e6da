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
        case .malformedAnswer: "malformed-answer"
        case .unreachable: "unreachable"
        case .timedOut: "timed-out"
        case .noSecret: "no-secret"
        case .rejected: "rejected"
        case .sameTokenAgain: "same-token-again"
        case .tooManyWaiting: "too-many-waiting"
        }
    }

    /// One or two plain sentences for problem+json and the log: what happened, and what to look at.
    /// - Parameter host: the upstream's host, such as `rest.na.zuora.com`.
    public func text(host: String) -> String {
        switch cause {
        case .unknownClient:
            "\(host) does not know this client id. A client id is valid in one data centre only: check that the tenant's upstream is "
                + "the one where its OAuth client was made (docs/configuration.md lists the environments)."
        case .wrongSecret:
            "\(host) does not accept this client id with this secret. Check the secret, and that the tenant's upstream is the data "
                + "centre where its OAuth client was made (docs/configuration.md lists the environments)."
        case .userDeactivated:
            "\(host) refuses tokens to this OAuth client (403): the Zuora user that owns it is most likely deactivated."
        case .blocked:
            "The token call was turned away in front of \(host) (403, not Zuora's own answer): check IP allow lists and proxies."
        case .rateLimited:
            "\(host) limits how many tokens may be asked for, and the limit is reached (429)."
        case .unavailable:
            "The token endpoint of \(host) is out of order\(statusText)."
        case .refused:
            "The token endpoint of \(host) refuses the request\(statusText). Check the client id, and that the upstream is a Zuora REST host."
        case .redirected:
            "\(host) redirects token calls\(statusText), and the gateway never follows: check the tenant's upstream."
        case .malformedAnswer(let malformation):
            "The token endpoint of \(host) gave an answer that is no token: \(malformation.text)."
        case .unreachable(let fault):
            "The token endpoint of \(host) gives no answer: \(reason ?? fault.text)."
        case .timedOut:
            "The token endpoint of \(host) did not answer in time."
        case .noSecret(let problem):
            "The gateway has no secret to ask \(host) for a token with: \(problem.text)."
        case .rejected:
            "\(host) keeps rejecting fresh tokens, so the gateway waits before it asks for another."
        case .sameTokenAgain:
            "The API of \(host) rejects a token that its token endpoint keeps giving out."
        case .tooManyWaiting:
            "Too many requests wait for a token of \(host)."
        }
    }

    private var statusText: String { status.map { " (\($0))" } ?? "" }
}

extension TokenFailure.Malformation {
    /// Completes "an answer that is no token: …".
    public var text: String {
        switch self {
        case .empty: "it is empty"
        case .html: "it is an HTML page"
        case .tooLarge: "it is too large"
        case .notJSON: "it is not JSON"
        case .notAnObject: "it is JSON, but no object"
        case .duplicateMember: "a member occurs twice"
        case .unexpectedStatus: "its status is neither 200 nor an error"
        case .noToken: "it has no access_token"
        case .badToken: "its access_token is not a legal bearer token"
        case .badLifetime: "its expires_in is not a sensible number of seconds"
        case .badTokenType: "its token_type is not bearer"
        case .expiredOnArrival: "the token had expired when it arrived"
        }
    }
}

extension AttemptFailure.Cause {
    /// Completes "the token endpoint gives no answer: …".
    fileprivate var text: String {
        switch self {
        case .resolve: "its name cannot be resolved"
        case .refused: "the connection was refused"
        case .connect: "there is no connection to it"
        case .connectTimeout: "no connection came about in time"
        case .tls: "TLS could not be agreed"
        case .tlsRefused: "TLS cannot be agreed as both sides are configured"
        case .certificate: "its certificate is not trusted"
        case .reset: "the connection broke"
        case .firstByteTimeout: "no answer came in time"
        case .stallTimeout: "the answer stood still for too long"
        case .totalTimeout: "the call took too long"
        case .protocolError: "it does not speak HTTP"
        case .incomplete: "the answer broke off"
        case .contentCoding: "the answer is encoded in a way that cannot be read"
        case .breakerOpen: "its circuit breaker is open"
        case .resources: "the gateway is out of resources"
        }
    }
}
