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
    /// Of acme, without API Write Access.
    public static let readOnly = SandboxClient(
        id: "b6d767d2-f8ed-4d21-a44b-0e5886680cb9", secret: "readonly-secret", tenant: "acme", apiWrite: false,
        administrator: false)
}
