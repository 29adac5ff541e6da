/// An upstream answer as the decision about it needs it.
public struct AttemptAnswer: Hashable, Sendable {
    public var status: Int
    /// What the body says. nil if it was not read: a success on a route whose answers are only relayed.
    public var verdict: UpstreamVerdict?
    /// `Retry-After`, as `RetryAfter` reads it.
    public var retryAfter: Duration?
    /// The time to the reset of a quota of which nothing remains: `RateLimitFields.quotaWait`.
    public var quotaWait: Duration?

    public init(status: Int, verdict: UpstreamVerdict? = nil, retryAfter: Duration? = nil, quotaWait: Duration? = nil) {
        self.status = status
        self.verdict = verdict
        self.retryAfter = retryAfter
        self.quotaWait = quotaWait
    }

    /// How long the upstream wants to be left alone.
    var requestedWait: Duration? {
        guard let retryAfter else { return quotaWait }
        return max(retryAfter, quotaWait ?? .zero)
    }

    /// Whether the work may have been done although this answer does not say so.
    var isAmbiguous: Bool { status == 502 || status == 503 || status == 504 }

    var isSuccess: Bool { OutcomeReader.isSuccess(status) }
}
