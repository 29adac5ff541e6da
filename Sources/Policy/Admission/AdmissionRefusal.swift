/// Why a request is not let through to the upstream, and when to come again.
public struct AdmissionRefusal: Error, Hashable, Sendable {
    public var reason: Reason
    /// For `Retry-After`; more than zero.
    public var retryAfter: Duration

    public init(_ reason: Reason, retryAfter: Duration) {
        self.reason = reason
        self.retryAfter = max(retryAfter, .milliseconds(1))
    }

    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// As many requests wait for a slot as may.
        case queueFull = "queue-full"
        /// It waited for a slot as long as it may.
        case queueTimeout = "queue-timeout"
        /// The tenant's rate limit.
        case rate
        /// Zuora's own quota is used up, or would be.
        case quota
        case breakerOpen = "breaker-open"
        /// The process is at its own limits.
        case overload
    }

    /// 429 where the tenant's traffic is the reason, 503 where it is the state of the upstream or of the gateway.
    public var status: Int {
        switch reason {
        case .queueFull, .queueTimeout, .rate, .quota: 429
        case .breakerOpen, .overload: 503
        }
    }

    public var title: String {
        switch reason {
        case .queueFull: "Too many requests wait for the tenant"
        case .queueTimeout: "No slot for the tenant came free in time"
        case .rate: "The tenant's rate limit is reached"
        case .quota: "The tenant's quota at Zuora is nearly or wholly used up"
        case .breakerOpen: "The upstream has failed too often and is left alone for a while"
        case .overload: "The gateway has come to its own limits"
        }
    }
}
