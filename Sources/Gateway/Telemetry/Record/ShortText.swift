/// Up to 64 bytes of text kept in place, so that to remember an id costs no allocation.
public struct ShortText: Sendable {
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
