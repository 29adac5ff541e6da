/// The field names with special treatment in the gateway, recognised once while a head is parsed, so that
/// later decisions compare one byte instead of a string. All others are `other`.
public enum FieldName: UInt8, Sendable, CaseIterable {
    case other = 0
    // Message framing and connection management (RFC 9112, RFC 9110 section 7.6.1).
    case connection, contentLength, host, keepAlive, proxyConnection, te, trailer, transferEncoding, upgrade, expect
    // Credentials.
    case authorization, cookie, proxyAuthenticate, proxyAuthorization, setCookie, wwwAuthenticate
    // Representation and negotiation.
    case accept, acceptEncoding, acceptLanguage, acceptRanges, age, cacheControl, contentDigest, contentEncoding, contentMD5,
        contentRange, contentType
    case date, digest, etag, ifRange, location, range, reprDigest, retryAfter, server, userAgent, vary, via
    // Proxies and tracing.
    case forwarded, proxyStatus, traceparent, tracestate
    /// Any name that begins with `x-forwarded-`.
    case xForwarded
    // Zuora.
    case apiAccessKeyId, apiSecretAccessKey, concurrencyLimitRemaining, entityId, entityName, idempotencyKey
    case rateLimitLimit, rateLimitRemaining, rateLimitReset
    case zuoraEntityIds, zuoraOrgIds, zuoraRequestId, zuoraTrackId, zuoraVersion, zuoraWorkingOrg
    // Defined by the gateway.
    case gatewayAttempts, gatewayOutcome, xGatewayKey, xRequestTimeout
}

extension FieldName {
    /// The name's usual spelling; empty for `other`, and the bare prefix for `xForwarded`.
    public var text: StaticString {
        switch self {
        case .other: ""
        case .xForwarded: "X-Forwarded-"
        case .connection: "Connection"
        case .contentLength: "Content-Length"
        case .host: "Host"
        case .keepAlive: "Keep-Alive"
        case .proxyConnection: "Proxy-Connection"
        case .te: "TE"
        case .trailer: "Trailer"
        case .transferEncoding: "Transfer-Encoding"
        case .upgrade: "Upgrade"
        case .expect: "Expect"
        case .authorization: "Authorization"
        case .cookie: "Cookie"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .proxyAuthorization: "Proxy-Authorization"
        case .setCookie: "Set-Cookie"
        case .wwwAuthenticate: "WWW-Authenticate"
        case .accept: "Accept"
        case .acceptEncoding: "Accept-Encoding"
        case .acceptLanguage: "Accept-Language"
        case .acceptRanges: "Accept-Ranges"
        case .age: "Age"
        case .cacheControl: "Cache-Control"
        case .contentDigest: "Content-Digest"
        case .contentEncoding: "Content-Encoding"
        case .contentMD5: "Content-MD5"
        case .contentRange: "Content-Range"
        case .contentType: "Content-Type"
        case .date: "Date"
        case .digest: "Digest"
        case .etag: "ETag"
        case .ifRange: "If-Range"
        case .location: "Location"
        case .range: "Range"
        case .reprDigest: "Repr-Digest"
        case .retryAfter: "Retry-After"
        case .server: "Server"
        case .userAgent: "User-Agent"
        case .vary: "Vary"
        case .via: "Via"
        case .forwarded: "Forwarded"
        case .proxyStatus: "Proxy-Status"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .apiAccessKeyId: "apiAccessKeyId"
        case .apiSecretAccessKey: "apiSecretAccessKey"
        case .concurrencyLimitRemaining: "Concurrency-Limit-Remaining"
        case .entityId: "entityId"
        case .entityName: "entityName"
        case .idempotencyKey: "Idempotency-Key"
        case .rateLimitLimit: "RateLimit-Limit"
        case .rateLimitRemaining: "RateLimit-Remaining"
        case .rateLimitReset: "RateLimit-Reset"
        case .zuoraEntityIds: "Zuora-Entity-Ids"
        case .zuoraOrgIds: "Zuora-Org-Ids"
        case .zuoraRequestId: "Zuora-Request-Id"
        case .zuoraTrackId: "Zuora-Track-Id"
        case .zuoraVersion: "Zuora-Version"
        case .zuoraWorkingOrg: "Zuora-Working-Org"
        case .gatewayAttempts: "Gateway-Attempts"
        case .gatewayOutcome: "Gateway-Outcome"
        case .xGatewayKey: "X-Gateway-Key"
        case .xRequestTimeout: "X-Request-Timeout"
        }
    }

    /// Whether the field is written by the sender of a message on a connection: framing, `Host`, and hop-by-hop fields.
    var belongsToConnection: Bool { self == .host || self == .contentLength || self == .expect || isHopByHop }

