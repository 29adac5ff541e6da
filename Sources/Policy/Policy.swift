public import Wire

/// Who may do what, for which tenant, entity and org. Made once from the configuration and never changed; a request costs a few
/// hash look-ups, however many tenants, callers and routes there are. A class, so that each request shares it for one reference count.
public final class Policy: Sendable {
    public let callers: CallerDirectory
    public let directory: TenantDirectory
    public let table: RouteTable
    let headers: HeaderPolicy

    public var tenants: [Tenant] { directory.tenants }
    public var routes: [Route] { table.routes }

    /// - Parameters:
    ///   - tenantHeader: the field in which callers name a tenant.
    ///   - version: the gateway's own, for `User-Agent`.
    /// - Throws: everything in the settings that contradicts itself.
    public init(
        callers: [CallerSettings], tenants: [TenantSettings], routes: [RouteSettings] = RouteSettings.builtIn,
        tenantHeader: String = "X-Zuora-Tenant", defaultTenant: String? = nil, version: String
    ) throws(PolicyProblems) {
        var problems: [PolicyProblem] = []
        let header = tenantHeader.utf8.map(\.lowercased)
        if !header.allSatisfy(\.isTokenCharacter) || header.isEmpty || UnlistedFields.isReserved(header) {
            problems.append(PolicyProblem("gateway.tenant_header", "not a field name that is free for this use"))
        }
        let names = ByteTable(tenants.map(\.name))
        table = RouteTable(routes, problems: &problems)
        self.callers = CallerDirectory(callers, tenants: names, routes: table, problems: &problems)
        directory = TenantDirectory(
            tenants, header: tenantHeader, defaultTenant: defaultTenant, names: names, routes: table, problems: &problems)
        headers = HeaderPolicy(tenantHeader: header, product: "zuora-gateway/\(version)")
        guard problems.isEmpty else { throw PolicyProblems(problems: problems) }
    }

    /// Who asks, and for which tenant.
    /// - Parameters:
    ///   - bytes: what the head was parsed from.
    ///   - listenerTenant: the index of the tenant that the listener serves, if it serves only one.
    public func identify(
        _ head: RequestHead, _ bytes: Span<UInt8>, evidence: CallerEvidence = .none, listenerTenant: Int? = nil
    ) throws(Denial) -> IdentifiedCaller {
        var observer = NoObserver()
        return try identify(head, bytes, evidence: evidence, listenerTenant: listenerTenant, observer: &observer)
    }

    /// Whether the caller may do what it asks for, and for which entity and orgs.
    public func authorise(_ caller: IdentifiedCaller, _ head: RequestHead, _ bytes: Span<UInt8>) throws(Denial) -> Resolution {
        var observer = NoObserver()
        return try authorise(caller, head, bytes, observer: &observer)
    }

    /// Both at once.
    public func resolve(
        _ head: RequestHead, _ bytes: Span<UInt8>, evidence: CallerEvidence = .none, listenerTenant: Int? = nil
    ) throws(Denial) -> Resolution {
        try authorise(identify(head, bytes, evidence: evidence, listenerTenant: listenerTenant), head, bytes)
    }

    func identify<Observer: PolicyObserver>(
        _ head: RequestHead, _ bytes: Span<UInt8>, evidence: CallerEvidence, listenerTenant: Int?, observer: inout Observer
    ) throws(Denial) -> IdentifiedCaller {
        let fields = try RequestFields(head, bytes, tenantHeader: directory.headerBytes)
        let identity = try callers.identify(fields, bytes, evidence)
        observer.identified(identity)
        do throws(Denial) {
            let found = try directory.resolve(fields, bytes, caller: caller(identity), listener: listenerTenant)
            observer.chose(tenant: found.index, found.source)
            return IdentifiedCaller(identity: identity, tenant: found.index, tenantSource: found.source, fields: fields)
        } catch {
            throw error.about(Denial.Subject(caller: identity.index))
        }
    }

