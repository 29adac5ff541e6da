/// A Zuora tenant that the stand-in plays.
public struct SandboxTenant: Hashable, Sendable {
    public var name: String
    /// The number in the token's scope (`tenant.<n>`).
    public var number: Int
    /// Entity name to its UUID with hyphens. More than one is a multi-entity tenant.
    public var entities: [String: String]
    /// Whether Multi-Org is on.
    public var multiOrg: Bool
    /// The orgs that the tenant's users may read.
    public var orgs: [String]

    public init(name: String, number: Int, entities: [String: String], multiOrg: Bool = false, orgs: [String] = []) {
        self.name = name
        self.number = number
        self.entities = entities
        self.multiOrg = multiOrg
        self.orgs = orgs
    }

    /// The entity that a header value names: a UUID, or the same without hyphens if `acceptsHex`.
    func entity(_ value: String, acceptsHex: Bool) -> String? {
        entities.values.first { $0 == value || (acceptsHex && $0.filter { $0 != "-" } == value) }
    }

    /// Two entities, no Multi-Org.
    public static let acme = SandboxTenant(
        name: "acme", number: 10001,
        entities: ["emea": "e20b0747-4688-4ad5-8014-68daf10e501d", "amer": "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"])

    /// One entity, Multi-Org with two orgs.
    public static let globex = SandboxTenant(
        name: "globex", number: 10002, entities: ["main": "5b1c6a3e-7d2f-4f0a-8b9c-1d2e3f405162"], multiOrg: true,
        orgs: ["a1b2c3d4-0000-4000-8000-000000000001", "a1b2c3d4-0000-4000-8000-000000000002"])
}
