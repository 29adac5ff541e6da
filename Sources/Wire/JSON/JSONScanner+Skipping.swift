/// Skipping of values: as strict as `next`, but in one loop without events.
extension JSONScanner {
    /// Skips one complete value of any depth: the member's, right after its key.
    public mutating func skipValue() throws(JSONError) {
        let level = depth
        var i = position
        var expected = Expected.value
        repeat {
            i = bytes.endOfWhitespace(from: i)
            guard i < bytes.count else { throw JSONError(.truncated, at: i) }
            let byte = bytes[i]
            switch expected {
            case .afterValue:
                if byte == UInt8(ascii: ",") {
                    i = bytes.endOfWhitespace(from: i + 1)
                    (i, expected) = try isInObject ? endOfMember(at: i) : (i, .value)
                } else {
                    try close(byte, at: i)
                    i += 1
                }
            case .firstKey where byte == UInt8(ascii: "}"), .firstValue where byte == UInt8(ascii: "]"):
                try close(byte, at: i)
                i += 1
                expected = .afterValue
            case .firstKey:
                (i, expected) = try endOfMember(at: i)
            case .firstValue, .value:
                switch byte {
                case UInt8(ascii: "\""):
                    i = try endOfString(at: i)
                    expected = .afterValue
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    let isObject = byte == UInt8(ascii: "{")
                    position = i
                    try open(isObject: isObject)
                    i += 1
                    expected = isObject ? .firstKey : .firstValue
                default:
                    position = i
                    try skipScalar(byte)
                    i = position
                    expected = .afterValue
                }
            }
        } while depth > level || expected != .afterValue
        position = i
        state = .afterValue
    }

    private enum Expected { case value, firstValue, firstKey, afterValue }

    private mutating func close(_ byte: UInt8, at i: Int) throws(JSONError) {
        guard byte == (isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw JSONError(.unexpectedByte, at: i) }
        position = i
        _ = close()
    }

    private mutating func skipScalar(_ byte: UInt8) throws(JSONError) {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try scanNumber()
        case UInt8(ascii: "t"): try scanLiteral("true")
        case UInt8(ascii: "f"): try scanLiteral("false")
        case UInt8(ascii: "n"): try scanLiteral("null")
        default: throw JSONError(.unexpectedByte, at: position)
        }
    }

    /// The offset after a key and its colon, and also after the value if it is a string, as most are.
    @inline(__always)
    private mutating func endOfMember(at start: Int) throws(JSONError) -> (Int, Expected) {
        let value = bytes.endOfWhitespace(from: try endOfKey(at: start))
        guard value < bytes.count, bytes[value] == UInt8(ascii: "\"") else { return (value, .value) }
        return (try endOfString(at: value), .afterValue)
    }

    /// The offset after the colon of the key whose opening quotation mark must be at `start`.
    @inline(__always)
    private mutating func endOfKey(at start: Int) throws(JSONError) -> Int {
        guard start < bytes.count else { throw JSONError(.truncated, at: start) }
        guard bytes[start] == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: start) }
        let colon = bytes.endOfWhitespace(from: try endOfString(at: start))
        guard colon < bytes.count else { throw JSONError(.truncated, at: colon) }
        guard bytes[colon] == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: colon) }
        return colon + 1
    }

    /// The offset after the string whose opening quotation mark is at `start`.
    @inline(__always)
    private mutating func endOfString(at start: Int) throws(JSONError) -> Int {
        let end = bytes.endOfPlainText(from: start + 1)
        if end < bytes.count, bytes[end] == UInt8(ascii: "\"") { return end + 1 }
        position = start
        _ = try scanString()
        return position
    }
}

extension Span<UInt8> {
    @inline(__always)
    fileprivate func endOfWhitespace(from start: Int) -> Int {
        var i = start
        while i < count, self[i] <= 0x20 {
            guard self[i] == 0x20 || self[i] == 0x0A || self[i] == 0x0D || self[i] == 0x09 else { return i }
            i += 1
        }
        return i
    }
}
