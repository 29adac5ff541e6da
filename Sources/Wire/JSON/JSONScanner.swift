/// Reads one JSON text (RFC 8259) in a single pass, event by event, without allocating: made for picking a few members out of
/// a body on the hot path.
///
/// Strict: no comments, no trailing commas, no unescaped control characters, no leading zeros, no `NaN`; strings must be UTF-8.
/// Two liberties that the RFC grants: a leading byte order mark is skipped, and a lone surrogate escape (`\ud83d`) is accepted
/// and read as U+FFFD, since Java services cut strings in the middle of a pair. Duplicate names are not noticed here, as that
/// would need memory: `JSONValue` reports them, and whoever picks members can count.
///
///     var scanner = JSONScanner(body)
///     while let event = try scanner.next() {
///         if case .key(let name) = event, scanner.depth == 1, scanner.matches(name, "status") { … }
///     }
///
/// An error ends the scan; the events before it are true of the text so far.
public struct JSONScanner: ~Escapable {
    /// How many containers may be open inside each other.
    public static let maximumDepth = 64

    @usableFromInline let bytes: Span<UInt8>
    /// Offset of the next byte to read.
    public internal(set) var position = 0
    /// How many containers are open.
    public private(set) var depth = 0
    /// One bit an open container, the innermost lowest: 1 is an object.
    private var objects: UInt64 = 0
    var state = State.value

    /// Whether the innermost open container is an object.
    var isInObject: Bool { objects & 1 == 1 }

    /// What the grammar allows next.
    enum State { case value, objectStart, arrayStart, afterValue }

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
    }

    /// The next event, or nil after the whole text.
    public mutating func next() throws(JSONError) -> JSONEvent? {
        skipWhitespace()
        switch state {
        case .value:
            return try scanValue()
        case .objectStart:
            return try peek() == UInt8(ascii: "}") ? close() : scanKey()
        case .arrayStart:
            return try peek() == UInt8(ascii: "]") ? close() : scanValue()
        case .afterValue:
            guard depth > 0 else {
                guard position == bytes.count else { throw JSONError(.trailingBytes, at: position) }
                return nil
            }
            let isObject = isInObject
            let byte = try peek()
            if byte == UInt8(ascii: ",") {
                position += 1
                skipWhitespace()
                return try isObject ? scanKey() : scanValue()
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw JSONError(.unexpectedByte, at: position)
            }
            return close()
        }
    }

    /// Skips what is left of the innermost open container, its end included.
    public mutating func skipRest() throws(JSONError) {
        let level = depth
        while depth >= level, try next() != nil {}
    }

    private mutating func scanValue() throws(JSONError) -> JSONEvent {
        switch try peek() {
        case UInt8(ascii: "{"):
            try open(isObject: true)
            return .beginObject
        case UInt8(ascii: "["):
            try open(isObject: false)
            return .beginArray
        case UInt8(ascii: "\""):
            let slice = try scanString()
            state = .afterValue
            return .string(slice)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let range = try scanNumber()
            state = .afterValue
            return .number(range)
        case UInt8(ascii: "t"):
            try scanLiteral("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try scanLiteral("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try scanLiteral("null")
            return .null
        default:
            throw JSONError(.unexpectedByte, at: position)
        }
    }

    private mutating func scanKey() throws(JSONError) -> JSONEvent {
        guard try peek() == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: position) }
        let slice = try scanString()
        skipWhitespace()
        guard try peek() == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: position) }
        position += 1
        state = .value
        return .key(slice)
    }

    mutating func scanLiteral(_ literal: StaticString) throws(JSONError) {
        for offset in 0..<literal.utf8CodeUnitCount {
            guard position < bytes.count else { throw JSONError(.truncated, at: position) }
            let expected = unsafe literal.buffer[offset]
            guard bytes[position] == expected else { throw JSONError(.unexpectedByte, at: position) }
            position += 1
        }
        state = .afterValue
    }

    mutating func open(isObject: Bool) throws(JSONError) {
        guard depth < Self.maximumDepth else { throw JSONError(.tooDeep, at: position) }
        position += 1
        depth += 1
        objects = objects << 1 | (isObject ? 1 : 0)
        state = isObject ? .objectStart : .arrayStart
    }

    mutating func close() -> JSONEvent {
        let isObject = isInObject
        position += 1
        depth -= 1
        objects >>= 1
        state = .afterValue
        return isObject ? .endObject : .endArray
    }

    @inline(__always)
    private func peek() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw JSONError(.truncated, at: position) }
        return bytes[position]
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }
}
