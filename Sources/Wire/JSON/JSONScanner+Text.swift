/// The content of scanned strings and numbers.
extension JSONScanner {
    /// Whether a string equals `literal` after resolving escapes.
    @inlinable
    public func matches(_ slice: JSONSlice, _ literal: StaticString) -> Bool {
        // Most keys already differ in length.
        guard slice.hasEscapes || slice.range.count == literal.utf8CodeUnitCount else { return false }
        return isEqual(slice, literal)
    }

    @usableFromInline
    func isEqual(_ slice: JSONSlice, _ literal: StaticString) -> Bool {
        guard slice.hasEscapes else { return bytes.extracting(slice.range).equals(literal) }
        var decoded: [UInt8] = []
        append(slice, to: &decoded)
        return decoded.span.equals(literal)
    }

    /// The string with resolved escapes.
    /// - Parameter limit: the maximum size in bytes of UTF-8; a longer string is truncated between two characters.
    public func text(_ slice: JSONSlice, limit: Int = .max) -> String {
        var decoded: [UInt8] = []
        append(slice, to: &decoded)
        if decoded.count > limit {
            var end = max(limit, 0)
            while end > 0, decoded[end] & 0xC0 == 0x80 { end -= 1 }
            decoded.removeSubrange(end...)
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Appends the string as UTF-8 with resolved escapes; a lone surrogate becomes U+FFFD.
    public func append(_ slice: JSONSlice, to out: inout [UInt8]) {
        var i = slice.range.lowerBound
        let end = slice.range.upperBound
        while i < end {
            guard bytes[i] == UInt8(ascii: "\\"), i + 1 < end else {
                out.append(bytes[i])
                i += 1
                continue
            }
            switch bytes[i + 1] {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"):
                i = appendUnicodeEscape(at: i, end: end, to: &out)
                continue
            default: out.append(bytes[i + 1])
            }
            i += 2
        }
    }

    /// The number as an integer; nil when it has a fraction or an exponent, or does not fit.
    public func int(_ number: Range<Int>) -> Int? {
        var value = 0
        var i = number.lowerBound
        let isNegative = i < number.upperBound && bytes[i] == UInt8(ascii: "-")
        if isNegative { i += 1 }
        while i < number.upperBound {
            let digit = bytes[i] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative ? tens.subtractingReportingOverflow(Int(digit)) : tens.addingReportingOverflow(Int(digit))
            if overflow || carry { return nil }
            value = sum
            i += 1
        }
        return value
    }

    /// The number as the nearest double; nil when it is beyond the range.
    public func double(_ number: Range<Int>) -> Double? {
        guard let value = Double(numberText(number)), value.isFinite else { return nil }
        return value
    }

    /// The number as written.
    public func numberText(_ number: Range<Int>) -> String {
        var text = ""
        for i in number { text.unicodeScalars.append(Unicode.Scalar(bytes[i])) }
        return text
    }

    /// Appends the character of the `\uXXXX` at `start`, combining a surrogate pair; returns the offset after it.
    private func appendUnicodeEscape(at start: Int, end: Int, to out: inout [UInt8]) -> Int {
        let unit = codeUnit(at: start + 2, end: end)
        var next = start + 6
        var scalar = Unicode.Scalar(unit)
        if unit & 0xFC00 == 0xD800, next + 6 <= end, bytes[next] == UInt8(ascii: "\\"), bytes[next + 1] == UInt8(ascii: "u") {
            let low = codeUnit(at: next + 2, end: end)
            if low & 0xFC00 == 0xDC00 {
                scalar = Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF)
                next += 6
            }
        }
        out.append(contentsOf: UTF8.encode(scalar ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
        return min(next, end)
    }

    private func codeUnit(at start: Int, end: Int) -> UInt32 {
        var unit: UInt32 = 0
        for i in start..<start + 4 where i < end { unit = unit << 4 | UInt32(bytes[i].hexValue ?? 0) }
        return unit
    }
}
