/// One step through bytes that should be UTF-8.
struct UTF8Step {
    /// Bytes of the character, or of the part that could have begun one (at least 1).
    var length: Int
    var isValid: Bool
    /// Not valid, but only because the bytes end here.
    var isTruncated = false
}

extension Span<UInt8> {
    /// Decodes the character at `i` (Unicode 16 table 3-7). An invalid sequence counts as its longest valid
    /// prefix, which the Unicode Standard recommends to replace by one U+FFFD.
    func utf8Step(at i: Int) -> UTF8Step {
        let lead = self[i]
        var lowest: UInt8 = 0x80
        var highest: UInt8 = 0xBF
        let length: Int
        switch lead {
        case 0..<0x80: return UTF8Step(length: 1, isValid: true)
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { lowest = 0xA0 }
            if lead == 0xED { highest = 0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { lowest = 0x90 }
            if lead == 0xF4 { highest = 0x8F }
        default: return UTF8Step(length: 1, isValid: false)
        }
        for offset in 1..<length {
            guard i + offset < count else { return UTF8Step(length: offset, isValid: false, isTruncated: true) }
            guard self[i + offset] >= lowest, self[i + offset] <= highest else {
                return UTF8Step(length: offset, isValid: false)
            }
            lowest = 0x80
            highest = 0xBF
        }
        return UTF8Step(length: length, isValid: true)
    }

    /// The offset of the first byte at or after `start` that JSON strings treat specially: a quotation mark, a backslash, a
    /// control character (DEL too) or a byte that is not ASCII. Looks at sixteen bytes at a time, and at eight before the end.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        var i = start
        while i + 16 <= count {
            // Within bounds, as the loop's condition says, and every bit pattern is a vector of bytes.
            let chunk = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: SIMD16<UInt8>.self)
            let special = chunk.isControlOrNotASCII .| chunk.equals(0x7F) .| chunk.equals(0x22) .| chunk.equals(0x5C)
            let first = special.first
            if first < 16 { return i + first }
            i += 16
        }
        let low: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        while i + 8 <= count {
            // Within bounds, as the loop's condition says, and every bit pattern is a UInt64.
            let word = unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self))
            // Of an ASCII byte, bit 7 of the second term says that it is a control character or a quotation mark: only those are
            // below 0x21 once bit 1 is flipped. That of the third says that it is a backslash, and of the fourth that it is DEL.
            let special = (word | ((word ^ low &* 0x02) &- low &* 0x21) | ((word ^ low &* 0x5C) &- low) | (word &+ low)) & high
            // A borrow or carry can mark a byte incorrectly, but only after a correctly marked one.
            if special != 0 { return i + special.trailingZeroBitCount / 8 }
            i += 8
        }
        while i < count {
            let byte = self[i]
            if byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C { break }
            i += 1
        }
        return i
    }
}
