/// What is counted for a tenant beside its requests.
public enum TenantCounter: Int, Sendable, CaseIterable {
    /// Attempts beyond a request's first.
    case retries
    /// Tokens fetched.
    case tokenRefreshes
    /// Calls to the token endpoint that brought none.
    case tokenFailures
    /// Times that the circuit breaker opened.
    case breakerOpenings
    /// Requests that shared another's upstream call.
    case coalesced
    /// Responses that carried another track id than their request.
    case trackIDMismatches
    /// Bytes of bodies on the caller's side.
    case bytesIn
    case bytesOut

    static let count = 8
}
