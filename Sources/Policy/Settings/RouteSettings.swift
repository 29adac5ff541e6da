/// One forwarded operation: a method and a path pattern.
public struct RouteSettings: Hashable, Sendable {
    /// As in `routes = ["aqua.cancel"]`.
    public var name: String
    /// Upper-case token.
    public var method: String
    /// `/v1/batch-query/jobs/{id}`: literal segments and `{parameter}` segments.
    public var path: String
    /// Whether it is safe to repeat (RFC 9110 section 9.2.2), so that it may be retried after an ambiguous failure.
    public var isIdempotent: Bool
    /// How the gateway interprets the response beyond relaying it.
    public var kind: Kind

    public init(name: String, method: String, path: String, isIdempotent: Bool, kind: Kind = .plain) {
        self.name = name
        self.method = method
        self.path = path
        self.isIdempotent = isIdempotent
        self.kind = kind
    }

    public enum Kind: String, Sendable, CaseIterable {
        /// Relayed only.
        case plain
        /// Cancels an AQuA job: the outcome is read from the response.
        case aquaCancel
        /// Cancels a data-query job.
        case dataQueryCancel
        /// A file: of any size, so only progress is timed, not the whole.
        case download
        /// One of the configuration's `[[routes]]`: relayed only, of any size.
        case other

        public var isCancel: Bool { self == .aquaCancel || self == .dataQueryCancel }

        public var mayBeLarge: Bool { self == .download || self == .other }
    }

    /// The built-in routes.
    public static let builtIn: [RouteSettings] = [
        .init(name: "aqua.cancel", method: "DELETE", path: "/v1/batch-query/jobs/{id}", isIdempotent: true, kind: .aquaCancel),
        .init(name: "aqua.get", method: "GET", path: "/v1/batch-query/jobs/{id}", isIdempotent: true),
        .init(name: "aqua.submit", method: "POST", path: "/v1/batch-query", isIdempotent: false),
        .init(name: "aqua.submit", method: "POST", path: "/v1/batch-query/", isIdempotent: false),
        .init(
            name: "aqua.last", method: "GET", path: "/v1/batch-query/jobs/partner/{partner}/project/{project}", isIdempotent: true
        ),
        .init(name: "files.get", method: "GET", path: "/v1/files/{id}", isIdempotent: true, kind: .download),
        .init(name: "files.get", method: "GET", path: "/v1/file/{id}", isIdempotent: true, kind: .download),
        .init(name: "files.status", method: "GET", path: "/v1/files/{id}/status", isIdempotent: true),
        .init(name: "dataquery.cancel", method: "DELETE", path: "/query/jobs/{id}", isIdempotent: true, kind: .dataQueryCancel),
        .init(name: "dataquery.get", method: "GET", path: "/query/jobs/{id}", isIdempotent: true),
        .init(name: "dataquery.list", method: "GET", path: "/query/jobs", isIdempotent: true),
        .init(name: "dataquery.submit", method: "POST", path: "/query/jobs", isIdempotent: false),
    ]
}
