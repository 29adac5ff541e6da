import Wire

/// Finds the tenant that a request is for: the one named in the tenant header, else the listener's, else the default.
public struct TenantDirectory: Sendable {
    public let tenants: [Tenant]
    /// The field that selects the tenant, as configured.
    public let header: String
    /// `header` in lower case, for comparison with the request's fields.
    let headerBytes: [UInt8]
    /// The index of the default tenant.
    public let defaultTenant: Int?
    private let names: ByteTable

    init(_ settings: [TenantSettings], header: String, defaultTenant: String?, routes: RouteTable) {
        names = ByteTable(settings.map(\.name))
        self.header = header
        headerBytes = header.utf8.map(\.lowercased)
        tenants = settings.map { Tenant($0, routes: routes) }
        self.defaultTenant = defaultTenant.flatMap { [names] in names.index(of: $0) }
    }

    /// The index of the tenant with this name. Names are compared byte for byte.
    public func index(of name: String) -> Int? { names.index(of: name) }

    /// 1 to 64 of `A-Z a-z 0-9 . _ -`: anything else is not a tenant name.
    private static func isName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard (1...64).contains(range.count) else { return false }
        for i in range {
            switch bytes[i] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: continue
            default: return false
            }
        }
        return true
    }

    /// - Parameters:
    ///   - caller: nil when every client of the listener is trusted.
    ///   - listener: the index of the listener's tenant, if it has a fixed one.
    /// - Throws: 400 or 403. A caller that is limited to its tenants gets the same response for a tenant that it may not use and one
    ///   that does not exist, so that it cannot discover other tenants.
    func resolve(
        _ fields: RequestFields, _ bytes: Span<UInt8>, caller: Caller?, listener: Int?
    ) throws(Denial) -> (index: Int, source: Source) {
        guard fields.tenant.count <= 1 else { throw .repeatedTenant(header) }
        guard let value = fields.tenant.value else {
            guard let index = listener ?? defaultTenant else { throw .noTenant(header) }
            guard caller?.mayName(tenant: index) ?? true else { throw .tenantNotAllowed(header) }
            return (index, listener == nil ? .gateway : .listener)
        }
        guard Self.isName(bytes, value) else { throw .malformedTenant(header) }
        let index = names.index(of: bytes, value)
        if let listener, index != listener { throw .otherListener }
        guard let index else {
            throw caller?.tenants == nil ? .unknownTenant(header) : .tenantNotAllowed(header)
        }
        guard caller?.mayName(tenant: index) ?? true else { throw .tenantNotAllowed(header) }
        return (index, .header)
    }

    /// The source of the tenant.
    public enum Source: String, Sendable, CaseIterable { case header, listener, gateway }
}

/// A tenant with everything precomputed that does not depend on the request. A class, so that
/// passing it costs one reference count.
public final class Tenant: Sendable {
    public let name: String
    /// The routes that are forwarded.
    public let routes: RouteSet
    public let entities: EntityPolicy
    public let orgs: OrgPolicy
    /// The tenant's `Zuora-Version`; nil if none is sent.
    public let version: String?
    /// Whether a caller's `Zuora-Version` replaces `version`.
    public let callerMayChooseVersion: Bool
    /// The `Zuora-Version` line, or nothing.
    let versionLine: HeaderBlock
    /// The fields of callers that are forwarded beyond those that Zuora documents.
    let forwarded: ListedFields
    /// Whether requests go to a hub, which chooses entity, orgs and version.
    public let usesHub: Bool

    init(_ settings: TenantSettings, routes table: RouteTable) {
        name = settings.name
        usesHub = settings.usesHub
        routes = table.set(of: settings.routes)
        entities = EntityPolicy(settings)
        orgs = OrgPolicy(settings)
        version = settings.apiVersion
        callerMayChooseVersion = settings.callerMayChooseVersion
        var line = HeaderBlock()
        if let version { line.append(.zuoraVersion, "Zuora-Version", version) }
        versionLine = line
        forwarded = ListedFields(settings.upstream.forwardHeaders)
    }
}

extension Denial {
    static func repeatedTenant(_ header: String) -> Denial {
        Denial(
            400, .identify, type: "ambiguous-tenant", title: "More than one tenant", detail: "\(header) is repeated.")
    }

    static func malformedTenant(_ header: String) -> Denial {
        Denial(
            400, .identify, type: "malformed-tenant", title: "Malformed tenant name",
            detail: "\(header) must be one name: 1 to 64 letters, digits, dots, hyphens and underscores.")
    }

    static func noTenant(_ header: String) -> Denial {
        Denial(
            400, .identify, type: "no-tenant", title: "No tenant",
            detail: "Set \(header) to a tenant: neither this listener nor the gateway has a default.")
    }

    static func unknownTenant(_ header: String) -> Denial {
        Denial(
            400, .identify, type: "unknown-tenant", title: "Unknown tenant",
            detail: "\(header) names a tenant that is not in the configuration; names are case-sensitive.")
    }

    static func tenantNotAllowed(_ header: String) -> Denial {
        Denial(
            403, .identify, type: "tenant-not-allowed", title: "Tenant not allowed",
            detail: "Use a tenant in \(header) that this caller is allowed to use.")
    }

    static let otherListener = Denial(
        403, .identify, type: "tenant-not-allowed", title: "Tenant not allowed",
        detail: "This listener serves one tenant, and the request names another.")
}
