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
    public var hex: String { String(spelled { _ in false }) }

    /// 36 characters with hyphens, lower case.
    public var hyphenated: String { String(spelled { $0 == 8 || $0 == 12 || $0 == 16 || $0 == 20 }) }

    private func spelled(hyphenBefore: (Int) -> Bool) -> [Character] {
        let digits: [Character] = Array("0123456789abcdef")
        return (0..<32).flatMap { position in
            let digit = digits[Int(truncatingIfNeeded: value >> (124 - 4 * UInt128(position)) & 15)]
            return hyphenBefore(position) ? ["-", digit] : [digit]
        }
    }
}
