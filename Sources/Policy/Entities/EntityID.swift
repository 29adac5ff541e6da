import Wire

/// The id of a Zuora entity: a UUID, which Zuora spells with hyphens in OAuth scopes and without them elsewhere.
public struct EntityID: Hashable, Sendable {
    private let value: UInt128

    /// - Returns: nil unless the text is 32 hexadecimal digits in either case, or those with the hyphens of a UUID (8-4-4-4-12,
    ///   RFC 9562 section 4).
    public init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count == 32 || range.count == 36 else { return nil }
        var value: UInt128 = 0
        for i in 0..<range.count {
            let byte = bytes[range.lowerBound + i]
            if range.count == 36, i == 8 || i == 13 || i == 18 || i == 23 {
                guard byte == 0x2D else { return nil }
                continue
            }
            guard let digit = byte.hexValue else { return nil }
            value = value << 4 | UInt128(digit)
        }
        self.value = value
    }

    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.span, bytes.indices)
    }

    /// 32 lower-case hexadecimal digits.
    public var hex: String { (0..<16).map { UInt8(truncatingIfNeeded: value >> (120 - 8 * $0)) }.hexadecimal }

    /// 36 characters with hyphens, lower case.
    public var hyphenated: String {
        let digits = Array(hex)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}

/// Which entities a bearer token covers, read from the `scope` of the token response (RFC 6749 section 5.1): space
/// separated, with one `entity.<id>` for each (Zuora API reference, `createToken`).
public struct TokenScope: Hashable, Sendable {
    /// The entities, each once, in the order of the scope. Empty if the scope has no usable information.
    public private(set) var entities: [EntityID] = []
    /// Their spelling in the scope.
    private var spellings: [InlineText] = []
    private var indices: [EntityID: Int] = [:]

    /// A token whose scope is not known, such as a static one.
    public static let unknown = TokenScope()

    private init() {}

    public init(_ scope: Span<UInt8>) {
        var start = 0
        for i in 0...scope.count where i == scope.count || scope[i] == 0x20 {
            let item = start..<i
            start = i + 1
            guard scope.extracting(item).starts(withIgnoringCase: "entity.") else { continue }
            let text = item.lowerBound + 7..<item.upperBound
            // An entity that cannot be read, such as a wildcard, makes the count meaningless, so the scope counts as unknown.
            guard let id = EntityID(scope, text) else {
                self = .unknown
                return
            }
            guard indices[id] == nil else { continue }
            indices[id] = entities.count
            entities.append(id)
            spellings.append(InlineText(scope.extracting(text)))
        }
    }

    public init(_ scope: String) { self.init(Array(scope.utf8).span) }

    /// A scope with the same entities.
    public var text: String {
        spellings.map { "entity.\($0)" }.joined(separator: " ")
    }

    /// The spelling of `id` in the scope; nil if the token does not cover it.
    func spelling(of id: EntityID) -> InlineText? { indices[id].map { spellings[$0] } }
}
