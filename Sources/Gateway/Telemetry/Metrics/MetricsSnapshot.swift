/// Everything that was counted up to a moment, by one worker or, merged, by all.
public struct MetricsSnapshot: Sendable {
    /// By the tenant's slot.
    private(set) var tenants: [TenantCounts] = []
    /// Of those tenants and routes that had a request.
    private(set) var routes: [RouteCounts] = []
    private var counters = InlineArray<12, UInt64>(repeating: 0)
    /// By direction and action.
    private var gzip = InlineArray<8, UInt64>(repeating: 0)
    public internal(set) var gauges = WorkerGauges()

    public init() {}

    public func count(_ counter: WorkerCounter) -> UInt64 { counters[counter.rawValue] }

    public func count(_ counter: TenantCounter, _ tenant: Label) -> UInt64 {
        tenants.indices.contains(tenant.slot) ? tenants[tenant.slot][counter] : 0
    }

    /// Requests of a tenant, of all routes, that came to `outcome`.
    public func requests(_ tenant: Label, _ outcome: RequestOutcome) -> UInt64 {
        var total: UInt64 = 0
        forEachRoute(of: tenant.slot) { _, counts in total &+= counts.requests(outcome) }
        return total
    }

    /// Bodies of requests, or else of answers, that were treated so.
    func bodies(ofRequests: Bool, _ action: GzipAction) -> UInt64 { gzip[Self.gzipIndex(ofRequests, action)] }

    func forEachRoute(of tenant: Int, _ body: (_ route: Int, borrowing RouteCounts) -> Void) {
        guard tenants.indices.contains(tenant) else { return }
        let slots = tenants[tenant].routes
        for slot in slots.indices where slots[slot] >= 0 { body(slot, routes[Int(slots[slot])]) }
    }

    /// Requests of a tenant and how long they took, over all routes.
    func activity(of tenant: Int) -> (requests: UInt64, latency: LatencyHistogram) {
        var result = (requests: UInt64(0), latency: LatencyHistogram())
        forEachRoute(of: tenant) { _, counts in
            result.requests &+= counts.total
            result.latency.add(counts[.total])
        }
        return result
    }

    mutating func add(_ amount: UInt64, to counter: WorkerCounter) { counters[counter.rawValue] &+= amount }

    mutating func add(_ amount: UInt64, to counter: TenantCounter, slot: Int) {
        reserve(tenant: slot)
        tenants[slot][counter] &+= amount
    }

    mutating func record(_ record: borrowing AccessRecord) {
        let tenant = record.tenant?.slot ?? 0
        let route = index(tenant: tenant, route: record.route?.slot ?? 0)
        routes[route].record(record)
        tenants[tenant][.bytesIn] &+= record.bytesIn
        tenants[tenant][.bytesOut] &+= record.bytesOut
        if record.attempts > 1 { tenants[tenant][.retries] &+= UInt64(record.attempts - 1) }
        if record.gzipIn != .none { gzip[Self.gzipIndex(true, record.gzipIn)] &+= 1 }
        if record.gzipOut != .none { gzip[Self.gzipIndex(false, record.gzipOut)] &+= 1 }
    }

    /// Adds what another worker counted.
    public mutating func merge(_ other: MetricsSnapshot) {
        for slot in other.tenants.indices {
            reserve(tenant: slot)
            tenants[slot].addCounters(other.tenants[slot])
            let slots = other.tenants[slot].routes
            for route in slots.indices where slots[route] >= 0 {
                routes[index(tenant: slot, route: route)].add(other.routes[Int(slots[route])])
            }
        }
        for i in counters.indices { counters[i] &+= other.counters[i] }
        for i in gzip.indices { gzip[i] &+= other.gzip[i] }
        gauges.merge(other.gauges)
    }

    private mutating func reserve(tenant: Int) {
        while tenants.count <= tenant { tenants.append(TenantCounts()) }
    }

    /// Where the counts of a tenant and a route are; makes room for them first if need be.
    private mutating func index(tenant: Int, route: Int) -> Int {
        reserve(tenant: tenant)
        if let index = tenants[tenant].index(ofRoute: route) { return index }
        routes.append(RouteCounts())
        tenants[tenant].setIndex(routes.count - 1, ofRoute: route)
        return routes.count - 1
    }

    private static func gzipIndex(_ isRequest: Bool, _ action: GzipAction) -> Int {
        action.rawValue + (isRequest ? 0 : GzipAction.count)
    }
}
