/// A refusal by policy, in the terms of RFC 9457.
public struct Denial: Error, Hashable, Sendable {
    /// 400, 401, 403, 404 or 405.
    public var status: Int
    public var phase: Phase
    /// The last part of the problem type's URI, such as `unknown-tenant`. Stable: callers may depend on it.
    public var type: String
    /// The same for every occurrence of the type.
    public var title: String
    /// Describes this occurrence. Contains names from the configuration that this caller may see, never bytes of the request.
    public var detail: String
    /// Caller, tenant and route of the request as far as resolved, for the log.
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

    /// With 401: the value of `WWW-Authenticate`, which RFC 9110 section 15.5.2 requires.
    public var challenge: String? { status == 401 ? #"Bearer realm="zuora-gateway""# : nil }
}
