/// A set of route names, by their index in `RouteTable.names`.
public struct RouteSet: Hashable, Sendable {
    private var words: [UInt64] = []

    public init() {}

    public mutating func insert(_ index: Int) {
        while words.count <= index / 64 { words.append(0) }
        words[index / 64] |= 1 << UInt64(index % 64)
    }

    public func contains(_ index: Int) -> Bool {
        let word = index / 64
        return word < words.count && words[word] >> UInt64(index % 64) & 1 == 1
    }
}
