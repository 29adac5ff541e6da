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
        case .acceptEncoding: "Accept-Encoding"
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
        case .gatewayAttempts: "Gateway-Attempts"
        case .gatewayOutcome: "Gateway-Outcome"
        case .xGatewayKey: "X-Gateway-Key"
        case .xRequestTimeout: "X-Request-Timeout"
        }
    }

    /// Whether the field is written by whoever sends the message on a connection: framing, `Host`, and what is hop by hop.
    var belongsToConnection: Bool { self == .host || self == .contentLength || self == .expect || isHopByHop }

    /// Whether the field belongs to one connection and is never forwarded (RFC 9110 section 7.6.1). `Proxy-Authenticate` and
    /// `Proxy-Authorization` are among them: they speak of this hop (section 11.7), and the gateway is no such proxy.
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