    func authorise<Observer: PolicyObserver>(
        _ identified: IdentifiedCaller, _ head: RequestHead, _ bytes: Span<UInt8>, observer: inout Observer
    ) throws(Denial) -> Resolution {
        let tenant = directory.tenants[identified.tenant]
        let fields = identified.fields
        var subject = identified.subject
        do throws(Denial) {
            let caller = caller(identified.identity)
            let (index, parameters) = try match(head, bytes, tenant, caller)
            subject.route = index
            observer.matched(route: index)
            let route = table.routes[index]
            guard tenant.routes.contains(route.nameIndex) else { throw .notForwarded(route, tenant) }
            if let caller, !caller.mayUse(routeName: route.nameIndex) { throw .notForCaller(route, caller) }
            let entity = try tenant.entities.choose(fields.entity, bytes)
            let orgs = try tenant.orgs.choose(fields.orgs, head, bytes)
            try tenant.orgs.checkWorkingOrg(fields.workingOrg, bytes)
            return Resolution(
                caller: identified.identity, tenant: identified.tenant, tenantSource: identified.tenantSource, route: index,
                parameters: parameters, identifier: route.identifier.map { parameters[$0] }, entity: entity, orgs: orgs,
                callersVersion: try tenant.version(chosenIn: fields.version), fields: fields)
        } catch {
            throw error.about(subject)
        }
    }

    private func caller(_ identity: CallerIdentity) -> Caller? { identity.index.map { callers.callers[$0] } }

    private func match(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ tenant: Tenant, _ caller: Caller?
    ) throws(Denial) -> (Int, RouteParameters) {
        switch table.match(head, bytes) {
        case .refused(let refusal): throw .badPath(refusal)
        case .notFound: throw .noRoute
        case .methodNotAllowed(let others):
            // A method that would be refused is not offered.
            let forwarded = others.filter { index in
                let name = table.routes[index].nameIndex
                return tenant.routes.contains(name) && caller?.mayUse(routeName: name) ?? true
            }
            throw .methodNotAllowed(table.allow(forwarded))
        case .matched(let index, let parameters): return (index, parameters)
        }
    }

    /// Fills `block` with the field lines of one attempt; to be called anew for each, with the token of that attempt.
    /// - Parameters:
    ///   - scope: the token's; it decides whether the entity is named, and how.
    ///   - token: the bearer token, bare.
    ///   - acceptsGzip: false asks for the answer uncoded, as a range of it must be when the caller cannot decode.
    /// - Returns: false when the token is not one that a header can carry: nothing may be sent then.
    /// - Throws: when entity and token do not go together.
    public func writeUpstreamHeaders(
        of resolution: Resolution, _ head: RequestHead, _ bytes: Span<UInt8>, scope: TokenScope, token: Span<UInt8>,
        trackID: TrackID, recoding: HeaderPolicy.Recoding = .asSent, acceptsGzip: Bool = true, into block: inout HeaderBlock
    ) throws(Denial) -> Bool {
        let tenant = directory.tenants[resolution.tenant]
        let entity = try tenant.entities.spelling(of: resolution.entity, scope: scope)
        var observer = NoObserver()
        return headers.write(
            head, bytes, resolution, tenant: tenant, entity: entity, token: token, trackID: trackID, recoding: recoding,
            acceptsGzip: acceptsGzip, into: &block, observer: &observer)
    }
}

extension Tenant {
    /// The caller's `Zuora-Version`, if it may choose one and did.
    fileprivate func version(chosenIn field: FieldOccurrence) throws(Denial) -> Range<Int>? {
        guard callerMayChooseVersion, let value = field.value else { return nil }
        guard field.count == 1, !value.isEmpty else { throw .ambiguousVersion }
        return value
    }
}

extension Denial {
    static let ambiguousVersion = Denial(
        400, .authorise, type: "ambiguous-version", title: "Not one version", detail: "Zuora-Version takes one version, once")
}

extension Denial {
    static func badPath(_ refusal: Refusal) -> Denial {
        Denial(
            refusal.status, .authorise, type: "bad-path", title: "Not a path that may be forwarded",
            detail: refusal.reason.description)
    }

    static let noRoute = Denial(
        404, .authorise, type: "no-route", title: "No such route", detail: "the gateway forwards nothing at this path")

    /// - Parameter allow: may be empty (RFC 9110 section 10.2.1).
    static func methodNotAllowed(_ allow: String) -> Denial {
        Denial(
            405, .authorise, type: "method-not-allowed", title: "Not a method of this path",
            detail: allow.isEmpty ? "no method of this path is forwarded" : "this path is forwarded with \(allow)", allow: allow)
    }

    static func notForwarded(_ route: Route, _ tenant: Tenant) -> Denial {
        Denial(
            403, .authorise, type: "route-not-forwarded", title: "Not a route of this tenant",
            detail: "add \"\(route.name)\" to routes in [tenants.\(tenant.name)] to have it forwarded")
    }

    static func notForCaller(_ route: Route, _ caller: Caller) -> Denial {
        Denial(
            403, .authorise, type: "route-not-allowed", title: "Not a route of this caller",
            detail: "add \"\(route.name)\" to routes in [callers.\(caller.name)] to allow it")
    }
}
