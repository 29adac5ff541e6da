extension JSONScanner {
    /// Reads a string whose opening quotation mark is at `position`, and stops after the closing one.
    mutating func scanString() throws(JSONError) -> JSONSlice {
        let start = position + 1
        var i = start
        var hasEscapes = false
        while true {
            i = bytes.endOfPlainText(from: i)
            guard i < bytes.count else { throw JSONError(.truncated, at: bytes.count) }
            switch bytes[i] {
            case UInt8(ascii: "\""):
                position = i + 1
                return JSONSlice(range: start..<i, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                i = try endOfEscape(at: i)
            case 0..<0x20:
                throw JSONError(.controlCharacter, at: i)
            default:
                let step = bytes.utf8Step(at: i)
                guard step.isValid else {
                    throw JSONError(step.isTruncated ? .truncated : .invalidUTF8, at: step.isTruncated ? bytes.count : i)
                }
                i += step.length
            }
        }
    }

    /// Checks the escape whose backslash is at `i`, and gives the offset after it.
    private func endOfEscape(at i: Int) throws(JSONError) -> Int {
        guard i + 1 < bytes.count else { throw JSONError(.truncated, at: bytes.count) }
        switch bytes[i + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return i + 2
        case UInt8(ascii: "u"):
            for offset in i + 2..<i + 6 {
                guard offset < bytes.count else { throw JSONError(.truncated, at: bytes.count) }
                guard bytes[offset].hexadecimalValue != nil else { throw JSONError(.invalidEscape, at: offset) }
            }
            return i + 6
        default:
            throw JSONError(.invalidEscape, at: i + 1)
        }
    }

    /// Reads a number that begins at `position`: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
    mutating func scanNumber() throws(JSONError) -> Range<Int> {
        let start = position
        var i = start
        if bytes[i] == UInt8(ascii: "-") { i += 1 }
        let isZero = i < bytes.count && bytes[i] == UInt8(ascii: "0")
        i = try endOfDigits(from: i)
        if isZero, i - start > (bytes[start] == UInt8(ascii: "-") ? 2 : 1) { throw JSONError(.invalidNumber, at: start) }
        if i < bytes.count, bytes[i] == UInt8(ascii: ".") { i = try endOfDigits(from: i + 1) }
        if i < bytes.count, bytes[i] | 0x20 == UInt8(ascii: "e") {
            i += 1
            if i < bytes.count, bytes[i] == UInt8(ascii: "+") || bytes[i] == UInt8(ascii: "-") { i += 1 }
            i = try endOfDigits(from: i)
        }
        position = i
        return start..<i
    }

    /// The offset after one or more digits.
    private func endOfDigits(from start: Int) throws(JSONError) -> Int {
        var i = start
        while i < bytes.count, bytes[i] &- UInt8(ascii: "0") < 10 { i += 1 }
        guard i > start else { throw JSONError(i == bytes.count ? .truncated : .invalidNumber, at: i) }
        return i
    }
}