    /// Whether the field belongs to one connection and is never forwarded (RFC 9110 section 7.6.1). `Proxy-Authenticate` and
    /// `Proxy-Authorization` are included: they concern this hop (section 11.7), and the gateway is not such a proxy.
    public var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .proxyAuthenticate,
            .proxyAuthorization:
            true
        default:
            false
        }
    }
}

extension FieldName {
    /// Recognises a name, ignoring case (RFC 9110 section 5.1). Allocates nothing: the length leaves at most six
    /// candidates, most of which differ in the first byte.
    /// - Parameter name: the name without colon or white space.
    public init(_ name: Span<UInt8>) {
        self = .recognise(name)
    }

    private static func recognise(_ name: Span<UInt8>) -> FieldName {
        func spells(_ literal: StaticString) -> Bool { name.equals(ignoringCase: literal) }
        switch name.count {
        case 2:
            if spells("te") { return .te }
        case 3:
            if spells("age") { return .age }
            if spells("via") { return .via }
        case 4:
            if spells("host") { return .host }
            if spells("date") { return .date }
            if spells("etag") { return .etag }
            if spells("vary") { return .vary }
        case 5:
            if spells("range") { return .range }
        case 6:
            if spells("accept") { return .accept }
            if spells("expect") { return .expect }
            if spells("cookie") { return .cookie }
            if spells("digest") { return .digest }
            if spells("server") { return .server }
        case 7:
            if spells("trailer") { return .trailer }
            if spells("upgrade") { return .upgrade }
        case 8:
            if spells("if-range") { return .ifRange }
            if spells("location") { return .location }
            if spells("entityid") { return .entityId }
        case 9:
            if spells("forwarded") { return .forwarded }
        case 10:
            if spells("connection") { return .connection }
            if spells("user-agent") { return .userAgent }
            if spells("keep-alive") { return .keepAlive }
            if spells("set-cookie") { return .setCookie }
            if spells("tracestate") { return .tracestate }
            if spells("entityname") { return .entityName }
        case 11:
            if spells("content-md5") { return .contentMD5 }
            if spells("repr-digest") { return .reprDigest }
            if spells("retry-after") { return .retryAfter }
            if spells("traceparent") { return .traceparent }
        case 12:
            if spells("content-type") { return .contentType }
            if spells("proxy-status") { return .proxyStatus }
        case 13:
            if spells("authorization") { return .authorization }
            if spells("accept-ranges") { return .acceptRanges }
            if spells("cache-control") { return .cacheControl }
            if spells("content-range") { return .contentRange }
            if spells("zuora-org-ids") { return .zuoraOrgIds }
            if spells("zuora-version") { return .zuoraVersion }
            if spells("x-gateway-key") { return .xGatewayKey }
        case 14:
            if spells("content-length") { return .contentLength }
            if spells("content-digest") { return .contentDigest }
            if spells("apiaccesskeyid") { return .apiAccessKeyId }
            if spells("zuora-track-id") { return .zuoraTrackId }
        case 15:
            if spells("accept-encoding") { return .acceptEncoding }
            if spells("accept-language") { return .acceptLanguage }
            if spells("idempotency-key") { return .idempotencyKey }
            if spells("ratelimit-limit") { return .rateLimitLimit }
            if spells("ratelimit-reset") { return .rateLimitReset }
            if spells("gateway-outcome") { return .gatewayOutcome }
        case 16:
            if spells("proxy-connection") { return .proxyConnection }
            if spells("www-authenticate") { return .wwwAuthenticate }
            if spells("content-encoding") { return .contentEncoding }
            if spells("zuora-entity-ids") { return .zuoraEntityIds }
            if spells("zuora-request-id") { return .zuoraRequestId }
            if spells("gateway-attempts") { return .gatewayAttempts }
        case 17:
            if spells("transfer-encoding") { return .transferEncoding }
            if spells("x-request-timeout") { return .xRequestTimeout }
            if spells("zuora-working-org") { return .zuoraWorkingOrg }
        case 18:
            if spells("proxy-authenticate") { return .proxyAuthenticate }
            if spells("apisecretaccesskey") { return .apiSecretAccessKey }
        case 19:
            if spells("proxy-authorization") { return .proxyAuthorization }
            if spells("ratelimit-remaining") { return .rateLimitRemaining }
        case 27:
            if spells("concurrency-limit-remaining") { return .concurrencyLimitRemaining }
        default:
            break
        }
        return name.starts(withIgnoringCase: "x-forwarded-") ? .xForwarded : .other
    }
}
