import Wire

/// The active faults, and how often each has been applied.
struct FaultRules: Sendable {
    private var rules: [Entry] = []
    private var nameHits: [String: Int] = [:]

    struct Entry: Sendable {
        var rule: FaultRule
        /// Matching calls so far, by path if counted so.
        var seen: [String: Int] = [:]
        var struck = 0
    }

    /// The fault that applies to a call.
    struct Strike {
        var name: String
        var effect: FaultEffect
    }

    var entries: [Entry] { rules }

    mutating func add(_ rule: FaultRule) { rules.append(Entry(rule: rule)) }

    mutating func removeAll(named name: String? = nil) { rules.removeAll { name == nil || $0.rule.name == name } }

    /// The first rule that applies to this call. Every rule that matches counts it.
    mutating func strike(
        method: String, path: String, tenant: String?, entity: String?, client: String?, random: inout SplitMix64
    ) -> Strike? {
        var strike: Strike?
        for index in rules.indices {
            let rule = rules[index].rule
            guard rule.match.holds(method: method, path: path, tenant: tenant, entity: entity, client: client) else { continue }
            let counter = rule.perPath ? path : ""
            let seen = rules[index].seen[counter, default: 0]
            rules[index].seen[counter] = seen + 1
            guard strike == nil, seen >= rule.skip, rule.times.map({ seen < rule.skip + $0 }) ?? true,
                rule.probability >= 1 || Double.random(in: 0..<1, using: &random) < rule.probability
            else { continue }
            rules[index].struck += 1
            strike = Strike(name: rule.name, effect: rule.effect)
        }
        return strike
    }

    /// The fault that an id requests.
    mutating func strike(id: String, method: String, isFile: Bool, scope: JobScope) -> Strike? {
        guard let fault = FaultName(id: id), fault.strikes(method: method, isFile: isFile) else { return nil }
        if let times = fault.times {
            let counter = "\(scope.tenant)/\(scope.entity)/\(id)"
            let hits = nameHits[counter, default: 0]
            nameHits[counter] = hits + 1
            guard hits < times else { return nil }
        }
        return Strike(name: id, effect: fault.effect)
    }
}
