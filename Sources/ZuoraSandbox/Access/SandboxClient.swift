import Wire

/// An OAuth client of a tenant's user.
public struct SandboxClient: Hashable, Sendable {
    /// 36 characters.
    public var id: String
    public var secret: String
    /// The tenant's name.
    public var tenant: String
    /// UUIDs of the entities that its tokens cover; nil is all of the tenant's.
    public var entities: [String]?
    /// Whether its user has the permission "API Write Access", without which nothing may be posted or deleted.
    public var apiWrite: Bool
    /// Whether its user is an administrator, who sees other users' data queries too.
    public var administrator: Bool
    /// How long its tokens live.
    public var lifetime: Duration
    /// Whether its user has been deactivated.
    public var deactivated: Bool

    public init(
        id: String, secret: String, tenant: String, entities: [String]? = nil, apiWrite: Bool = true, administrator: Bool = true,
        lifetime: Duration = .seconds(3600), deactivated: Bool = false
    ) {
        self.id = id
        self.secret = secret
        self.tenant = tenant
        self.entities = entities
        self.apiWrite = apiWrite
        self.administrator = administrator
        self.lifetime = lifetime
        self.deactivated = deactivated
    }

    public static let acme = SandboxClient(
        id: "1f0e3dad-9990-4345-b743-9f8b2a2b8a51", secret: "sandbox-secret", tenant: "acme")
    public static let globex = SandboxClient(
        id: "3c59dc04-8e88-4024-a079-9b8d2f9e4d11", secret: "globex-secret", tenant: "globex")
    /// A client of acme without API Write Access.
    public static let readOnly = SandboxClient(
        id: "b6d767d2-f8ed-4d21-a44b-0e5886680cb9", secret: "readonly-secret", tenant: "acme", apiWrite: false,
        administrator: false)
}

/// A Zuora tenant that the sandbox emulates.
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

/// A token that the sandbox has issued.
struct AccessToken: Hashable, Sendable {
    var text: String
    var client: String
    var tenant: String
    /// UUIDs. More than one makes `Zuora-Entity-Ids` mandatory on calls.
    var entities: [String]
    var expires: Instant

    /// Its form in the book.
    var fingerprint: String { shortFingerprint(text) }
}
