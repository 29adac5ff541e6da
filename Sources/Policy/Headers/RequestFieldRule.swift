import Wire

/// What becomes of a caller's field on the way up.
enum RequestFieldRule: Sendable {
    case forward
    case remove(FieldRemoval)
    /// Goes with POST and PATCH alone: Zuora refuses other methods that carry it.
    case idempotencyKey
    /// Says how the content is coded.
    case contentEncoding
    /// A digest or length of the coded content, wrong once the gateway recodes it.
    case contentDigest
    /// Not a name that the wire knows: looked up in `UnlistedFields`.
    case unlisted
}

extension FieldName {
    /// Complete on purpose: a name that the wire learns needs a decision here.
    var requestRule: RequestFieldRule {
        switch self {
        case .other: .unlisted
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .proxyAuthenticate,
            .proxyAuthorization:
            .remove(.hopByHop)
        case .contentLength, .host, .expect: .remove(.framing)
        case .acceptEncoding: .remove(.gatewaySets)
        case .authorization, .cookie, .apiAccessKeyId, .apiSecretAccessKey, .xGatewayKey: .remove(.credential)
        case .entityId, .entityName, .zuoraEntityIds, .zuoraOrgIds, .zuoraTrackId, .zuoraVersion: .remove(.gatewaySets)
        case .forwarded, .xForwarded: .remove(.origin)
        case .gatewayAttempts, .gatewayOutcome, .xRequestTimeout: .remove(.gatewaysOwn)
        case .idempotencyKey: .idempotencyKey
        case .contentEncoding: .contentEncoding
        case .contentMD5, .contentDigest, .digest, .reprDigest: .contentDigest
        case .acceptRanges, .age, .cacheControl, .concurrencyLimitRemaining, .contentRange, .contentType, .date, .etag, .ifRange,
            .location, .proxyStatus, .range, .rateLimitLimit, .rateLimitRemaining, .rateLimitReset, .retryAfter, .server,
            .setCookie, .traceparent, .tracestate, .vary, .via, .wwwAuthenticate, .zuoraRequestId:
            .forward
        }
    }
}

/// Why a field is not relayed. The raw value is the sentence that `explain` prints.
public enum FieldRemoval: String, Sendable, CaseIterable {
    case hopByHop = "concerns this connection alone (RFC 9110 section 7.6.1)"
    case connection = "named by Connection (RFC 9110 section 7.6.1)"
    case framing = "belongs to one hop: the gateway frames and addresses its own message"
    case credential = "a credential: the gateway attaches the tenant's own"
    case gatewaySets = "the gateway alone sets this field, where it has a value"
    case gatewaysOwn = "speaks to the gateway, not to Zuora"
    case origin = "tells where the caller is, which Zuora has no need of"
    case alias = "spelled so that some servers read it as a field that the gateway owns"
    case override = "could have the request served as another method or path than the one that was authorised"
    case tenant = "chose the tenant"
    case idempotencyKey = "Zuora takes it with POST and PATCH alone"
    case noContent = "there is no content that it could describe"
    case recoded = "no longer true: the gateway recodes the content"
    case malformed = "not a line that may be sent (RFC 9110 section 5.5)"
    case trackID = "the gateway sends back the request's own"
    case challenge = "a challenge to the gateway's credential, not to the caller's"
    case cookie = "a session of the gateway's credential, not of the caller"
    case origination = "speaks of Zuora's own host, which the caller never connects to"
}
