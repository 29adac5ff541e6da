/// An error response of the gateway if the upstream's is unavailable or misleading, as in RFC 9457 and RFC 9209.
public struct ExchangeProblem: Error, Hashable, Sendable {
    /// 409, 502, 503 or 504; the upstream's status if one of its pages is replaced.
    public var status: Int
    /// The last part of the problem type's URI. Stable: callers may depend on it.
    public var type: String
    public var title: String
    /// Describes this occurrence, and what to do about it.
    public var detail: String
    /// The error type of `Proxy-Status` (RFC 9209 section 2.3).
    public var proxyError: String
    /// Whether the request may have reached Zuora and been executed: not if Zuora refused it because of load or the token.
    public var mayHaveReached: Bool
    /// `Gateway-Outcome`, on the cancel routes.
    public var outcome: CancelOutcome?
    public var retryAfter: Duration?

    init(
        _ status: Int, type: String, title: String, detail: String, proxyError: String,
        mayHaveReached: Bool, outcome: CancelOutcome? = nil, retryAfter: Duration? = nil
    ) {
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.proxyError = proxyError
        self.mayHaveReached = mayHaveReached
        self.outcome = outcome
        self.retryAfter = retryAfter
    }
}

extension ExchangeProblem {
    private static let howToCheck = "GET the job to check its status; it is safe to cancel it again."

    /// Added if a retry was necessary.
    static let tooLargeToRepeat = "The request body was too large to be kept for a retry."

    static func reach(_ mayHaveReached: Bool) -> String {
        mayHaveReached ? "The request may have reached Zuora and may have been executed." : "Zuora has not executed the request."
    }

    /// The last attempt failed without a response.
    public static func attemptFailed(
        _ failure: AttemptFailure, mayHaveReached: Bool, deadline: Deadline, isCancel: Bool
    ) -> ExchangeProblem {
        var problem = ExchangeProblem(
            502, type: "upstream-unreachable", title: "The upstream is unreachable", detail: reach(mayHaveReached),
            proxyError: failure.cause.proxyError, mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil)
        if let limit = failure.cause.limit {
            return timedOut(limit, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: isCancel)
        }
        switch failure.cause {
        case .stopped: return stopping(mayHaveReached: mayHaveReached, isCancel: isCancel)
        case .breakerOpen:
            problem.status = 503
            problem.type = "upstream-suspended"
            problem.title = "The upstream has failed too often, so the circuit breaker is open"
        case .resources:
            problem.status = 503
            problem.type = "gateway-overloaded"
            problem.title = "The gateway is overloaded"
        case .reset, .incomplete, .protocolError, .contentCoding:
            problem.type = "upstream-answer-broken"
            problem.title = "The upstream's response was truncated or malformed"
        case .tls, .tlsRefused, .certificate:
            problem.type = "upstream-tls"
            problem.title = "The TLS connection to the upstream failed"
        default: break
        }
        return problem
    }

    /// One of the limits of the exchange passed.
    public static func timedOut(
        _ limit: Deadline.Limit, mayHaveReached: Bool, deadline: Deadline, isCancel: Bool
    ) -> ExchangeProblem {
        let length = limit == .total ? " (\(deadline.total.text))" : ""
        return ExchangeProblem(
            504, type: "timeout-\(limit.rawValue)", title: "Timed out \(limit.operation)",
            detail: "Timed out \(limit.operation)\(length). \(reach(mayHaveReached))",
            proxyError: limit.proxyError, mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil)
    }

    /// A cancel was sent, and neither its response nor the job's state is available.
    static let unverified = ExchangeProblem(
        504, type: "cancel-unverified", title: "The job may have been cancelled",
        detail: "The cancel got no clear response, and the job's state could not be read. \(howToCheck)",
        proxyError: "http_response_timeout", mayHaveReached: true, outcome: .unknown)

    /// A cancel was sent, its response was lost, and the job was still running.
    static func notConfirmed(_ job: JobStatus) -> ExchangeProblem {
        ExchangeProblem(
            504, type: "cancel-unconfirmed", title: "The job was not yet cancelled when verified",
            detail: "The cancel got no clear response, and the job's status was then \(job.rawValue). It may still be cancelled. "
                + howToCheck,
            proxyError: "http_response_timeout", mayHaveReached: true, outcome: .unknown)
    }

    /// A cancel was sent, its response was lost, and the job had ended in another way.
    static func jobFinished(_ job: JobStatus) -> ExchangeProblem {
        ExchangeProblem(
            409, type: "job-finished", title: "The job ended before it could be cancelled",
            detail: "The cancel got no clear response; the job's status is \(job.rawValue).",
            proxyError: "http_response_incomplete", mayHaveReached: true, outcome: .alreadyFinished)
    }

    /// The gateway stops before there is a response.
    public static func stopping(mayHaveReached: Bool, isCancel: Bool) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "gateway-stopping", title: "The gateway is stopping", detail: reach(mayHaveReached),
            proxyError: "proxy_internal_response", mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil,
            retryAfter: .seconds(1))
    }

    /// The token was refused, and the request cannot be sent again with another one.
    static func notReplayable(mayHaveReached: Bool, isCancel: Bool) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "not-replayable", title: "The request could not be sent again",
            detail:
                "Zuora rejected the token, and the request body was too large to be kept for a retry with a fresh one. Send it again.",
            proxyError: "http_request_denied", mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil,
            retryAfter: .seconds(1))
    }

    /// Zuora repeatedly could not verify the token.
    static func authenticationTrouble(mayHaveReached: Bool, isCancel: Bool, retryAfter: Duration?) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "authentication-trouble", title: "Zuora could not verify the tenant's token",
            detail: "Zuora's authentication service failed (\"Failed to get user info\"). Try again later.",
            proxyError: "destination_unavailable", mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil,
            retryAfter: retryAfter ?? .seconds(5))
    }

    /// The token was refused or has expired, and no other is available now.
    static func tokenUnavailable(mayHaveReached: Bool, isCancel: Bool, retryAfter: Duration?) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "token-unavailable", title: "No bearer token available for the tenant",
            detail: "The token is no longer valid, and the token endpoint has not issued another one.",
            proxyError: "destination_unavailable", mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil,
            retryAfter: retryAfter ?? .seconds(5))
    }

    /// A problem that replaces an HTML page of an intermediary.
    static func page(_ summary: String?, status: Int, upstream: Int, outcome: CancelOutcome?, retryAfter: Duration?)
        -> ExchangeProblem
    {
        ExchangeProblem(
            status, type: "upstream-page", title: "The upstream responded with a page instead of data",
            detail: "Status \(upstream)" + (summary.map { ": \($0)" } ?? "")
                + ". It comes from an intermediary in front of Zuora's application.",
            proxyError: "http_protocol_error", mayHaveReached: true, outcome: outcome, retryAfter: retryAfter)
    }
}
