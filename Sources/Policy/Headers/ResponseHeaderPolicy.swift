public import Wire

/// Which of the upstream's field lines are relayed to the caller. Stateless and without configuration.
public enum ResponseHeaderPolicy {
    /// Calls `relay` with the index of each of a head's field lines that is relayed, in order.
    ///
    /// The gateway adds its lines (`Via`, `Zuora-Track-Id`, `Proxy-Status`, framing) to these.
    /// - Parameters:
    ///   - bytes: the buffer that the lines' offsets refer to.
    ///   - replaced: additional names that the relay writes, such as `Content-Encoding` and `ETag` of
    ///     content that it decodes.
    ///   - isFromHub: whether the upstream is another gateway, whose `Gateway-Outcome` and `Gateway-Attempts` are relayed.
    public static func forEachRelayed(
        _ fields: [FieldLine], _ bytes: Span<UInt8>, replacing replaced: FieldNameSet = [], isFromHub: Bool = false,
        _ relay: (Int) -> Void
    ) {
        // Too many options: only fields that are always end-to-end are relayed.
        let connection = ConnectionOptions(fields, bytes)
        for index in fields.indices {
            let field = fields[index]
            if let removal = removal(of: field, bytes, connection) {
                guard isFromHub, removal == .gatewaySets else { continue }
            }
            if !replaced.contains(field.name) { relay(index) }
        }
    }

    private static func removal(
        of field: FieldLine, _ bytes: Span<UInt8>, _ connection: ConnectionOptions?
    ) -> FieldRemoval? {
        switch field.name.responseRule {
        case .remove(let removal): return removal
        case .relay: break
        case .unlisted:
            let name = bytes.extracting(field.nameRange)
            for (text, removal) in unlisted where name.equals(ignoringCase: text) { return removal }
        }
        guard let connection else { return field.name == .other ? .connection : nil }
        return connection.remove(field, bytes) ? .connection : nil
    }

    /// `Strict-Transport-Security` and `Alt-Svc` apply to Zuora's host, but a caller would apply them to the gateway: it would
    /// then require TLS on loopback (RFC 6797), or connect elsewhere (RFC 7838).
    private static let unlisted: [(StaticString, FieldRemoval)] = [
        ("alt-svc", .origination),
        ("strict-transport-security", .origination),
        ("set-cookie2", .cookie),
        ("proxy-authentication-info", .hopByHop),
    ]
}

/// How an upstream's field is handled.
enum ResponseFieldRule: Sendable {
    case relay
    case remove(FieldRemoval)
    case unlisted
}

extension FieldName {
    /// Deliberately exhaustive: a new name in `Wire` needs a decision here.
    var responseRule: ResponseFieldRule {
        switch self {
        case .other: .unlisted
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .proxyAuthenticate,
            .proxyAuthorization:
            .remove(.hopByHop)
        case .contentLength: .remove(.framing)
        case .wwwAuthenticate: .remove(.challenge)
        case .setCookie: .remove(.cookie)
        case .zuoraTrackId: .remove(.trackID)
        case .gatewayAttempts, .gatewayOutcome: .remove(.gatewaySets)
        case .accept, .acceptEncoding, .acceptLanguage, .acceptRanges, .age, .apiAccessKeyId, .apiSecretAccessKey, .authorization,
            .cacheControl,
            .concurrencyLimitRemaining, .contentDigest, .contentEncoding, .contentMD5, .contentRange, .contentType, .cookie,
            .date,
            .digest, .entityId, .entityName, .etag, .expect, .forwarded, .host, .idempotencyKey, .ifRange, .location,
            .proxyStatus,
            .range, .rateLimitLimit, .rateLimitRemaining, .rateLimitReset, .reprDigest, .retryAfter, .server, .traceparent,
            .tracestate, .userAgent, .vary, .via, .xForwarded, .xGatewayKey, .xRequestTimeout, .zuoraEntityIds, .zuoraOrgIds,
            .zuoraRequestId,
            .zuoraVersion, .zuoraWorkingOrg:
            .relay
        }
    }
}

/// A set of field names, one bit each.
public struct FieldNameSet: Hashable, Sendable, ExpressibleByArrayLiteral {
    private var bits: UInt128 = 0

    public init(arrayLiteral names: FieldName...) {
        for name in names { insert(name) }
    }

    public mutating func insert(_ name: FieldName) { bits |= 1 << UInt128(name.rawValue) }

    public func contains(_ name: FieldName) -> Bool { bits >> UInt128(name.rawValue) & 1 == 1 }
}
