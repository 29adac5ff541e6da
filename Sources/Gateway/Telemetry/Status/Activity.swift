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
