public import Configuration
public import Policy

extension Policy {
    /// The policy that a configuration describes.
    /// - Throws: what contradicts itself in it.
    public convenience init(_ configuration: Configuration) throws(PolicyProblems) {
        try self.init(configuration, callers: configuration.callers)
    }

    /// The same with other callers.
    convenience init(_ configuration: Configuration, callers: [CallerSettings]) throws(PolicyProblems) {
        try self.init(
            callers: callers, tenants: configuration.tenants, routes: configuration.routes,
            tenantHeader: configuration.gateway.tenantHeader, defaultTenant: configuration.gateway.defaultTenant,
            version: Version.current)
    }
}
