public import Wire

/// Who may do what, for which tenant, entity and org. Created once from the configuration and immutable; a request costs a few
/// hash look-ups, regardless of the number of tenants, callers and routes. A class, so that each request shares it for one reference count.
public final class Policy: Sendable {
    public let callers: CallerDirectory
    public let directory: TenantDirectory
    public let table: RouteTable
    let headers: HeaderPolicy

    public var tenants: [Tenant] { directory.tenants }
    public var routes: [Route] { table.routes }

    /// Takes settings as a `Configuration` has verified them, and does not verify them again: names that do not exist allow nothing,
    /// a route with an invalid path is left out, and what two callers share (which `AccessCheck` refuses) identifies the last one.
    /// - Parameters:
    ///   - tenantHeader: the field that selects the tenant.
    ///   - version: the gateway's version, for `User-Agent`.
    public init(
        callers: [CallerSettings], tenants: [TenantSettings], routes: [RouteSettings] = RouteSettings.builtIn,
        tenantHeader: String = "X-Zuora-Tenant", defaultTenant: String? = nil, version: String
    ) {
        table = RouteTable(routes)
        directory = TenantDirectory(tenants, header: tenantHeader, defaultTenant: defaultTenant, routes: table)
        self.callers = CallerDirectory(callers, tenants: ByteTable(tenants.map(\.name)), routes: table)
        headers = HeaderPolicy(tenantHeader: tenantHeader, product: "zuora-gateway/\(version)")
    }

    /// Identifies the caller and the tenant.
    /// - Parameters:
    ///   - bytes: the buffer of the parsed head.
    ///   - listenerTenant: the index of the listener's tenant, if it has a fixed one.
    public func identify(
        _ head: RequestHead, _ bytes: Span<UInt8>, evidence: CallerEvidence = .none, listenerTenant: Int? = nil
    ) throws(Denial) -> IdentifiedCaller {
        var observer = NoObserver()
        return try identify(head, bytes, evidence: evidence, listenerTenant: listenerTenant, observer: &observer)
    }

    /// Whether the caller may perform the request, and for which entity and orgs.
    public func authorise(_ caller: IdentifiedCaller, _ head: RequestHead, _ bytes: Span<UInt8>) throws(Denial) -> Resolution {
        var observer = NoObserver()
        return try authorise(caller, head, bytes, observer: &observer)
    }

    /// Identifies and authorises.
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
            var resolution = Resolution(identified, route: index, parameters, identifier: route.identifier.map { parameters[$0] })
            if tenant.usesHub { return resolution }
            resolution.entity = try tenant.entities.choose(fields.entity, bytes)
            resolution.orgs = try tenant.orgs.choose(fields.orgs, head, bytes)
            try tenant.orgs.checkWorkingOrg(fields.workingOrg, bytes)
            resolution.callersVersion = try tenant.version(chosenIn: fields.version, bytes)
            return resolution
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
            // Methods that would be refused are not listed.
            let forwarded = others.filter { index in
                let name = table.routes[index].nameIndex
                return tenant.routes.contains(name) && caller?.mayUse(routeName: name) ?? true
            }
            throw .methodNotAllowed(table.allow(forwarded))
        case .matched(let index, let parameters): return (index, parameters)
        }
    }

    /// Fills `block` with the field lines of one attempt; must be called for each attempt, with its token.
    /// - Parameters:
    ///   - scope: the token's; it decides whether the entity is named, and how.
    ///   - token: the bearer token, bare.
    ///   - acceptsGzip: false requests an uncoded response, which a range must be if the caller cannot decode.
    /// - Returns: false if the token is not valid in a header: then nothing may be sent.
    /// - Throws: if entity and token do not match.
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

    /// Fills `block` with the field lines of one attempt at the tenant's hub.
    /// - Parameters:
    ///   - key: this gateway's key for the hub; empty if it has none.
    ///   - timeout: the time that is left.
    /// - Returns: false if the key is not valid in a header: then nothing may be sent.
    public func writeHubHeaders(
        of resolution: Resolution, _ head: RequestHead, _ bytes: Span<UInt8>, key: Span<UInt8>, timeout: Duration,
        trackID: TrackID, recoding: HeaderPolicy.Recoding = .asSent, acceptsGzip: Bool = true, into block: inout HeaderBlock
    ) -> Bool {
        var observer = NoObserver()
        return headers.writeForHub(
            head, bytes, resolution, tenant: tenants[resolution.tenant], key: key, timeout: timeout, trackID: trackID,
            recoding: recoding, acceptsGzip: acceptsGzip, into: &block, observer: &observer)
    }
}

extension Tenant {
    /// The caller's `Zuora-Version`, if it is allowed and sent.
    fileprivate func version(chosenIn field: FieldOccurrence, _ bytes: Span<UInt8>) throws(Denial) -> Range<Int>? {
        guard callerMayChooseVersion, let value = field.value else { return nil }
        guard field.count == 1, !value.isEmpty, bytes.firstIndex(of: UInt8(ascii: ","), in: value) == nil else {
            throw .ambiguousVersion
        }
        return value
    }
}

extension Denial {
    static let ambiguousVersion = Denial(
        400, .authorise, type: "ambiguous-version", title: "Ambiguous version", detail: "Zuora-Version must be a single version.")
}

extension Denial {
    static func badPath(_ refusal: Refusal) -> Denial {
        Denial(
            refusal.status, .authorise, type: "bad-path", title: "Invalid path",
            detail: refusal.reason.description)
    }

    static let noRoute = Denial(
        404, .authorise, type: "no-route", title: "No such route", detail: "The gateway does not forward this path.")

    /// - Parameter allow: may be empty (RFC 9110 section 10.2.1).
    static func methodNotAllowed(_ allow: String) -> Denial {
        Denial(
            405, .authorise, type: "method-not-allowed", title: "Method not allowed for this path",
            detail: allow.isEmpty ? "No method of this path is forwarded." : "Allowed methods for this path: \(allow).",
            allow: allow)
    }

    static func notForwarded(_ route: Route, _ tenant: Tenant) -> Denial {
        Denial(
            403, .authorise, type: "route-not-forwarded", title: "Route not forwarded for this tenant",
            detail: "Add \"\(route.name)\" to routes in [tenants.\(tenant.name)] to forward it.")
    }

    static func notForCaller(_ route: Route, _ caller: Caller) -> Denial {
        Denial(
            403, .authorise, type: "route-not-allowed", title: "Route not allowed for this caller",
            detail: "Add \"\(route.name)\" to routes in [callers.\(caller.name)] to allow it.")
    }
}
