import Wire

/// All counters at one moment, of one worker or merged from all.
public struct MetricsSnapshot: Sendable {
    /// Indexed by the tenant's slot.
    private(set) var tenants: [TenantCounts] = []
    /// For tenants and routes that had a request.
    private(set) var routes: [RouteCounts] = []
    /// Requests by caller, then by status class.
    private var callers: [InlineArray<6, UInt64>] = []
    private var counters = InlineArray<12, UInt64>(repeating: 0)
    /// Indexed by direction and action.
    private var gzip = InlineArray<8, UInt64>(repeating: 0)
    public internal(set) var gauges = WorkerGauges()

    public init() {}

    public func count(_ counter: WorkerCounter) -> UInt64 { counters[counter.rawValue] }

    public func count(_ counter: TenantCounter, _ tenant: Label) -> UInt64 {
        tenants.indices.contains(tenant.slot) ? tenants[tenant.slot][counter] : 0
    }

    /// Requests of a tenant, of all routes, with `outcome`.
    public func requests(_ tenant: Label, _ outcome: RequestOutcome) -> UInt64 {
        var total: UInt64 = 0
        forEachRoute(of: tenant.slot) { _, counts in total &+= counts.requests(outcome) }
        return total
    }

    func requests(ofCaller slot: Int, _ status: StatusClass) -> UInt64 {
        callers.indices.contains(slot) ? callers[slot][status.rawValue] : 0
    }

    /// The counts of a tenant and a route; nil if there are none.
    func counts(ofTenant tenant: Int, route: Int) -> RouteCounts? {
        guard tenants.indices.contains(tenant), let index = tenants[tenant].index(ofRoute: route) else { return nil }
        return routes[index]
    }

    /// Bodies of requests, or else of responses, that were handled this way.
    func bodies(ofRequests: Bool, _ action: GzipAction) -> UInt64 { gzip[Self.gzipIndex(ofRequests, action)] }

    func forEachRoute(of tenant: Int, _ body: (_ route: Int, borrowing RouteCounts) -> Void) {
        guard tenants.indices.contains(tenant) else { return }
        let slots = tenants[tenant].routes
        for slot in slots.indices where slots[slot] >= 0 { body(slot, routes[Int(slots[slot])]) }
    }

    /// Requests of a tenant and their durations, over all routes.
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
        tenants[tenant][.retries] &+= UInt64(clamping: record.attempts - record.verifications - 1)
        if let caller = record.caller?.slot {
            reserve(caller: caller)
            callers[caller][StatusClass(record.status).rawValue] &+= 1
        }
        if record.gzipIn != .none { gzip[Self.gzipIndex(true, record.gzipIn)] &+= 1 }
        if record.gzipOut != .none { gzip[Self.gzipIndex(false, record.gzipOut)] &+= 1 }
    }

    /// Adds another worker's counts.
    public mutating func merge(_ other: MetricsSnapshot) {
        for slot in other.tenants.indices {
            reserve(tenant: slot)
            tenants[slot].addCounters(other.tenants[slot])
            let slots = other.tenants[slot].routes
            for route in slots.indices where slots[route] >= 0 {
                routes[index(tenant: slot, route: route)].add(other.routes[Int(slots[route])])
            }
        }
        for slot in other.callers.indices {
            reserve(caller: slot)
            for i in callers[slot].indices { callers[slot][i] &+= other.callers[slot][i] }
        }
        for i in counters.indices { counters[i] &+= other.counters[i] }
        for i in gzip.indices { gzip[i] &+= other.gzip[i] }
        gauges.merge(other.gauges)
    }

    private mutating func reserve(caller: Int) {
        while callers.count <= caller { callers.append(InlineArray(repeating: 0)) }
    }

    private mutating func reserve(tenant: Int) {
        while tenants.count <= tenant { tenants.append(TenantCounts()) }
    }

    /// The index of the counts of a tenant and a route, which are created if needed.
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

