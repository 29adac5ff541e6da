import Wire

/// Characters of the names that the file defines and refers to.
enum Names {
    /// Tenants, callers, entities and routes: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == .dot || $0 == .underscore || $0 == .hyphen }
    }

    static let nameForm = "1 to 64 of A-Z a-z 0-9 . _ -"

    /// RFC 9110 section 5.6.2.
    static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(\.isTokenCharacter) }

    /// A name that a shell can set.
    static func isEnvironmentVariable(_ text: String) -> Bool {
        text.utf8.first?.isDigit == false && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == .underscore }
    }

    /// Header fields, in lower case, that the gateway or HTTP itself gives a meaning to: none of them can name a tenant.
    static func isOwnedField(_ name: String) -> Bool {
        let name = name.lowercased()
        return ownedFields.contains(name) || name.hasPrefix("x-forwarded-") || name.hasPrefix("gateway-")
    }

    private static let ownedFields: Set<String> = [
        "accept", "accept-encoding", "apiaccesskeyid", "apisecretaccesskey", "authorization", "connection", "content-encoding",
        "content-length", "content-type", "cookie", "date", "entityid", "entityname", "expect", "forwarded", "host",
        "idempotency-key", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "proxy-status", "range",
        "retry-after", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "via",
        "x-gateway-key", "x-request-timeout", "zuora-entity-ids", "zuora-org-ids", "zuora-request-id", "zuora-track-id",
        "zuora-version",
    ]
}
