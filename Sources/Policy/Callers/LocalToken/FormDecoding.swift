/// Parsing of `application/x-www-form-urlencoded` (RFC 6749 appendix B), strict where the WHATWG parser guesses: a percent sign
/// without two hexadecimal digits behind it is an error.
enum FormDecoding {
    /// The pairs as ranges of `form`, still encoded. Empty stretches between ampersands are skipped.
    static func pairs(_ form: Span<UInt8>) -> [(name: Range<Int>, value: Range<Int>)] {
        var pairs: [(name: Range<Int>, value: Range<Int>)] = []
        var start = 0
        for i in 0...form.count where i == form.count || form[i] == UInt8(ascii: "&") {
            let pair = start..<i
            start = i + 1
            guard !pair.isEmpty else { continue }
            let end = pair.first { form[$0] == UInt8(ascii: "=") } ?? pair.upperBound
            pairs.append((pair.lowerBound..<end, min(end + 1, pair.upperBound)..<pair.upperBound))
        }
        return pairs
    }

    /// The decoded bytes of a name or value, in memory that is wiped.
    static func decode(_ text: Span<UInt8>) throws(LocalTokenRefusal) -> Secret {
        try Secret(capacity: text.count) { (out: inout OutputSpan<UInt8>) throws(LocalTokenRefusal) in
            var i = 0
            while i < text.count {
                switch text[i] {
                case UInt8(ascii: "+"): out.append(UInt8(ascii: " "))
                case UInt8(ascii: "%"):
                    guard i + 2 < text.count, let high = text[i + 1].hexValue, let low = text[i + 2].hexValue else {
                        throw .badEscape
                    }
                    out.append(high << 4 | low)
                    i += 2
                default: out.append(text[i])
                }
                i += 1
            }
        }
    }
}
