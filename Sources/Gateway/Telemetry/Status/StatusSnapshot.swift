public import Policy
public import Wire

/// All data of the status page: the source of `/status.json`.
public struct StatusSnapshot: Sendable {
    public var gateway: GatewayStatus
    public var tenants: [TenantStatus]
    /// Merged from all workers.
    public var metrics: MetricsSnapshot
    public var activity: Activity
    /// Newest first.
    public var errors: [RecentError]

    /// The maximum of listed tenants: those with problems, then the busiest.
    static let listed = 200

    public init(
        gateway: GatewayStatus, tenants: [TenantStatus], metrics: MetricsSnapshot, activity: Activity, errors: [RecentError]
    ) {
        self.gateway = gateway
        self.tenants = tenants
        self.metrics = metrics
        self.activity = activity
        self.errors = errors
    }

    /// All in order, or the most relevant ones.
    var listedTenants: [TenantStatus] {
        guard tenants.count > Self.listed else { return tenants }
        let ranked = tenants.sorted { a, b in
            let (isWellA, isWellB) = (a.isReady && a.breaker == .closed, b.isReady && b.breaker == .closed)
            if isWellA != isWellB { return !isWellA }
            return activity[a.label.slot].requests > activity[b.label.slot].requests
        }
        return Array(ranked.prefix(Self.listed))
    }
}

/// The state of the process.
public struct GatewayStatus: Sendable {
    public enum Stage: Sendable { case starting, running, draining }

    public var version: String
    /// The commit that was built; empty if unknown.
    public var revision = Version.revision ?? ""
    public var stage: Stage
    public var startedAt: WallTime
    public var now: WallTime
    public var workers = 1
    public var configuration: ConfigurationStatus
    /// Dropped lines of the access log.
    public var droppedLines: UInt64 = 0
    public var usage = ProcessUsage(residentBytes: 0, cpuSeconds: 0)
    /// Requests in flight or waiting, and bytes of bodies buffered for them: limited by `[limits]`.
    public var requests = 0
    public var heldBytes = 0
    /// Spans exported and lost; nil if nothing is traced.
    public var spans: (exported: Int, dropped: Int)?
    /// The configured callers.
    public var callers: [Label] = []
    /// When the listeners' certificate expires; nil without TLS.
    public var certificateExpiry: WallTime?
    /// Why the whole gateway cannot serve, in plain words.
    public var missing: [String] = []
    /// nil without a fleet.
    public var fleet: FleetStatus?

    public init(
        version: String, stage: Stage, startedAt: WallTime, now: WallTime, configuration: ConfigurationStatus
    ) {
        self.version = version
        self.stage = stage
        self.startedAt = startedAt
        self.now = now
        self.configuration = configuration
    }

    /// Whole seconds since the start; never negative, even if the clock is changed.
    var uptime: Int { Int(max(now.seconds - startedAt.seconds, 0)) }
}

/// The configuration in use, and the result of the last reload.
public struct ConfigurationStatus: Sendable {
    /// When the one in use was loaded.
    public var loadedAt: WallTime
    /// Successful and failed reloads since the start.
    public var reloads = 0
    public var failures = 0
    /// Why the last reload failed; nil if it succeeded, or if there was none.
    public var error: String?
    public var failedAt: WallTime?
    /// Changed keys that only take effect after a restart, such as `gateway.workers`.
    public var awaitingRestart: [String] = []

    public init(loadedAt: WallTime) { self.loadedAt = loadedAt }
}

/// The state of one tenant: plain values, for readiness, metrics and the status page. Contains no secret.
public struct TenantStatus: Sendable {
    public var label: Label
    /// The upstream's host and port.
    public var host: String
    /// Whether the upstream is another gateway, which has the token, the limits and the breaker.
    public var usesHub = false
    public var token = TokenPhase.empty
    /// A static token, whose age is unknown to the gateway.
    public var isTokenStatic = false
    /// Of the token in use: its age, its total lifetime, and how long it will still be used.
    public var tokenAge: Duration?
    public var tokenLifetime: Duration?
    public var tokenRemaining: Duration?
    /// A line of text about the credential, such as `CredentialStatus.text`.
    public var credential: String?
    public var inFlight = 0
    public var queued = 0
    /// The routes that the tenant forwards.
    public var routes: [Route] = []
    /// When the certificate that the gateway presents to the upstream expires; nil without one.
    public var certificateExpiry: WallTime?
    /// Requests that may be in flight; meaningless with a hub.
    public var concurrency = 0
    public var breaker = CircuitBreaker.State.closed
    /// The rate limits that Zuora last reported.
    public var rateLimit: RateLimitFields?
    /// Why the tenant cannot be served, in plain words; empty if it can.
    public var missing: [String] = []

    public struct Route: Sendable {
        public var label: Label
        public var isCancel: Bool
        /// Whether the status of its responses states the outcome.
        public var isStrict: Bool
    }

    public init(_ label: Label, host: String) {
        self.label = label
        self.host = host
    }

    public var isReady: Bool { missing.isEmpty }
}

/// Recent activity.
public struct Activity: Sendable {
    public struct Tenant: Sendable {
        /// Since the start.
        public var requests: UInt64
        /// Requests per second; nil if not known yet.
        public var rate: Double?
        /// Latencies of whole requests, within the window.
        public var latency: LatencyHistogram

        init(_ requests: UInt64 = 0, _ rate: Double? = nil, _ latency: LatencyHistogram = LatencyHistogram()) {
            self.requests = requests
            self.rate = rate
            self.latency = latency
        }
    }

    /// The period of rates and latencies; nil means since the start.
    public var window: Duration?
    /// By the tenant's slot.
    public var tenants: [Tenant]

    subscript(slot: Int) -> Tenant { tenants.indices.contains(slot) ? tenants[slot] : Tenant(0, window.map { _ in 0 }) }

    /// All tenants together.
    var total: Tenant {
        tenants.reduce(into: Tenant(0, window.map { _ in 0 })) { total, tenant in
            total.requests &+= tenant.requests
            total.rate = total.rate.map { $0 + (tenant.rate ?? 0) }
            total.latency.add(tenant.latency)
        }
    }
}
