import Policy

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
