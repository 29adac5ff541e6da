extension Scanner {
    /// `a."b c".'d'`: its parts, the spaces around it consumed.
    mutating func dottedKey() throws(SyntaxError) -> [String] {
        var path: [String] = []
        repeat {
            guard path.count < Self.maximumDepth else { throw tooDeep() }
            skipSpaces()
            path.append(try simpleKey())
            skipSpaces()
        } while take(.dot)
        return path
    }

    func tooDeep() -> SyntaxError { problem("nested deeper than \(Self.maximumDepth) levels") }

    private mutating func simpleKey() throws(SyntaxError) -> String {
        switch next {
        case .quote: return try basicString()
        case .apostrophe: return try literalString()
        default:
            let start = at
            while next.isLetter || next.isDigit || next == .hyphen || next == .underscore { at += 1 }
            guard at > start else {
                throw expected("a key", hint: next >= 0x80 ? "only A-Z a-z 0-9 _ - need no quotes" : nil)
            }
            return text(from: start, to: at)
        }
    }

    /// `'text'`: no escapes.
    mutating func literalString() throws(SyntaxError) -> String {
        at += 1
        let start = at
        while next != .apostrophe {
            try checkStringGoesOn("'")
            at += 1
        }
        at += 1
        return text(from: start, to: at - 1)
    }

    /// `"text"`.
    mutating func basicString() throws(SyntaxError) -> String {
        at += 1
        var decoded: [UInt8] = []
        while next != .quote {
            try checkStringGoesOn("\"")
            try character(into: &decoded)
        }
        at += 1
        return String(decoding: decoded, as: UTF8.self)
    }

    private func checkStringGoesOn(_ quote: String) throws(SyntaxError) {
        if isAtEnd || next == .lineFeed || next == .carriageReturn { throw problem("a string without its closing \(quote)") }
        try checkControl()
    }

    /// `"""text"""` or `'''text'''`: a line end right after the opening is dropped, and up to two quotes may stand before the
    /// closing.
    mutating func multilineString(_ quote: UInt8) throws(SyntaxError) -> String {
        let unclosed = problem("a string over several lines without its closing quotes")
        at += 3
        _ = takeLineEnd()
        var decoded: [UInt8] = []
        while !isTriple(quote) {
            guard !isAtEnd else { throw unclosed }
            let start = at
            if takeLineEnd() {
                decoded.append(contentsOf: bytes[start..<at])
            } else if quote == .apostrophe {
                try checkControl()
                decoded.append(next)
                at += 1
            } else if !takeLineContinuation() {
                try checkControl()
                try character(into: &decoded)
            }
        }
        at += 3
        for _ in 0..<2 where next == quote {
            decoded.append(quote)
            at += 1
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// A backslash at a line's end swallows the white space up to the next character.
    private mutating func takeLineContinuation() -> Bool {
        guard next == .backslash else { return false }
        let start = at
        at += 1
        skipSpaces()
        guard takeLineEnd() else {
            at = start
            return false
        }
        repeat { skipSpaces() } while takeLineEnd()
        return true
    }

    /// One byte of a basic string, or one escape.
    private mutating func character(into decoded: inout [UInt8]) throws(SyntaxError) {
        guard next == .backslash else {
            decoded.append(next)
            at += 1
            return
        }
        if let byte = Self.simpleEscape(peek(1)) {
            decoded.append(byte)
            at += 2
            return
        }
        let digits = peek(1) == UInt8(ascii: "u") ? 4 : peek(1) == UInt8(ascii: "U") ? 8 : 0
        guard digits > 0 else { throw problem("an unknown escape", hint: "\\\\ for a backslash, or '…', which has no escapes") }
        var number: UInt32 = 0
        for index in 0..<digits {
            guard let digit = peek(2 + index).hexValue else {
                throw problem("an escape without its \(digits) hexadecimal digits")
            }
            number = number << 4 | UInt32(digit)
        }
        guard let scalar = Unicode.Scalar(number) else { throw problem("an escape that is no Unicode scalar value") }
        // C, and so every system call and library that a value is for, would read up to it and no further.
        guard number != 0 else { throw problem("a NUL in a string") }
        decoded.append(contentsOf: String(Character(scalar)).utf8)
        at += 2 + digits
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
