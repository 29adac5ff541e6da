import Wire

/// The fields that a tenant forwards beyond those of `HeaderPolicy`: `forward_headers`.
public struct ListedFields: Sendable {
    private let names: FieldNameTable

    init(_ names: [String]) { self.names = FieldNameTable(names.map { $0.utf8.map(\.lowercased) }) }

    /// Case is ignored, but another character in place of `-` is another name.
    func contains(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
        names.find(bytes, name)?.isExact == true
    }

    /// Why `forward_headers` may not list a name; nil if it may.
    /// - Parameter tenantHeader: the field that selects the tenant, in any case.
    public static func problem(of name: String, tenantHeader: String) -> String? {
        let bytes = name.utf8.map(\.lowercased)
        guard (1...64).contains(bytes.count), bytes.allSatisfy(\.isTokenCharacter) else {
            return "not a header field name of 1 to 64 characters"
        }
        let removal: FieldRemoval
        switch FieldName(bytes.span).requestRule {
        case .forward, .idempotencyKey, .contentEncoding, .contentDigest: return "forwarded anyway"
        case .remove(let why): removal = why
        case .unlisted:
            let names = UnlistedFields(tenantHeader: tenantHeader.utf8.map(\.lowercased))
            switch names.rule(bytes.span, bytes.indices) {
            case .forward: return "forwarded anyway"
            case .remove(let why): removal = why
            case .unknown:
                guard names.reason(bytes.span, bytes.indices) == .alias else { return nil }
                removal = .alias
            }
        }
        return "never forwarded: \(removal.rawValue)"
    }
}
