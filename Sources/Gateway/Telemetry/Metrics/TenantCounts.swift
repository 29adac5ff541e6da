/// What is counted for one tenant.
struct TenantCounts: Sendable {
    private var counters = InlineArray<8, UInt64>(repeating: 0)
    /// By the route's slot: where in `MetricsSnapshot.routes` its counts are; -1 where there are none. As long as it has to be.
    private(set) var routes: [Int32] = []

    subscript(counter: TenantCounter) -> UInt64 {
        get { counters[counter.rawValue] }
        set { counters[counter.rawValue] = newValue }
    }

    var isEmpty: Bool { routes.isEmpty && TenantCounter.allCases.allSatisfy { self[$0] == 0 } }

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
