/// Who sent a request.
public enum CallerIdentity: Hashable, Sendable {
    /// No caller is configured: every client that can reach a listener is trusted.
    case trusted
    /// The caller at this index of `CallerDirectory.callers`.
    case known(Int)

    public var index: Int? { if case .known(let index) = self { index } else { nil } }
}

/// A configured caller, its names turned into indices. A class, so that handing it about costs one reference count.
public final class Caller: Sendable {
    public let name: String
    /// Indices of the tenants that it may name; nil: all.
    public let tenants: Set<Int>?
    /// The routes that it may use; nil: all that the tenant forwards.
    public let routes: RouteSet?

    init(_ settings: CallerSettings, tenants: ByteTable, routes: RouteTable, problems: inout [PolicyProblem]) {
        name = settings.name
        self.tenants = settings.tenants.map { names in
            var indices = Set<Int>()
            for name in names {
                let bytes = Array(name.utf8)
                if let index = tenants.index(of: bytes.span, bytes.indices) {
                    indices.insert(index)
                } else {
                    problems.append(PolicyProblem("callers.\(settings.name).tenants", "there is no tenant \"\(name)\""))
                }
            }
            return indices
        }
        self.routes = settings.routes.map { names in
            routes.set(of: names, key: "callers.\(settings.name).routes", problems: &problems)
        }
    }

    func mayName(tenant: Int) -> Bool { tenants?.contains(tenant) ?? true }

    func mayUse(routeName: Int) -> Bool { routes?.contains(routeName) ?? true }
}
