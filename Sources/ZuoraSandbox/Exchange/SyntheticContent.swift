import Wire

/// Content of any size that is computed, never stored: CSV lines of 64 bytes each, the same for the same seed.
///
/// Any range can be computed separately, so both ends of a download can be verified without storing it.
public struct SyntheticContent: Hashable, Sendable {
    public var count: Int
    public var seed: UInt64
    public var kind: Kind

    public enum Kind: Hashable, Sendable {
        /// A header line and lines of four columns; the last byte is always a line feed.
        case csv
        /// Zero bytes, which compress a thousandfold.
        case zeros
    }

    /// Bytes of one line, its line feed included.
    public static let lineLength = 64
    private static let header = Array("Row.Number__,Account.Id______,Subscription.Id_,Invoice.Id______\n".utf8)
    private static let digits = Array("0123456789abcdef".utf8)

    public init(count: Int, seed: UInt64, kind: Kind = .csv) {
        self.count = max(count, 0)
        self.seed = seed
        self.kind = kind
    }

    /// Content of a header line and this many lines.
    public init(records: Int, seed: UInt64) {
        self.init(count: (max(records, 0) + 1) * Self.lineLength, seed: seed)
    }

    /// Appends the bytes in `range`, as far as there are any.
    public func append(_ range: Range<Int>, to out: inout [UInt8]) {
        let range = range.clamped(to: 0..<count)
        guard !range.isEmpty else { return }
        guard kind == .csv else { return out.append(contentsOf: repeatElement(0, count: range.count)) }
        var position = range.lowerBound
        while position < range.upperBound {
            let (row, offset) = position.quotientAndRemainder(dividingBy: Self.lineLength)
            let line = self.line(row)
            let end = min(Self.lineLength, offset + range.upperBound - position)
            out.append(contentsOf: line[offset..<end])
            position += end - offset
        }
        if range.upperBound == count { out[out.count - 1] = UInt8(ascii: "\n") }
    }

    /// The bytes in `range`, as far as there are any.
    public func bytes(_ range: Range<Int>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(range.clamped(to: 0..<count).count)
        append(range, to: &out)
        return out
    }

    private func line(_ row: Int) -> [UInt8] {
        guard row > 0 else { return Self.header }
        var random = SplitMix64(seed: seed &+ UInt64(row) &* 0x9E37_79B9)
        var line = [UInt8](repeating: UInt8(ascii: ","), count: Self.lineLength)
        var rest = row
        for column in stride(from: 11, through: 0, by: -1) {
            line[column] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        for start in [13, 30, 47] {
            var value = random.next()
            for column in start..<start + 16 {
                line[column] = Self.digits[Int(value & 15)]
                value >>= 4
            }
        }
        line[Self.lineLength - 1] = UInt8(ascii: "\n")
        return line
    }
}
