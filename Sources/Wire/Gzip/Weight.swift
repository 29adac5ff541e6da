/// A weight, `q=0` to `q=1` with up to three decimals (RFC 9110 section 12.4.2).
enum Weight {
    /// The weight in thousandths, or nil if the bytes are none.
    static func parse(_ value: Span<UInt8>, _ range: Range<Int>) -> UInt16? {
        guard FieldText.begins(value, range, "q="), (3...7).contains(range.count) else { return nil }
        let start = range.lowerBound + 2
        guard let whole = digit(value[start]), whole <= 1 else { return nil }
        guard range.count > 3 else { return whole * 1000 }
        guard value[start + 1] == UInt8(ascii: ".") else { return nil }
        var thousandths: UInt16 = whole * 1000
        var place: UInt16 = 100
        for i in start + 2..<range.upperBound {
            guard let decimal = digit(value[i]) else { return nil }
            thousandths += decimal * place
            place /= 10
        }
        return thousandths <= 1000 ? thousandths : nil
    }

    private static func digit(_ byte: UInt8) -> UInt16? { (0x30...0x39).contains(byte) ? UInt16(byte - 0x30) : nil }
}
