/// Who sent a request.
public enum CallerIdentity: Hashable, Sendable {
    /// No caller is configured: whoever reaches a listener is trusted.
    case trusted
    /// The caller at this index of `CallerDirectory.callers`.
    case known(Int)
}

/// A configured caller, its names turned into indices.
public struct Caller: Sendable {
    public let name: String
    /// Indices of the tenants that it may name; nil: all.
    public let tenants: Set<Int>?
    /// The routes that it may use; nil: all that the tenant forwards.
    public let routes: RouteSet?

    func mayName(tenant: Int) -> Bool { tenants?.contains(tenant) ?? true }

    func mayUse(routeName: Int) -> Bool { routes?.contains(routeName) ?? true }
}
