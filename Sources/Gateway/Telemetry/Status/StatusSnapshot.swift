public import Policy
public import Wire

/// Everything that the status page shows: what `/status.json` is made from.
public struct StatusSnapshot: Sendable {
    public var gateway: GatewayStatus
    public var tenants: [TenantStatus]
    /// Merged from all workers.
    public var metrics: MetricsSnapshot
    public var activity: Activity
    /// Newest first.
    public var errors: [RecentError]

    /// Tenants that are listed: those that are not well, then the busiest.
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

    /// All, in their order, or the most telling ones.
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

/// How the process is doing.
public struct GatewayStatus: Sendable {
    public enum Stage: Sendable { case starting, running, draining }

    public var version: String
    public var stage: Stage
    public var startedAt: WallTime
    public var now: WallTime
    public var workers = 1
    public var configuration: ConfigurationStatus
    /// Lines of the access log that were lost.
    public var droppedLines: UInt64 = 0
    public var usage = ProcessUsage(residentBytes: 0, cpuSeconds: 0)
    /// Requests under way or waiting, and bytes of bodies held for them: what `[limits]` bounds.
    public var requests = 0
    public var heldBytes = 0
    /// What keeps the whole gateway from serving, in plain words.
    public var missing: [String] = []

    public init(
        version: String, stage: Stage, startedAt: WallTime, now: WallTime, configuration: ConfigurationStatus
    ) {
        self.version = version
        self.stage = stage
        self.startedAt = startedAt
        self.now = now
        self.configuration = configuration
    }

    /// Whole seconds since the start; never negative, whatever the clock does.
    var uptime: Int { Int(max(now.seconds - startedAt.seconds, 0)) }
}

/// Which configuration is in force, and how the last attempt to replace it went.
public struct ConfigurationStatus: Sendable {
    /// When the one in force was loaded.
    public var loadedAt: WallTime
    /// Reloads since the start that took effect, and that did not.
    public var reloads = 0
    public var failures = 0
    /// Why the last reload did not take effect; nil if it did, or if there was none.
    public var error: String?
    public var failedAt: WallTime?
    /// Keys of the one in force that a restart only can put in force, such as `gateway.workers`.
    public var awaitingRestart: [String] = []

    public init(loadedAt: WallTime) { self.loadedAt = loadedAt }
}

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

/// What went on lately.
public struct Activity: Sendable {
    public struct Tenant: Sendable {
        /// Since the start.
        public var requests: UInt64
        /// Requests a second; nil: not known yet.
        public var rate: Double?
        /// Of whole requests, within the window.
        public var latency: LatencyHistogram

        init(_ requests: UInt64 = 0, _ rate: Double? = nil, _ latency: LatencyHistogram = LatencyHistogram()) {
            self.requests = requests
            self.rate = rate
            self.latency = latency
        }
    }

    /// The time that rates and latencies are of; nil: since the start.
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
