/// Behaviour that Zuora does not document, or that tests vary. The defaults are the most likely behaviour.
public struct SandboxSettings: Hashable, Sendable {
    // The course of a job that is not cancelled.

    /// How long a new job stays `submitted`.
    public var submittedFor: Duration = .milliseconds(500)
    /// How long it stays `executing`.
    public var executingFor: Duration = .seconds(30)
    /// Records of each batch's result.
    public var records = 1000

    // How a cancel is refused.

    /// For a job that has completed, was aborted or failed.
    public var cancelFinished = RefusalShape.errorCode
    /// For a job that is cancelled already.
    public var cancelCancelled = RefusalShape.errorCode
    /// For a job that does not exist.
    public var cancelUnknown = RefusalShape.errorCode

    // Other error responses.

    /// A call without a valid token.
    public var authRefusal = AuthRefusal.message
    /// A client without API Write Access posts or deletes.
    public var writeRefusal = WriteRefusal.forbidden
    /// The status of an entity error. Its body always has code 90000020.
    public var entityRefusalStatus = 400
    /// Whether `Zuora-Entity-Ids` may be 32 digits without hyphens.
    public var entityHex = true
    /// `Zuora-Entity-Ids` with a token of a single entity.
    public var singleEntityHeader = Leniency.reject
    /// `Zuora-Org-Ids` to a tenant without Multi-Org.
    public var strayOrgHeader = Leniency.reject
    /// A track id that is too long, not ASCII, or has one of `: ; " '`.
    public var illegalTrackID = TrackIDLeniency.reject
    /// `Idempotency-Key` with DELETE.
    public var idempotencyKeyOnDelete = Leniency.reject

    // Limits.

    /// Calls to `/v1` at the same time, of one tenant or, with Multi-entity, of one entity.
    public var concurrencyLimit = 40
    public var ratePerMinute = 50_000
    public var ratePerHour = 2_250_000
    public var ratePerDay = 27_000_000
    /// Token calls of one address.
    public var tokenRatePerPeer = 100
    /// Token calls for one tenant.
    public var tokenRatePerTenant = 2000
    /// Whether the response to an exhausted quota has Retry-After.
    public var quotaRetryAfter = true
    /// The largest result file, in bytes.
    public var fileLimit = 2047 << 20

    // Form.

    public var tokenResponse = TokenResponse.normal
    /// Whether replies are compressed for clients that accept it.
    public var gzip = true
    /// A body must be longer than this to be compressed.
    public var gzipThreshold = 1000
    public var framing = Delivery.Framing.chunked
    public var server = "Apache-Coyote/1.1"
    /// Whether `X-Sandbox-Saw` in replies states the tenant, entity and token of the call.
    public var saw = true
    /// Calls kept in the book; 0 for none.
    public var bookLimit = 10_000

    public init() {}
}

/// What happens to a header that should not have been sent.
public enum Leniency: String, Hashable, Sendable, CaseIterable {
    case reject
    case ignore
}

/// What happens to an illegal track id.
public enum TrackIDLeniency: String, Hashable, Sendable, CaseIterable {
    case reject
    /// Served, and not echoed.
    case ignore
    /// Served, and echoed unchanged.
    case echo
}

/// The response to a call without a valid token.
public enum AuthRefusal: String, Hashable, Sendable, CaseIterable {
    /// 401 `{"message":"Authentication error"}`.
    case message
    /// 401 in Spring's form.
    case spring
    /// 401 in the format of version 1, code 90000011.
    case reasons
    /// The same with status 200.
    case reasons200 = "reasons-200"
}

/// The response to a client that may only read.
public enum WriteRefusal: String, Hashable, Sendable, CaseIterable {
    /// 403 `{"code","message"}`.
    case forbidden
    /// 200 with AQuA's code 90009.
    case errorCode = "error-code"
}
