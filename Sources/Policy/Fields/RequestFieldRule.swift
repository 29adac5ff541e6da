import Wire

/// How a caller's field is handled.
enum RequestFieldRule: Sendable {
    case forward
    case remove(FieldRemoval)
    /// Only allowed with POST and PATCH: Zuora rejects it with other methods.
    case idempotencyKey
    /// Describes the coding of the content.
    case contentEncoding
    /// A digest or length of the coded content, wrong once the gateway recodes it.
    case contentDigest
    /// Looked up in `UnlistedFields`, and forwarded if that knows it or the tenant lists it.
    case unlisted
}

extension FieldName {
    /// Deliberately exhaustive: a new name in `Wire` needs a decision here.
    var requestRule: RequestFieldRule {
        switch self {
        case .other: .unlisted
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .proxyAuthenticate,
            .proxyAuthorization:
            .remove(.hopByHop)
        case .contentLength, .host, .expect: .remove(.framing)
        case .acceptEncoding: .remove(.gatewaySets)
        case .authorization, .cookie, .apiAccessKeyId, .apiSecretAccessKey, .xGatewayKey: .remove(.credential)
        case .entityId, .entityName, .zuoraEntityIds, .zuoraOrgIds, .zuoraVersion: .remove(.gatewaySets)
        case .zuoraTrackId: .remove(.sentAgain)
        case .forwarded, .xForwarded: .remove(.origin)
        case .gatewayAttempts, .gatewayOutcome, .xRequestTimeout: .remove(.gatewaysOwn)
        case .idempotencyKey: .idempotencyKey
        case .contentEncoding: .contentEncoding
        case .contentMD5, .contentDigest, .digest, .reprDigest: .contentDigest
        // Caches on the way need Cache-Control (RFC 9111 section 5.2).
        case .accept, .acceptLanguage, .cacheControl, .contentRange, .contentType, .ifRange, .range, .traceparent, .tracestate,
            .userAgent, .zuoraWorkingOrg:
            .forward
        // Fields of responses, and Via, whose earlier entries name a company's own proxies (RFC 9110 section 7.6.3).
        case .acceptRanges, .age, .concurrencyLimitRemaining, .date, .etag, .location, .proxyStatus, .rateLimitLimit,
            .rateLimitRemaining, .rateLimitReset, .retryAfter, .server, .setCookie, .vary, .via, .wwwAuthenticate,
            .zuoraRequestId:
            .unlisted
        }
    }
}

/// Why a field is not relayed. The raw value is printed by `explain`.
public enum FieldRemoval: String, Sendable, CaseIterable {
    case hopByHop = "concerns only this connection (RFC 9110 section 7.6.1)"
    case connection = "named by Connection (RFC 9110 section 7.6.1)"
    case framing = "hop-by-hop: the gateway sets its own"
    case credential = "a credential: the gateway adds the tenant's"
    case gatewaySets = "set by the gateway only"
    case sentAgain = "sent as the gateway's own field, above"
    case gatewaysOwn = "addressed to the gateway, not to Zuora"
    case origin = "reveals the caller's location, which Zuora does not need"
    case alias = "an alias of a field set by the gateway on some servers"
    case override = "could change the method or path that was authorised"
    case tenant = "selected the tenant"
    case unlisted = "not a field for Zuora: forward_headers does not list it"
    case idempotencyKey = "Zuora accepts it with POST and PATCH only"
    case noContent = "describes content, but the request has none"
    case recoded = "invalidated by the gateway's recoding of the content"
    case malformed = "malformed (RFC 9110 section 5.5)"
    case trace = "not continued: traceparent is missing, malformed or repeated"
    case trackID = "replaced by the request's track id"
    case challenge = "a challenge for the gateway's credential, not the caller's"
    case cookie = "a session of the gateway's credential, not the caller's"
    case origination = "applies to Zuora's host, to which the caller does not connect"
}
