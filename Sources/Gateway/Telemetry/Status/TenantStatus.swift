public import Policy

/// How one tenant is doing: plain values, for readiness, metrics and the status page. No secret is in it.
public struct TenantStatus: Sendable {
    public var label: Label
    /// The upstream's host.
    public var host: String
    public var token = TokenPhase.empty
    /// A token that somebody else keeps fresh: it has no age that the gateway knows.
    public var isTokenStatic = false
    /// Of the token in use: since when it is held, how long it lasts in all, how long it will still be served.
    public var tokenAge: Duration?
    public var tokenLifetime: Duration?
    public var tokenRemaining: Duration?
    /// A line for people about the credential, such as `CredentialStatus.text`.
    public var credential: String?
    public var inFlight = 0
    public var queued = 0
    /// Requests that may be in flight.
    public var concurrency = 0
    public var breaker = CircuitBreaker.State.closed
    /// What Zuora last said about its own limits.
    public var rateLimit: RateLimitFields?
    /// What keeps the tenant from being served, in plain words; empty: nothing does.
    public var missing: [String] = []

    public init(_ label: Label, host: String) {
        self.label = label
        self.host = host
    }

    public var isReady: Bool { missing.isEmpty }
}
