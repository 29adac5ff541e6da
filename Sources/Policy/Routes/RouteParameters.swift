/// Where a path's parameters stand in the bytes of the head. Held in place: matching allocates nothing.
public struct RouteParameters: Sendable {
    /// Parameters that a pattern may have.
    public static let maximumCount = 8

    private var bounds: InlineArray<8, SIMD2<UInt32>> = InlineArray(repeating: .zero)
    public private(set) var count = 0

    /// The parameter at `index`, in the pattern's order, percent-encoded as the caller sent it.
    public subscript(index: Int) -> Range<Int> {
        precondition(index < count)
        return Int(bounds[index].x)..<Int(bounds[index].y)
    }

    /// Nothing happens beyond `maximumCount`, which no pattern reaches.
    mutating func append(_ range: Range<Int>) {
        guard count < Self.maximumCount else { return }
        bounds[count] = SIMD2(UInt32(truncatingIfNeeded: range.lowerBound), UInt32(truncatingIfNeeded: range.upperBound))
        count += 1
    }

    mutating func removeLast() { count = max(count - 1, 0) }
}
