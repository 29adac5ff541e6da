public import Wire

/// When bodies are transcoded. `auto` follows docs/configuration.md, section gzip.
public struct GzipSettings: Hashable, Sendable {
    public var request = GzipMode.auto
    public var response = GzipMode.auto

    public init() {}
}

/// How many calls a tenant may have in flight, and how fast they may start.
public struct AdmissionSettings: Hashable, Sendable {
    /// Calls in flight for this tenant. Zuora's limit is 40 per entity.
    public var concurrency = 20
    /// Calls in flight for one of its entities; nil means limited by `concurrency` only.
    public var entityConcurrency: Int?
    /// Calls in flight for one of its entities, of all members of the fleet together; nil means that its slots are not shared.
    public var fleetConcurrency: Int?
    /// Requests that may start per second, of all members of the fleet together; nil means no limit.
    public var fleetRate: Double?
    /// Requests that may wait for a slot; further ones are refused at once with 429.
    public var queue = 1000
    /// How long a request may wait for a slot.
    public var queueTimeout: Duration = .seconds(10)
    /// Requests that may start per second; nil means no limit.
    public var rate: Double?
    /// How many may start at once after an idle period, with `rate`.
    public var burst = 20

    public init() {}

    public init(concurrency: Int, entityConcurrency: Int? = nil, queue: Int, queueTimeout: Duration) {
        self.concurrency = concurrency
        self.entityConcurrency = entityConcurrency
        self.queue = queue
        self.queueTimeout = queueTimeout
    }
}

/// How often a failed call is retried.
public struct RetrySettings: Hashable, Sendable {
    /// Total attempts, including the first; 1 disables retries.
    public var attempts = 4
    /// Retries as a share of requests, 0 to 1; a burst of 10 is always allowed.
    public var budget = 0.2
    /// Full-jitter back-off: random between 0 and min(cap, base * 2^n).
    public var base: Duration = .seconds(1)
    public var cap: Duration = .seconds(60)
    /// The longest `Retry-After` that is honoured; a response with a longer one is relayed at once.
    public var maxWait: Duration = .seconds(10)

    public init() {}
}

/// When calls to a tenant's upstream are suspended, and for how long (`CircuitBreaker`).
public struct BreakerSettings: Hashable, Sendable {
    /// The share of failures, above 0 up to 1, that opens the breaker.
    public var failures = 0.5
    /// Results within `window` below which it never opens.
    public var minimum = 10
    /// The period over which the share is computed.
    public var window: Duration = .seconds(10)
    /// How long it stays open the first time; doubled with each consecutive opening.
    public var openTime: Duration = .seconds(5)
    /// The longest that it stays open.
    public var longestOpenTime: Duration = .seconds(60)

    public init() {}
}
