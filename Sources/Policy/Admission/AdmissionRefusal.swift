/// Why a request is not admitted, and when to retry.
public struct AdmissionRefusal: Error, Hashable, Sendable {
    public var reason: Reason
    /// For `Retry-After`; more than zero.
    public var retryAfter: Duration

    public init(_ reason: Reason, retryAfter: Duration) {
        self.reason = reason
        self.retryAfter = max(retryAfter, .milliseconds(1))
    }

    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// The queue for a slot is full.
        case queueFull = "queue-full"
        /// It waited for a slot up to the limit.
        case queueTimeout = "queue-timeout"
        /// The tenant's rate limit.
        case rate
        /// Zuora's quota is exhausted, or would be.
        case quota
        case breakerOpen = "breaker-open"
        /// The process is at its limits.
        case overload
    }

    /// 429 if the tenant's traffic is the reason, 503 for the state of the upstream or the gateway.
    public var status: Int {
        switch reason {
        case .queueFull, .queueTimeout, .rate, .quota: 429
        case .breakerOpen, .overload: 503
        }
    }

    public var title: String {
        switch reason {
        case .queueFull: "Too many requests are waiting for the tenant"
        case .queueTimeout: "No slot for the tenant became free in time"
        case .rate: "The tenant's rate limit is reached"
        case .quota: "The tenant's quota at Zuora is nearly or fully used up"
        case .breakerOpen: "The upstream has failed too often, so the circuit breaker is open"
        case .overload: "The gateway is overloaded"
        }
    }
}
