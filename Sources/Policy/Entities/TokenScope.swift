import Wire

/// Which entities a bearer token covers, read from the `scope` of the answer that brought it (RFC 6749 section 5.1): space
/// separated, with one `entity.<id>` for each (Zuora API reference, `createToken`).
public struct TokenScope: Hashable, Sendable {
    /// The entities, each once, in the order of the scope. Empty: the scope says nothing about entities that can be relied on.
    public private(set) var entities: [EntityID] = []
    /// How the scope spells each of them.
    private var spellings: [EntitySpelling] = []
    private var indices: [EntityID: Int] = [:]

    /// A token whose scope is not known, such as one that somebody else keeps fresh.
    public static let unknown = TokenScope()

    private init() {}

    public init(_ scope: Span<UInt8>) {
        var start = 0
        for i in 0...scope.count where i == scope.count || scope[i] == 0x20 {
            let item = start..<i
            start = i + 1
            guard scope.extracting(item).starts(withIgnoringCase: "entity.") else { continue }
            let text = item.lowerBound + 7..<item.upperBound
            // An entity that cannot be read, such as a wildcard, makes the count meaningless: better nothing known than half.
            guard let id = EntityID(scope, text), let spelling = EntitySpelling(scope.extracting(text)) else {
                self = .unknown
                return
            }
            guard indices[id] == nil else { continue }
            indices[id] = entities.count
            entities.append(id)
            spellings.append(spelling)
        }
    }

    public init(_ scope: String) { self.init(Array(scope.utf8).span) }

    /// How the scope spells `id`; nil when the token does not cover it.
    func spelling(of id: EntityID) -> EntitySpelling? { indices[id].map { spellings[$0] } }

    public func covers(_ id: EntityID) -> Bool { indices[id] != nil }
}
