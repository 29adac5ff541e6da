extension Denial {
    static func repeatedTenant(_ header: String) -> Denial {
        Denial(
            400, .identify, type: "ambiguous-tenant", title: "More than one tenant", detail: "\(header) is given more than once")
    }

    static func malformedTenant(_ header: String) -> Denial {
        Denial(
            400, .identify, type: "malformed-tenant", title: "Not a tenant's name",
            detail: "\(header) takes one name: 1 to 64 letters, digits, dots, hyphens and underscores")
    }

    static func noTenant(_ header: String) -> Denial {
        Denial(
            400, .identify, type: "no-tenant", title: "No tenant",
            detail: "name a tenant in \(header): neither this listener nor the gateway has a default")
    }

    static func unknownTenant(_ header: String) -> Denial {
        Denial(
            400, .identify, type: "unknown-tenant", title: "Unknown tenant",
            detail: "\(header) names a tenant that is not in the configuration; names are case-sensitive")
    }

    static func tenantNotAllowed(_ header: String) -> Denial {
        Denial(
            403, .identify, type: "tenant-not-allowed", title: "Not a tenant that may be named here",
            detail: "name one of the tenants that this caller may act for in \(header)")
    }

    static let otherListener = Denial(
        403, .identify, type: "tenant-not-allowed", title: "Not a tenant that may be named here",
        detail: "this listener serves one tenant, and the request names another")
}
