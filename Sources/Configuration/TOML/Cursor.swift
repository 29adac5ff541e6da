/// Walks through UTF-8 text byte by byte and knows the line and column that it is at.
struct Cursor {
    private let bytes: [UInt8]
    /// Of the next byte.
    private(set) var offset = 0
    private var line = 1
    /// The column at `counted`, which lags behind `offset` on the same line: most positions are never needed.
    private var column = 1
    private var counted = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset >= bytes.count }

    /// The next byte; 0 at the end.
    var next: UInt8 { peek(0) }

    /// A byte further on; 0 beyond the end.
    func peek(_ distance: Int) -> UInt8 { distance < bytes.count - offset ? bytes[offset + distance] : 0 }

    /// Whether the next bytes are `count` times `byte`.
    func isNext(_ byte: UInt8, count: Int) -> Bool { (0..<count).allSatisfy { peek($0) == byte } }

    var isAtLineEnd: Bool { next == .lineFeed || next == .carriageReturn && peek(1) == .lineFeed }

    var position: Position {
        mutating get {
            while counted < offset {
                if bytes[counted] & 0xC0 != 0x80 { column += 1 }
                counted += 1
            }
            return Position(line: line, column: column)
        }
    }

    /// Goes past bytes none of which is a line feed.
    mutating func skip(_ count: Int) { offset = min(offset + count, bytes.count) }

    mutating func take(_ byte: UInt8) -> Bool {
        guard !isAtEnd, next == byte else { return false }
        offset += 1
        return true
    }

    mutating func takeLineEnd() -> Bool {
        guard isAtLineEnd else { return false }
        offset += next == .lineFeed ? 1 : 2
        line += 1
        column = 1
        counted = offset
        return true
    }

    mutating func skipSpaces() {
        while next == .space || next == .tab { offset += 1 }
    }

    /// Goes past what satisfies `isIncluded`, which no line feed does.
    mutating func skip(while isIncluded: (UInt8) -> Bool) {
        while !isAtEnd, isIncluded(next) { offset += 1 }
    }

    mutating func skipComment() throws(SyntaxError) {
        guard next == .hash else { return }
        while !isAtEnd, !isAtLineEnd {
            try checkControl()
            offset += 1
        }
    }

    /// Spaces, line ends and comments.
    mutating func skipBlankLines() throws(SyntaxError) {
        repeat {
            skipSpaces()
            try skipComment()
        } while takeLineEnd()
    }

    /// TOML has no control characters but the tab and its line ends.
    mutating func checkControl() throws(SyntaxError) {
        guard !isAtEnd, next < 0x20 && next != .tab || next == 0x7F else { return }
        switch next {
        case 0: throw problem("a NUL byte", hint: "the file must be UTF-8 text")
        case .carriageReturn: throw problem("a carriage return without a line feed", hint: "lines end with LF or CRLF")
        default:
            let digits = String(next, radix: 16, uppercase: true)
            throw problem("a control character", hint: "\"\\u00\(digits.count < 2 ? "0" : "")\(digits)\" in a string")
        }
    }

    func text(from start: Int) -> String {
        start < offset ? String(decoding: bytes[start..<offset], as: UTF8.self) : ""
    }

    /// An error at the cursor.
    mutating func problem(_ message: String, hint: String? = nil) -> SyntaxError {
        SyntaxError(at: position, message, hint: hint)
    }

    /// An error at the cursor that names what was found instead. Only one character of it is repeated, since it
    /// may be a secret.
    mutating func expected(_ what: String, hint: String? = nil) -> SyntaxError {
        let found =
            if isAtEnd {
                "the end of the file"
            } else if isAtLineEnd {
                "the end of the line"
            } else if next == .carriageReturn {
                "a carriage return without a line feed"
            } else if next == .hash {
                "a comment"
            } else {
                quoted(
                    String(String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self).unicodeScalars.prefix(1))
                )
            }
        return problem("expected \(what), found \(found)", hint: hint)
    }
}

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let hash: UInt8 = 0x23
    static let apostrophe: UInt8 = 0x27
    static let plus: UInt8 = 0x2B
    static let comma: UInt8 = 0x2C
    static let hyphen: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let colon: UInt8 = 0x3A
    static let equals: UInt8 = 0x3D
    static let leftBracket: UInt8 = 0x5B
    static let backslash: UInt8 = 0x5C
    static let rightBracket: UInt8 = 0x5D
    static let underscore: UInt8 = 0x5F
    static let leftBrace: UInt8 = 0x7B
    static let rightBrace: UInt8 = 0x7D

    var isDigit: Bool { self &- 0x30 < 10 }
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
}
