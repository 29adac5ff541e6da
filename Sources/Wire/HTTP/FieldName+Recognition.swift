extension FieldName {
    /// Recognises a name, whatever its case (RFC 9110 section 5.1). Allocates nothing: the length leaves at most six
    /// candidates, and all but the right one mostly fail at their first byte.
    /// - Parameter name: the name alone, without colon or white space.
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
