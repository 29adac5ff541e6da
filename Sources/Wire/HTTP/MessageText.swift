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
}
