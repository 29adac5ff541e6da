private let hexDigits: StaticString = "0123456789abcdef"

extension JSONWriter {
    /// A string, escaped as JSON requires.
    @_disfavoredOverload
    public mutating func value(_ text: String) { value(text.utf8.span) }

    /// A string, escaped as JSON requires.
    public mutating func value(_ text: StaticString) { unsafe value(Span(_unsafeElements: text.buffer)) }

    /// A string from untrusted bytes. Invalid UTF-8 becomes U+FFFD; control characters are escaped, including C1 and DEL,
    /// so that log lines are safe on a terminal.
    public mutating func value(_ text: Span<UInt8>) {
        var plainEnd = text.endOfPlainText(from: 0)
        guard plainEnd < text.count else { return unsafe text.withUnsafeBytes { unsafe quote($0, isKey: false) } }
        separate()
        bytes.append(UInt8(ascii: "\""))
        var i = 0
        while i < text.count {
            if plainEnd > i { appendBytes(text.extracting(i..<plainEnd)) }
            i = plainEnd
            guard i < text.count else { break }
            i += appendSpecial(text, at: i)
            plainEnd = text.endOfPlainText(from: i)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends the character at `i`, which needs escaping or checking; returns its size in bytes.
    private mutating func appendSpecial(_ text: Span<UInt8>, at i: Int) -> Int {
        let byte = text[i]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): appendEscape(byte)
        case 0x08: appendEscape(UInt8(ascii: "b"))
        case 0x09: appendEscape(UInt8(ascii: "t"))
        case 0x0A: appendEscape(UInt8(ascii: "n"))
        case 0x0C: appendEscape(UInt8(ascii: "f"))
        case 0x0D: appendEscape(UInt8(ascii: "r"))
        case 0..<0x20, 0x7F: appendUnicodeEscape(byte)
        default:
            let step = text.utf8Step(at: i)
            if !step.isValid {
                bytes.append(0xEF)
                bytes.append(0xBF)
                bytes.append(0xBD)
            } else if byte == 0xC2, text[i + 1] < 0xA0 {
                appendUnicodeEscape(text[i + 1])
            } else {
                appendBytes(text.extracting(i..<i + step.length))
            }
            return step.length
        }
        return 1
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
    }

    /// `\u00XX`
    private mutating func appendUnicodeEscape(_ byte: UInt8) {
        appendEscape(UInt8(ascii: "u"))
        bytes.append(UInt8(ascii: "0"))
        bytes.append(UInt8(ascii: "0"))
        // A nibble is less than 16, the number of digits.
        bytes.append(unsafe hexDigits.buffer[Int(byte >> 4)])
        bytes.append(unsafe hexDigits.buffer[Int(byte & 15)])
    }
}

extension StaticString {
    /// The bytes, which live as long as the program.
    var buffer: UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }

    /// Whether the text needs no escapes.
    var needsNoEscapes: Bool { unsafe buffer.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C } }
}
