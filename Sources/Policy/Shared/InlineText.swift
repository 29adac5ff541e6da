import Wire

/// Up to 64 bytes of text, stored inline, so that keeping it allocates nothing.
public struct InlineText: Sendable {
    public static let capacity = 64

    private var storage = InlineArray<64, UInt8>(repeating: 0)
    private var length: UInt8

    /// Keeps the first 64 of `bytes`.
    public init(_ bytes: Span<UInt8>) {
        let count = min(bytes.count, Self.capacity)
        for i in 0..<count { storage[i] = bytes[i] }
        length = UInt8(truncatingIfNeeded: count)
    }

    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(0..<Int(length)) }
    }
}

extension InlineText: Hashable {
    public static func == (a: InlineText, b: InlineText) -> Bool {
        guard a.length == b.length else { return false }
        for i in 0..<Int(a.length) where a.storage[i] != b.storage[i] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        for i in 0..<Int(length) { hasher.combine(storage[i]) }
    }
}

extension InlineText: CustomStringConvertible {
    public var description: String { bytes.text(0..<Int(length)) }
}
