/// Where a request's slot is counted.
public struct Lane: Hashable, Sendable {
    /// The tenant, by the index that `ConcurrencyLimiter.addTenant` gave.
    public var tenant: Int
    /// The entity's index within its tenant; nil when the entity's own limit does not apply.
    public var entity: Int?

    public init(tenant: Int, entity: Int? = nil) {
        self.tenant = tenant
        self.entity = entity
    }
}
