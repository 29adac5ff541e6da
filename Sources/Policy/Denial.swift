public import Wire

/// A request that policy turns away: what the caller is told, in the terms of RFC 9457.
public struct Denial: Error, Hashable, Sendable {
    /// 400, 401, 403, 404 or 405.
    public var status: Int
    public var phase: Phase
    /// The last part of the problem type's URI, such as `unknown-tenant`. Stable: callers branch on it.
    public var type: String
    /// The same for every occurrence of the type.
    public var title: String
    /// This occurrence. Holds names from the configuration that this caller may see, never bytes of the request.
    public var detail: String
    /// Whom and what the request was about, as far as policy got with it: for the log.
    public private(set) var subject = Subject()
    /// With 405: the value of `Allow` (RFC 9110 section 10.2.1).
    public var allow: String?

    public init(_ status: Int, _ phase: Phase, type: String, title: String, detail: String, allow: String? = nil) {
        self.status = status
        self.phase = phase
        self.type = type
        self.title = title
        self.detail = detail
        self.allow = allow
    }

    /// Indices into the configuration's callers, tenants and routes.
    public struct Subject: Hashable, Sendable {
        public var caller: Int?
        public var tenant: Int?
        public var route: Int?
    }

    func about(_ subject: Subject) -> Denial {
        var denial = self
        denial.subject = subject
        return denial
    }

    /// The phase that refuses.
    public enum Phase: String, Sendable, CaseIterable { case accept, identify, authorise, credential }

    /// With 401: the value of `WWW-Authenticate`, which RFC 9110 section 15.5.2 demands.
    public var challenge: String? { status == 401 ? #"Bearer realm="zuora-gateway""# : nil }
}

/// Something in the configuration that no policy can be made of.
public struct PolicyProblem: Hashable, Sendable {
    /// Where, as a dotted key path: `callers.billing.tenants`, `tenants.acme.entities`, `routes.aqua.get`.
    public var key: String
    /// What is wrong and what would be right.
    public var message: String

    public init(_ key: String, _ message: String) {
        self.key = key
        self.message = message
    }
}

/// All that is wrong, so that it can be put right in one go.
public struct PolicyProblems: Error, Sendable, CustomStringConvertible {
    public var problems: [PolicyProblem]

    public var description: String { problems.map { "\($0.key): \($0.message)" }.joined(separator: "\n") }
}

extension Denial {
    static let ambiguousKey = Denial(
        400, .identify, type: "ambiguous-key", title: "More than one key",
        detail: "send one key, in X-Gateway-Key or in Authorization: Bearer, once")
    static let wrongKey = unknownCaller("the key belongs to no caller; a key that is sent must be right")
    static let notBearer = unknownCaller("Authorization must be Bearer and a gateway key")
    static let noEvidence = unknownCaller("nothing says who is calling: send a key in X-Gateway-Key or in Authorization: Bearer")
    static let twoCallers = unknownCaller("the client certificate names two callers")

    private static func unknownCaller(_ detail: String) -> Denial {
        Denial(401, .identify, type: "unknown-caller", title: "Unknown caller", detail: detail)
    }
}

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

extension Denial {
    static let ambiguousEntity = Denial(
        400, .authorise, type: "ambiguous-entity", title: "Not one entity",
        detail: "Zuora-Entity-Ids takes one entity, by name or id, once")

    /// Says nothing about which entities there are.
    static let entityNotAllowed = Denial(
        403, .authorise, type: "entity-not-allowed", title: "Not an entity of this tenant",
        detail: "name one of the entities that the tenant's configuration lists in Zuora-Entity-Ids, or none")

    static let entityRequired = Denial(
        400, .credential, type: "entity-required", title: "An entity must be named",
        detail: "the tenant's credential covers several entities: name one in Zuora-Entity-Ids, "
            + "or set a default with entity = in the tenant's configuration")

    static let entityNotCovered = Denial(
        403, .credential, type: "entity-not-covered", title: "Not an entity of this credential",
        detail: "the tenant's credential does not cover the entity that the request names")

    static let defaultEntityNotCovered = Denial(
        403, .credential, type: "entity-not-covered", title: "Not an entity of this credential",
        detail: "the tenant's credential does not cover the default entity of its configuration")

    static let malformedOrgs = Denial(
        400, .authorise, type: "malformed-orgs", title: "The orgs cannot be read",
        detail: "Zuora-Org-Ids takes ids separated by commas; leave it out for the tenant's default")

    /// Says nothing about which orgs there are.
    static let orgNotAllowed = Denial(
        403, .authorise, type: "org-not-allowed", title: "Not an org of this tenant",
        detail: "name only orgs that the tenant's configuration lists, or none")

    static let ambiguousWorkingOrg = Denial(
        400, .authorise, type: "malformed-orgs", title: "The orgs cannot be read",
        detail: "Zuora-Working-Org takes one org, once")
}

extension Denial {
    /// The answer to a track id that may not go upstream.
    public static func badTrackID(_ refusal: Refusal) -> Denial {
        Denial(
            refusal.status, .identify, type: "bad-track-id", title: "Not a legal track id", detail: refusal.reason.description)
    }
}
