/// An entity id as it is sent: 32 or 36 bytes, held in place.
public struct EntitySpelling: Sendable {
    private var storage: InlineArray<36, UInt8> = InlineArray(repeating: 0)
    private var count = 0

    init?(_ text: Span<UInt8>) {
        guard text.count <= 36 else { return nil }
        for i in text.indices { storage[i] = text[i] }
        count = text.count
    }

    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(0..<count) }
    }
}

extension EntitySpelling: Hashable {
    public static func == (a: EntitySpelling, b: EntitySpelling) -> Bool {
        guard a.count == b.count else { return false }
        for i in 0..<a.count where a.storage[i] != b.storage[i] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        for i in 0..<count { hasher.combine(storage[i]) }
    }
}

extension EntitySpelling: CustomStringConvertible {
    public var description: String { bytes.text(0..<count) }
}
