/// Shared parts of writing requests and responses: field lines, framing, chunks (RFC 9112 sections 5 to 7).
/// A field whose name is not a token, or whose value has CR, LF or NUL, is not written (RFC 9110 section 5.5).
extension [UInt8] {
    mutating func appendLineEnd() { append("\r\n") }

    /// - Returns: false, and nothing is written, if the field cannot be.
    mutating func appendField(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        guard name.isToken, !value.hasLineBreakOrNUL else { return false }
        appendLine(name, value)
        return true
    }

    /// - Returns: false, and nothing is written, if the field cannot be.
    mutating func appendField(_ name: StaticString, _ value: Span<UInt8>) -> Bool {
        guard name.isToken, !value.hasLineBreakOrNUL else { return false }
        name.withUTF8Buffer { unsafe appendLine($0.span, value) }
        return true
    }

    /// - Returns: false, and nothing is written, if the field cannot be.
    mutating func appendField(_ name: StaticString, literal value: StaticString) -> Bool {
        guard name.isToken, !value.hasLineBreakOrNUL else { return false }
        name.withUTF8Buffer { name in value.withUTF8Buffer { unsafe appendLine(name.span, $0.span) } }
        return true
    }

    /// - Returns: false, and nothing is written, if the field cannot be, or the number is negative.
    mutating func appendField(_ name: StaticString, _ value: Int) -> Bool {
        guard name.isToken, value >= 0 else { return false }
        append(name)
        append(": ")
        appendDecimal(value)
        appendLineEnd()
        return true
    }

    /// Appends the field that says how the body ends: nothing for `none`, else Content-Length or Transfer-Encoding.
    /// - Returns: false, and nothing is written, if the length is negative.
    mutating func appendFraming(_ framing: BodyFraming) -> Bool {
        switch framing {
        case .none: true
        case .length(let length): appendField("Content-Length", length)
        case .chunked: appendField("Transfer-Encoding", literal: "chunked")
        }
    }

    /// Appends a complete chunk. Appends nothing for no data, since an empty chunk would end the body.
    mutating func appendChunk(_ data: Span<UInt8>) {
        guard !data.isEmpty else { return }
        appendChunkHead(data.count)
        append(data)
        appendLineEnd()
    }

    /// Appends the line before a chunk's data; nothing for a size below 1.
    mutating func appendChunkHead(_ size: Int) {
        guard size > 0 else { return }
        appendHex(size)
        appendLineEnd()
    }

    /// Appends the last chunk and an empty trailer section.
    mutating func appendLastChunk() { append("0\r\n\r\n") }

    /// Appends a number of 0 or more in decimal digits; a negative one as 0.
    mutating func appendDecimal(_ number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(truncatingIfNeeded: Swift.max(number, 0) / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends a number of 0 or more in hexadecimal digits.
    mutating func appendHex(_ number: Int) {
        let digits = Swift.max(1, (Int.bitWidth - number.leadingZeroBitCount + 3) / 4)
        for place in stride(from: digits - 1, through: 0, by: -1) {
            let digit = UInt8(truncatingIfNeeded: number >> (place * 4) & 0xF)
            append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }
}
