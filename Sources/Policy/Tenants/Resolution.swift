/// The caller and the tenant of a request. Offsets are into the bytes of the head.
public struct IdentifiedCaller: Sendable {
    public let identity: CallerIdentity
    /// An index into `Policy.tenants`.
    public let tenant: Int
    /// What decided the tenant.
    public let tenantSource: TenantDirectory.Source
    let fields: RequestFields

    public var subject: Denial.Subject { Denial.Subject(caller: identity.index, tenant: tenant) }
}

/// The resolved properties of a request: caller, tenant, route and others. Offsets are into the bytes of the head.
public struct Resolution: Sendable {
    public let caller: CallerIdentity
    /// An index into `Policy.tenants`.
    public let tenant: Int
    /// What decided the tenant.
    public let tenantSource: TenantDirectory.Source
    /// An index into `Policy.routes`.
    public let route: Int
    public let parameters: RouteParameters
    /// The job's or file's id in the path, percent-encoded as sent; nil on routes without one.
    public let identifier: Range<Int>?
    /// None for a tenant with a hub, as the orgs: the hub chooses.
    public internal(set) var entity = EntityChoice.none
    public internal(set) var orgs = OrgChoice.none
    /// The caller's `Zuora-Version`, if the tenant allows it and it was sent.
    public internal(set) var callersVersion: Range<Int>?
    let fields: RequestFields

    init(_ identified: IdentifiedCaller, route: Int, _ parameters: RouteParameters, identifier: Range<Int>?) {
        caller = identified.identity
        tenant = identified.tenant
        tenantSource = identified.tenantSource
        self.route = route
        self.parameters = parameters
        self.identifier = identifier
        fields = identified.fields
    }
}

extension Resolution {
    public var subject: Denial.Subject { Denial.Subject(caller: caller.index, tenant: tenant, route: route) }
}
