public import Policy

/// What would become of a request, and why.
public struct RequestReport: Sendable {
    public enum Verdict: Sendable {
        /// To this method, URL and `Host`.
        case forwarded(Upstream)
        /// The gateway's own token endpoint would answer it; it goes nowhere.
        case answeredHere
        case refused(Problem)
    }

    public struct Upstream: Hashable, Sendable {
        public let method: String
        public let url: String
        public let host: String
    }

    public internal(set) var verdict: Verdict
    /// Who and what it resolves to, as far as it got.
    public internal(set) var decisions: [Explanation.Decision] = []
    /// The field lines that would go upstream; empty if none would.
    public internal(set) var sent: [Explanation.Sent] = []
    /// The caller's field lines that would not.
    public internal(set) var removed: [Explanation.Removed] = []
    /// What bounds it; nil while its tenant is not known.
    public internal(set) var limits: RequestLimits?

    init(_ verdict: Verdict) { self.verdict = verdict }

    public var isRefused: Bool { if case .refused = verdict { true } else { false } }
}

/// The limits and policies under which a request would be forwarded.
public struct RequestLimits: Sendable {
    /// From accept to the last attempt's answer; what the caller asked for in X-Request-Timeout included.
    public let timeout: Duration
    public let isTimeoutCallers: Bool
    public let isIdempotent: Bool
    public let kind: RouteSettings.Kind
    public let tenant: TenantSettings
    /// Bytes of the request's body.
    public let body: Int
}
