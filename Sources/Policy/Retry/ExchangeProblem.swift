/// An answer of the gateway's own when the upstream's cannot be had or would mislead, in the terms of RFC 9457 and RFC 9209.
public struct ExchangeProblem: Error, Hashable, Sendable {
    /// 409, 502, 503 or 504; the upstream's own when a page of it is replaced.
    public var status: Int
    /// The last part of the problem type's URI. Stable: callers branch on it.
    public var type: String
    public var title: String
    /// This occurrence, and what to do about it.
    public var detail: String
    /// The error type of `Proxy-Status` (RFC 9209 section 2.3).
    public var proxyError: String
    /// The limit that passed, with a 504.
    public var limit: Deadline.Limit?
    /// Whether the request may have reached Zuora.
    public var mayHaveReached: Bool
    /// `Gateway-Outcome`, on the cancel routes.
    public var outcome: CancelOutcome?
    public var retryAfter: Duration?

    init(
        _ status: Int, type: String, title: String, detail: String, proxyError: String, limit: Deadline.Limit? = nil,
        mayHaveReached: Bool, outcome: CancelOutcome? = nil, retryAfter: Duration? = nil
    ) {
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.proxyError = proxyError
        self.limit = limit
        self.mayHaveReached = mayHaveReached
        self.outcome = outcome
        self.retryAfter = retryAfter
    }
}

extension ExchangeProblem {
    private static let howToCheck = "GET the job to see whether its status is cancelled; cancelling it again does no harm."

    /// Added where a repeat was called for.
    static let tooLargeToRepeat = "The request's body was too large to be kept, so the request was not sent again."

    private static func reach(_ mayHaveReached: Bool) -> String {
        mayHaveReached ? "The request may have reached Zuora, and may have been carried out." : "Zuora did not get the request."
    }

    /// The last attempt came to no answer.
    public static func attemptFailed(
        _ failure: AttemptFailure, mayHaveReached: Bool, deadline: Deadline, isCancel: Bool
    ) -> ExchangeProblem {
        var problem = ExchangeProblem(
            502, type: "upstream-unreachable", title: "The upstream cannot be reached", detail: reach(mayHaveReached),
            proxyError: failure.cause.proxyError, mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil)
        if let limit = failure.cause.limit {
            return timedOut(limit, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: isCancel)
        }
        switch failure.cause {
        case .breakerOpen:
            problem.status = 503
            problem.type = "upstream-suspended"
            problem.title = "The upstream has failed too often and is left alone for a while"
        case .resources:
            problem.status = 503
            problem.type = "gateway-overloaded"
            problem.title = "The gateway has come to its own limits"
        case .reset, .incomplete, .protocolError, .contentCoding:
            problem.type = "upstream-answer-broken"
            problem.title = "The upstream's answer was cut short or cannot be read"
        case .tls, .tlsRefused, .certificate:
            problem.type = "upstream-tls"
            problem.title = "No trusted connection to the upstream can be made"
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
            504, type: "timeout-\(limit.rawValue)", title: "The time limit on \(limit.subject) passed",
            detail: "The time limit on \(limit.subject) passed\(length). \(reach(mayHaveReached))",
            proxyError: limit.proxyError, limit: limit, mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil)
    }

    /// A cancel went out, and neither its answer nor the job's state can be had.
    static func unverified(limit: Deadline.Limit?) -> ExchangeProblem {
        ExchangeProblem(
            504, type: "cancel-unverified", title: "The job may have been cancelled",
            detail: "The cancel got no clear answer, and the job's state could not be read. \(howToCheck)",
            proxyError: "http_response_timeout", limit: limit, mayHaveReached: true, outcome: .unknown)
    }

    /// A cancel went out, its answer was lost, and the job was seen still running.
    static func notConfirmed(_ job: JobStatus) -> ExchangeProblem {
        ExchangeProblem(
            504, type: "cancel-unconfirmed", title: "The job was not yet cancelled when it was looked at",
            detail: "The cancel got no clear answer, and the job was then seen \(job.rawValue). It may still be cancelled. "
                + howToCheck,
            proxyError: "http_response_timeout", mayHaveReached: true, outcome: .unknown)
    }

    /// A cancel went out, its answer was lost, and the job was seen at another end.
    static func jobFinished(_ job: JobStatus) -> ExchangeProblem {
        ExchangeProblem(
            409, type: "job-finished", title: "The job had come to an end before it could be cancelled",
            detail: "The cancel got no clear answer; the job's status is \(job.rawValue).",
            proxyError: "http_response_incomplete", mayHaveReached: true, outcome: .alreadyFinished)
    }

    /// The gateway stops before there was a response.
    public static func stopping(mayHaveReached: Bool, isCancel: Bool) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "gateway-stopping", title: "The gateway is stopping", detail: reach(mayHaveReached),
            proxyError: "proxy_internal_response", mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil,
            retryAfter: .seconds(1))
    }

    /// The token was refused, and the request cannot be sent again with another.
    static func notReplayable() -> ExchangeProblem {
        ExchangeProblem(
            503, type: "not-replayable", title: "The request could not be sent again",
            detail:
                "Zuora refused the token, and the request's body was too large to keep for another attempt with a fresh one. Send it again.",
            proxyError: "http_request_denied", mayHaveReached: true, retryAfter: .seconds(1))
    }

    /// Zuora could not check the token, time after time.
    static func authenticationTrouble(isCancel: Bool, retryAfter: Duration?) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "authentication-trouble", title: "Zuora could not check the tenant's token",
            detail: "Zuora's own authentication failed (\"Failed to get user info\"). Try again later.",
            proxyError: "destination_unavailable", mayHaveReached: true, outcome: isCancel ? .unknown : nil,
            retryAfter: retryAfter ?? .seconds(5))
    }

    /// The token was refused, and no other can be had now.
    static func tokenUnavailable(mayHaveReached: Bool, isCancel: Bool, retryAfter: Duration?) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "token-unavailable", title: "No bearer token can be had for the tenant",
            detail: "Zuora refused the token, and the token endpoint gives no other now.",
            proxyError: "destination_unavailable", mayHaveReached: mayHaveReached, outcome: isCancel ? .unknown : nil,
            retryAfter: retryAfter ?? .seconds(5))
    }

    /// An HTML page of something before Zuora, put into words.
    static func page(_ summary: String?, status: Int, upstream: Int, outcome: CancelOutcome?, retryAfter: Duration?)
        -> ExchangeProblem
    {
        ExchangeProblem(
            status, type: "upstream-page", title: "The upstream answered with a page instead of data",
            detail: "Status \(upstream)" + (summary.map { ": \($0)" } ?? "")
                + ". It comes from something before Zuora's application.",
            proxyError: "http_protocol_error", mayHaveReached: true, outcome: outcome, retryAfter: retryAfter)
    }
}
