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
