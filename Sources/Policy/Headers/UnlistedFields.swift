import Wire

/// Request fields that need a decision although `Wire` does not list them: configured ones, those
/// that name the software, and those that only look harmless.
struct UnlistedFields: Sendable {
    enum Rule: Sendable { case forward, userAgent, remove(FieldRemoval) }

    private let table: ByteTable
    private let keys: [[UInt8]]
    private let rules: [Rule]
    /// A bit for each length that a key has: most names need no look-up.
    private let lengths: UInt64

    /// - Parameter tenantHeader: in lower case.
    init(tenantHeader: [UInt8]) {
        var entries: [(String, Rule)] = [("user-agent", .userAgent), ("zuora-working-org", .forward)]
        entries += Self.overrides.map { ($0, .remove(.override)) }
        entries += Self.owned.map { ($0, .remove(.alias)) }
        keys = [tenantHeader] + entries.map { Array($0.0.utf8) }
        rules = [.remove(.tenant)] + entries.map(\.1)
        table = ByteTable(keys, folding: .fieldName)
        lengths = keys.reduce(0) { $0 | 1 << UInt64(min($1.count, 63)) }
    }

    /// Fields with which frameworks override the method or path.
    private static let overrides = [
        "x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url", "x-original-uri",
    ]

    /// Fields owned by the gateway whose names have hyphens. With `-` they are listed names; those found here have another
    /// character in its place.
    private static let owned = [
        "accept-encoding", "content-encoding", "content-length", "idempotency-key", "keep-alive", "proxy-authorization",
        "proxy-connection", "transfer-encoding", "x-gateway-key", "x-request-timeout", "zuora-entity-ids", "zuora-org-ids",
        "zuora-track-id", "zuora-version",
    ]

    private let forwardedPrefix = Array("x-forwarded-".utf8)

    func rule(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Rule {
        if isForwardedAlias(bytes, name) { return .remove(.alias) }
        guard lengths >> UInt64(min(name.count, 63)) & 1 == 1, let index = table.index(of: bytes, name) else { return .forward }
        // Folding also matches names with, say, `_` for `-`, which only an attacker would send.
        guard bytes.equals(name, ignoringCase: keys[index]) else { return .remove(.alias) }
        return rules[index]
    }

    private func isForwardedAlias(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
        guard name.count >= forwardedPrefix.count else { return false }
        for i in forwardedPrefix.indices where bytes[name.lowerBound + i].foldedFieldName != forwardedPrefix[i] { return false }
        return true
    }
}

extension UnlistedFields {
    /// Whether a name already has a meaning, so that it cannot be the tenant header.
    static func isReserved(_ name: [UInt8]) -> Bool {
        guard FieldName(name.span) == .other else { return true }
        let names = UnlistedFields(tenantHeader: [])
        if case .forward = names.rule(name.span, name.indices) {
            return String(decoding: name, as: UTF8.self) == "zuora-working-org"
        }
        return true
    }
}
