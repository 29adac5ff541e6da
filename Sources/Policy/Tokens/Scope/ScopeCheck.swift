/// Compares the entities that a token covers (`entity.<id>` in its scope) with a tenant's configuration.
///
/// Zuora's rule: with several entities in the token each call must name one in `Zuora-Entity-Ids`; with exactly one the field should
/// not be sent.
public struct ScopeCheck: Sendable {
    /// The ids in the token's scope, as 32 lower-case hexadecimal digits.
    let covered: [String]

    public init(_ scope: TokenScope) { covered = scope.entities.map(\.hex) }

    /// What does not go together, gravest first. Empty: all is well.
    public func findings(_ tenant: TenantSettings) -> [ScopeFinding] {
        findings(entities: tenant.entities, defaultEntity: tenant.defaultEntity)
    }

    public func findings(entities: [TenantSettings.Entity], defaultEntity: TenantSettings.Entity?) -> [ScopeFinding] {
        let names = Dictionary(entities.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let configured = Set(entities.map(\.id)).union(defaultEntity.map { [$0.id] } ?? [])
        guard !covered.isEmpty else { return configured.isEmpty ? [] : [ScopeFinding(.scopeless)] }
        let inScope = Set(covered)
        var findings: [ScopeFinding] = []
        if let defaultEntity, !inScope.contains(defaultEntity.id) {
            findings.append(ScopeFinding(.defaultMissing, [defaultEntity.name]))
        }
        let missing = entities.filter { !inScope.contains($0.id) && $0.id != defaultEntity?.id }.map(\.name)
        let usable = entities.filter { inScope.contains($0.id) }.map(\.name)
        if inScope.count == 1, configured.count > 1, let only = covered.first {
            findings.append(ScopeFinding(.singleEntity, [names[only] ?? only]))
        } else if !missing.isEmpty {
            findings.append(ScopeFinding(.entityMissing, missing))
        }
        if inScope.count > 1 {
            if configured.isEmpty {
                return [ScopeFinding(.noneConfigured, covered)]
            }
            if defaultEntity == nil, !usable.isEmpty { findings.append(ScopeFinding(.noDefault, usable)) }
            let unused = covered.filter { !configured.contains($0) }
            if !unused.isEmpty { findings.append(ScopeFinding(.unused, unused)) }
        }
        return findings.sorted { $0.severity > $1.severity }
    }
}
