import Wire

/// Values without quotes: booleans, numbers, dates and times.
enum Scalar {
    static func value(_ cursor: inout Cursor) throws(SyntaxError) -> Node.Value {
        let start = cursor.offset
        let position = cursor.position
        cursor.skip(while: isPart)
        if cursor.offset - start == 10, cursor.next == .space, cursor.peek(1).isDigit, cursor.peek(2).isDigit,
            cursor.peek(3) == .colon
        {
            // `1979-05-27 07:32:00`
            cursor.skip(1)
            cursor.skip(while: isPart)
        }
        let word = cursor.text(from: start)
        switch word {
        case "": throw cursor.expected("a value")
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf": return .float(.infinity)
        case "-inf": return .float(-.infinity)
        case "nan", "+nan", "-nan": return .float(.nan)
        default: break
        }
        if let dateTime = DateTime(word) { return .dateTime(dateTime) }
        guard !DateTime.isMeant(by: word) else {
            throw SyntaxError(
                at: position, "not a valid date or time", hint: "such as 1979-05-27T07:32:00Z, 1979-05-27 or 07:32:00")
        }
        return try number(word, position)
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == .plus || byte == .hyphen || byte == .dot || byte == .underscore || byte == .colon
    }

    private static func number(_ word: String, _ position: Position) throws(SyntaxError) -> Node.Value {
        let bytes = Array(word.utf8)
        let unsigned = bytes.first == .plus || bytes.first == .hyphen ? bytes.dropFirst() : bytes[...]
        guard let first = unsigned.first, first.isDigit || first == .dot || first == .underscore else {
            let hint =
                switch word.lowercased() {
                case "true", "false", "inf", "nan": "write \(word.lowercased()) in lower case"
                default: "put text in quotes"
                }
            throw SyntaxError(at: position, "not a value", hint: hint)
        }
        // Only decimal numbers may have a sign.
        if unsigned.count == bytes.count, first == UInt8(ascii: "0"), let radix = radix(bytes.dropFirst().first) {
            var rest = bytes.dropFirst(2)
            guard takeDigits(from: &rest, radix: radix), rest.isEmpty else {
                throw SyntaxError(at: position, "malformed number", hint: "invalid digits after 0x, 0o or 0b")
            }
            return .integer(try integer(bytes.dropFirst(2), radix, position))
        }
        var rest = unsigned
        let hasLeadingZero =
            rest.first == UInt8(ascii: "0") && rest.dropFirst().first.map { $0.isDigit || $0 == .underscore } == true
        guard !hasLeadingZero else { throw SyntaxError(at: position, "malformed number", hint: "remove the leading zeros") }
        guard takeDigits(from: &rest, radix: 10), rest.isEmpty || takeFraction(from: &rest) else {
            let hint = bytes.contains(.underscore) ? "an underscore must be between two digits" : "put text in quotes"
            throw SyntaxError(at: position, "malformed number", hint: hint)
        }
        if !bytes.contains(where: { $0 == .dot || $0 | 0x20 == UInt8(ascii: "e") }) {
            return .integer(try integer(bytes[...], 10, position))
        }
        // Beyond the largest finite number it is an infinity, as IEEE 754 rounds.
        guard let number = Double(String(decoding: bytes.filter { $0 != .underscore }, as: UTF8.self)) else {
            throw SyntaxError(at: position, "malformed number")
        }
        return .float(number)
    }

    private static func integer(_ digits: ArraySlice<UInt8>, _ radix: Int, _ position: Position) throws(SyntaxError) -> Int {
        guard let number = Int(String(decoding: digits.filter { $0 != .underscore }, as: UTF8.self), radix: radix) else {
            throw SyntaxError(at: position, "the integer does not fit in 64 bits", hint: "\(Int.min) to \(Int.max)")
        }
        return number
    }

    private static func radix(_ letter: UInt8?) -> Int? {
        switch letter {
        case UInt8(ascii: "x"): 16
        case UInt8(ascii: "o"): 8
        case UInt8(ascii: "b"): 2
        default: nil
        }
    }

    /// At least one digit; an underscore stands between two of them.
    private static func takeDigits(from rest: inout ArraySlice<UInt8>, radix: Int) -> Bool {
        func isDigit(_ byte: UInt8?) -> Bool { byte?.hexValue.map { $0 < radix } == true }
        guard isDigit(rest.first) else { return false }
        while let byte = rest.first, isDigit(byte) || byte == .underscore && isDigit(rest.dropFirst().first) {
            rest.removeFirst()
        }
        return true
    }

    /// `.5`, `e10`, `.5e-3`: what follows the whole part of a float, to the end.
    private static func takeFraction(from rest: inout ArraySlice<UInt8>) -> Bool {
        if rest.first == .dot {
            rest.removeFirst()
            guard takeDigits(from: &rest, radix: 10) else { return false }
        }
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if rest.first == .plus || rest.first == .hyphen { rest.removeFirst() }
            guard takeDigits(from: &rest, radix: 10) else { return false }
        }
        return rest.isEmpty
    }
}
