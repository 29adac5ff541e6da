/// Compares the entities that a token covers (`entity.<id>` in its scope) with a tenant's configuration.
///
/// Zuora's rule: with several entities in the token each call must name one in `Zuora-Entity-Ids`; with exactly one the field should
/// not be sent.
public struct ScopeCheck: Sendable {
    /// The ids in the token's scope, as 32 lower-case hexadecimal digits.
    let covered: [String]

    public init(_ scope: TokenScope) { covered = scope.entities.map(\.hex) }

    /// Mismatches, most severe first. Empty if there are none.
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

/// A mismatch between the entities of a tenant's token and its configuration.
public struct ScopeFinding: Hashable, Sendable {
    public var kind: Kind
    /// The affected entities: by name if configured, else by id.
    public var entities: [String]

    public init(_ kind: Kind, _ entities: [String] = []) {
        self.kind = kind
        self.entities = entities
    }

    public enum Kind: String, Sendable, CaseIterable {
        /// The default entity is not in the token's scope.
        case defaultMissing = "default-entity-missing"
        /// Configured entities are not in the token's scope.
        case entityMissing = "entity-missing"
        /// The token covers several entities and none is configured, so that no call can name the one that Zuora requires.
        case noneConfigured = "entities-not-configured"
        /// The token covers several entities and the configuration has no default: a caller that names none is refused.
        case noDefault = "no-default-entity"
        /// The token covers one entity, and several are configured.
        case singleEntity = "single-entity-token"
        /// Entities are configured, and the token names none: multi-entity is off, or the scope was omitted.
        case scopeless = "no-entity-in-scope"
        /// The token covers entities that no caller may choose.
        case unused = "entity-unused"
    }

    public enum Severity: Int, Sendable, Comparable {
        /// Informational.
        case notice
        /// Some calls will be refused.
        case warning
        /// The calls intended by the configuration will fail.
        case error

        public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
    }

    public var severity: Severity {
        switch kind {
        case .defaultMissing, .noneConfigured: .error
        case .entityMissing, .singleEntity, .scopeless: .warning
        case .noDefault, .unused: .notice
        }
    }

    /// Text for the readiness page, the log and `check --online`.
    public var text: String {
        let list = entities.joined(separator: ", ")
        switch kind {
        case .defaultMissing:
            return "the default entity \(list) is not among the entities that the token covers: calls without an "
                + "entity will fail. Give the client's user access to it, or change `entity`."
        case .entityMissing:
            return "the token does not cover \(list): calls for it are refused. Give the client's user access, or remove it from "
                + "`entities`."
        case .noneConfigured:
            return
                "the token covers several entities (\(list)), so Zuora requires one on each call, and none is configured. Set "
                + "`entities` and `entity`."
        case .noDefault:
            return "the token covers several entities and there is no default `entity`: callers must name one of \(list)."
        case .singleEntity:
            return
                "the token covers \(list) only, so no entity is sent with calls, and calls for the other configured entities are "
                + "refused."
        case .scopeless:
            return
                "entities are configured, but the token names none. If multi-entity is off in this tenant, no entity may be sent: "
                + "remove `entities`."
        case .unused:
            return "the token also covers \(list), which no caller may choose."
        }
    }
}
