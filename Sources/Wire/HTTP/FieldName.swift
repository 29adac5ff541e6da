/// The field names that some part of the gateway treats specially, recognised once while a head is parsed, so that every
/// later decision compares one byte instead of a string. All others are `other`.
public enum FieldName: UInt8, Sendable, CaseIterable {
    case other = 0
    // Message framing and connection management (RFC 9112, RFC 9110 section 7.6.1).
    case connection, contentLength, host, keepAlive, proxyConnection, te, trailer, transferEncoding, upgrade, expect
    // Credentials.
    case authorization, cookie, proxyAuthenticate, proxyAuthorization, setCookie, wwwAuthenticate
    // Representation and negotiation.
    case acceptEncoding, acceptRanges, age, cacheControl, contentDigest, contentEncoding, contentMD5, contentRange, contentType
    case date, digest, etag, ifRange, location, range, reprDigest, retryAfter, server, vary, via
    // Proxies and tracing.
    case forwarded, proxyStatus, traceparent, tracestate
    /// Any name that begins with `x-forwarded-`.
    case xForwarded
    // Zuora.
    case apiAccessKeyId, apiSecretAccessKey, concurrencyLimitRemaining, entityId, entityName, idempotencyKey
    case rateLimitLimit, rateLimitRemaining, rateLimitReset
    case zuoraEntityIds, zuoraOrgIds, zuoraRequestId, zuoraTrackId, zuoraVersion
    // The gateway's own.
    case gatewayAttempts, gatewayOutcome, xGatewayKey, xRequestTimeout
}
