extension Scanner {
    var isAtEnd: Bool { at >= bytes.count }

    /// The byte at the cursor; 0, which no text holds, at the end.
    var next: UInt8 { peek(0) }

    func peek(_ ahead: Int) -> UInt8 { at + ahead < bytes.count ? bytes[at + ahead] : 0 }

    /// An error at the cursor.
    func problem(_ message: String, hint: String? = nil) -> SyntaxError {
        // The last character may be cut at the end, which decoding makes up for: it only has to be counted.
        let column =
            1 + String(decoding: bytes[min(lineStart, bytes.count)..<min(at, bytes.count)], as: UTF8.self).unicodeScalars.count
        return SyntaxError(line: line, column: column, message: message, hint: hint)
    }

    /// An error at the cursor that names what stands there in place of what should: one character of it, for it may be a secret.
    func expected(_ what: String, hint: String? = nil) -> SyntaxError {
        let found: String
        switch next {
        case _ where isAtEnd: found = "the end of the file"
        case .lineFeed, .carriageReturn: found = "the end of the line"
        case .hash: found = "a comment"
        default:
            found =
                String(decoding: bytes[at..<min(at + 4, bytes.count)], as: UTF8.self).unicodeScalars.first.map { quoted("\($0)") }
                ?? ""
        }
        return problem("expected \(what), found \(found)", hint: hint)
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    /// Whether three of `quote` are next: the edge of a multi-line string.
    func isTriple(_ quote: UInt8) -> Bool { next == quote && peek(1) == quote && peek(2) == quote }

    mutating func skipSpaces() {
        while next == .space || next == .tab { at += 1 }
    }

    /// Spaces, line ends and comments.
    mutating func skipBlankLines() throws(SyntaxError) {
        repeat {
            skipSpaces()
            try skipComment()
        } while takeLineEnd()
    }

    /// What may follow a value or a header: spaces, a comment, the end.
    mutating func endOfLine() throws(SyntaxError) {
        skipSpaces()
        try skipComment()
        guard isAtEnd || takeLineEnd() else { throw expected("the end of the line") }
    }

    mutating func takeLineEnd() -> Bool {
        let length = next == .lineFeed ? 1 : next == .carriageReturn && peek(1) == .lineFeed ? 2 : 0
        guard length > 0 else { return false }
        at += length
        line += 1
        lineStart = at
        return true
    }

    private mutating func skipComment() throws(SyntaxError) {
        guard next == .hash else { return }
        while !isAtEnd, next != .lineFeed, !(next == .carriageReturn && peek(1) == .lineFeed) {
            try checkControl()
            at += 1
        }
    }

    /// TOML has no control characters but the tab and its line ends.
    func checkControl() throws(SyntaxError) {
        if next < 0x20, next != .tab, !isAtEnd { throw problem("a control character", hint: "\\u00\(hex(next)) in a string") }
        if next == 0x7F { throw problem("a control character", hint: "\\u007F in a string") }
    }

    private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }

    func text(from start: Int, to end: Int) -> String {
        start < end && end <= bytes.count ? String(decoding: bytes[start..<end], as: UTF8.self) : ""
    }
}
