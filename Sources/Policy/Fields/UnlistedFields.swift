import Wire

/// Request fields that need a decision although `Wire` does not list them: a few that are forwarded, configured ones, and those
/// that only look harmless.
package struct UnlistedFields: Sendable {
    enum Rule: Sendable { case forward, unknown, remove(FieldRemoval) }

    private let names: FieldNameTable
    private let rules: [Rule]

    /// - Parameter tenantHeader: in lower case.
    init(tenantHeader: [UInt8]) {
        var entries = Self.forwarded.map { ($0, Rule.forward) }
        entries += Self.overrides.map { ($0, .remove(.override)) }
        entries += Self.owned.map { ($0, .remove(.alias)) }
        names = FieldNameTable([tenantHeader] + entries.map { Array($0.0.utf8) })
        rules = [.remove(.tenant)] + entries.map(\.1)
    }

    /// Negotiation, content and conditions (RFC 9110 sections 8, 12 and 13) beyond the names that `Wire` lists.
    private static let forwarded = [
        "accept-charset", "content-disposition", "content-language", "content-location", "if-match", "if-modified-since",
        "if-none-match", "if-unmodified-since",
    ]

    /// Fields with which frameworks override the method or path.
    private static let overrides = [
        "x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url", "x-original-uri",
    ]

    /// Fields owned by the gateway whose names have hyphens. With `-` they are listed names; those found here have another
    /// character in its place.
    private static let owned = [
        "accept-encoding", "content-encoding", "content-length", "idempotency-key", "keep-alive", "proxy-authorization",
        "proxy-connection", "transfer-encoding", "x-gateway-key", "x-request-timeout", "zuora-entity-ids", "zuora-org-ids",
        "zuora-track-id", "zuora-version", "zuora-working-org",
    ]

    private let forwardedPrefix = Array("x-forwarded-".utf8)

    func rule(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Rule {
        guard let found = names.find(bytes, name) else { return .unknown }
        // Only an attacker would send, say, `_` for `-`.
        return found.isExact ? rules[found.index] : .remove(.alias)
    }

    /// Why a field is removed that is unknown here and to the tenant.
    func reason(_ bytes: Span<UInt8>, _ name: Range<Int>) -> FieldRemoval {
        guard name.count >= forwardedPrefix.count else { return .unlisted }
        for i in forwardedPrefix.indices where bytes[name.lowerBound + i].foldedFieldName != forwardedPrefix[i] {
            return .unlisted
        }
        return .alias
    }
}

extension UnlistedFields {
    /// Whether a name already has a meaning, so that it cannot be the tenant header.
    package static func isReserved(_ name: [UInt8]) -> Bool {
        guard FieldName(name.span) == .other else { return true }
        let names = UnlistedFields(tenantHeader: [])
        if case .unknown = names.rule(name.span, name.indices) { return names.reason(name.span, name.indices) == .alias }
        return true
    }
}
