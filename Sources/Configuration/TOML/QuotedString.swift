import Wire

/// TOML's four kinds of strings. Line ends in them become LF, however the file ends its lines.
enum QuotedString {
    /// Reads a value: a multi-line string if three quotes are next, else one on one line.
    static func value(_ cursor: inout Cursor) throws(SyntaxError) -> String {
        let quote = cursor.next
        guard cursor.isNext(quote, count: 3) else { return try line(&cursor) }
        return try lines(&cursor, quote)
    }

    /// Reads `"text"`, or `'text'`, which has no escapes.
    static func line(_ cursor: inout Cursor) throws(SyntaxError) -> String {
        let start = cursor.position
        let quote = cursor.next
        cursor.skip(1)
        var decoded: [UInt8] = []
        while !cursor.take(quote) {
            guard !cursor.isAtEnd, !cursor.isAtLineEnd else {
                throw SyntaxError(
                    at: start, "unterminated string", hint: "it ends with \(quote == .quote ? "\"" : "'") on the same line")
            }
            try character(&cursor, quote, into: &decoded)
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Reads `"""text"""` or `'''text'''`. A line end right after the opening is dropped, and up to two quotes may stand before the
    /// closing ones.
    private static func lines(_ cursor: inout Cursor, _ quote: UInt8) throws(SyntaxError) -> String {
        let start = cursor.position
        cursor.skip(3)
        _ = cursor.takeLineEnd()
        var decoded: [UInt8] = []
        while !cursor.isNext(quote, count: 3) {
            if cursor.takeLineEnd() {
                decoded.append(.lineFeed)
            } else if cursor.isAtEnd {
                let closing = quote == .quote ? "\"\"\"" : "'''"
                throw SyntaxError(at: start, "unterminated multi-line string", hint: "it ends with \(closing)")
            } else if quote == .apostrophe || !takeContinuation(&cursor) {
                try character(&cursor, quote, into: &decoded)
            }
        }
        cursor.skip(3)
        for _ in 0..<2 where cursor.take(quote) { decoded.append(quote) }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// A backslash at a line's end, and all white space up to the next character.
    private static func takeContinuation(_ cursor: inout Cursor) -> Bool {
        guard cursor.next == .backslash else { return false }
        var length = 1
        while cursor.peek(length) == .space || cursor.peek(length) == .tab { length += 1 }
        var ahead = cursor
        ahead.skip(length)
        guard ahead.takeLineEnd() else { return false }
        repeat { ahead.skipSpaces() } while ahead.takeLineEnd()
        cursor = ahead
        return true
    }

    /// One byte, or one escape of a string in double quotes.
    private static func character(_ cursor: inout Cursor, _ quote: UInt8, into decoded: inout [UInt8]) throws(SyntaxError) {
        guard quote == .quote, cursor.next == .backslash else {
            try cursor.checkControl()
            decoded.append(cursor.next)
            cursor.skip(1)
            return
        }
        if let byte = simpleEscape(cursor.peek(1)) {
            decoded.append(byte)
            cursor.skip(2)
            return
        }
        let count = cursor.peek(1) == UInt8(ascii: "u") ? 4 : cursor.peek(1) == UInt8(ascii: "U") ? 8 : 0
        guard count > 0 else { throw cursor.problem("unknown escape", hint: "\\\\ is a backslash; '…' has no escapes") }
        var number: UInt32 = 0
        for index in 0..<count {
            guard let digit = cursor.peek(2 + index).hexValue else {
                throw cursor.problem("\\\(count == 4 ? "u" : "U") needs \(count) hexadecimal digits")
            }
            number = number << 4 | UInt32(digit)
        }
        guard let scalar = Unicode.Scalar(number) else { throw cursor.problem("the escape is not a Unicode scalar value") }
        decoded.append(contentsOf: String(Character(scalar)).utf8)
        cursor.skip(2 + count)
    }

    private static func simpleEscape(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "t"): .tab
        case UInt8(ascii: "n"): .lineFeed
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "r"): .carriageReturn
        case .quote: .quote
        case .backslash: .backslash
        default: nil
        }
    }
}