/// Counters of one tenant on one route.
struct RouteCounts: Sendable {
    /// By outcome and status class.
    private var requests = InlineArray<84, UInt64>(repeating: 0)
    /// By phase.
    private(set) var phases = InlineArray<5, LatencyHistogram>(repeating: LatencyHistogram())
    /// By bucket of the total time, the last traced request; empty until there was one.
    private(set) var exemplars: [Exemplar?] = []

    mutating func record(_ record: borrowing AccessRecord) {
        requests[Self.index(record.outcome, StatusClass(record.status))] &+= 1
        for i in phases.indices {
            guard let phase = RequestPhase(rawValue: i) else { continue }
            let time = record.phases.raw(phase)
            if time >= 0 { phases[i].record(UInt64(time)) }
        }
        if let trace = record.trace, trace.isSampled { note(trace, record) }
    }

    private mutating func note(_ trace: TraceContext, _ record: borrowing AccessRecord) {
        let nanoseconds = record.phases.raw(.total)
        guard nanoseconds >= 0 else { return }
        if exemplars.isEmpty { exemplars = Array(repeating: nil, count: LatencyHistogram.buckets) }
        exemplars[LatencyHistogram.bucket(of: UInt64(nanoseconds))] = Exemplar(
            trace: trace, nanoseconds: nanoseconds, time: record.time)
    }

    func requests(_ outcome: RequestOutcome, _ status: StatusClass) -> UInt64 { requests[Self.index(outcome, status)] }

    func requests(_ outcome: RequestOutcome) -> UInt64 {
        StatusClass.allCases.reduce(0) { $0 &+ requests(outcome, $1) }
    }

    subscript(phase: RequestPhase) -> LatencyHistogram { phases[phase.rawValue] }

    var total: UInt64 {
        var total: UInt64 = 0
        for i in requests.indices { total &+= requests[i] }
        return total
    }

    mutating func add(_ other: RouteCounts) {
        for i in requests.indices { requests[i] &+= other.requests[i] }
        for i in phases.indices { phases[i].add(other.phases[i]) }
        if exemplars.isEmpty {
            exemplars = other.exemplars
        } else {
            for (i, exemplar) in other.exemplars.enumerated() where exemplar != nil {
                if exemplars[i].map({ $0.time < exemplar?.time ?? .earliest }) ?? true { exemplars[i] = exemplar }
            }
        }
    }

    private static func index(_ outcome: RequestOutcome, _ status: StatusClass) -> Int {
        outcome.rawValue * StatusClass.count + status.rawValue
    }
}

/// Counters of one tenant.
struct TenantCounts: Sendable {
    private var counters = InlineArray<8, UInt64>(repeating: 0)
    /// By the route's slot, the index of its counts in `MetricsSnapshot.routes`; -1 if there are none. Grows as needed.
    private(set) var routes: [Int32] = []

    subscript(counter: TenantCounter) -> UInt64 {
        get { counters[counter.rawValue] }
        set { counters[counter.rawValue] = newValue }
    }

    func index(ofRoute slot: Int) -> Int? {
        guard slot < routes.count, routes[slot] >= 0 else { return nil }
        return Int(routes[slot])
    }

    mutating func setIndex(_ index: Int, ofRoute slot: Int) {
        while routes.count <= slot { routes.append(-1) }
        routes[slot] = Int32(truncatingIfNeeded: index)
    }

    mutating func addCounters(_ other: TenantCounts) {
        for i in counters.indices { counters[i] &+= other.counters[i] }
    }
}

/// Counters of a tenant other than requests.
public enum TenantCounter: Int, Sendable, CaseIterable {
    /// Attempts beyond a request's first.
    case retries
    /// Tokens fetched.
    case tokenRefreshes
    /// Calls to the token endpoint that failed.
    case tokenFailures
    /// Times that the circuit breaker opened.
    case breakerOpenings
    /// Requests that shared another's upstream call.
    case coalesced
    /// Responses with a different track id than their request.
    case trackIDMismatches
    /// Bytes of bodies on the caller's side.
    case bytesIn
    case bytesOut

    static let count = 8
}
