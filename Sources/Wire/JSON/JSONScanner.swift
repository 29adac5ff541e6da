/// Reads one JSON text (RFC 8259) in a single pass, event by event, without allocating: for extracting a few members from
/// a body on the hot path.
///
/// Strict: no comments, no trailing commas, no unescaped control characters, no leading zeros, no `NaN`; strings must be UTF-8.
/// Two liberties that the RFC grants: a leading byte order mark is skipped, and a lone surrogate escape (`\ud83d`) is accepted
/// and read as U+FFFD, since Java services may split pairs when truncating strings. Duplicate names are not detected here, since that
/// would need memory: `JSONValue` reports them, and callers can count.
///
///     var scanner = JSONScanner(body)
///     while let event = try scanner.next() {
///         if case .key(let name) = event, scanner.depth == 1, scanner.matches(name, "status") { … }
///     }
///
/// An error ends the scan; the events before it are valid for the text so far.
public struct JSONScanner: ~Escapable {
    /// The maximum nesting depth.
    public static let maximumDepth = 64

    @usableFromInline let bytes: Span<UInt8>
    /// Offset of the next byte to read.
    public internal(set) var position = 0
    /// The number of open containers.
    public private(set) var depth = 0
    /// One bit per open container, the innermost lowest: 1 is an object.
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

    /// The next event, or nil at the end of the text.
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

    /// Skips the rest of the innermost open container, including its end.
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

extension JSONScanner {
    /// Reads a string whose opening quotation mark is at `position`, and stops after the closing one.
    mutating func scanString() throws(JSONError) -> JSONSlice {
        let start = position + 1
        var i = start
        var hasEscapes = false
        while true {
            i = bytes.endOfPlainText(from: i)
            guard i < bytes.count else { throw JSONError(.truncated, at: bytes.count) }
            switch bytes[i] {
            case UInt8(ascii: "\""):
                position = i + 1
                return JSONSlice(range: start..<i, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                i = try endOfEscape(at: i)
            case 0..<0x20:
                throw JSONError(.controlCharacter, at: i)
            default:
                let step = bytes.utf8Step(at: i)
                guard step.isValid else {
                    throw JSONError(step.isTruncated ? .truncated : .invalidUTF8, at: step.isTruncated ? bytes.count : i)
                }
                i += step.length
            }
        }
    }

    /// Checks the escape whose backslash is at `i`, and returns the offset after it.
    private func endOfEscape(at i: Int) throws(JSONError) -> Int {
        guard i + 1 < bytes.count else { throw JSONError(.truncated, at: bytes.count) }
        switch bytes[i + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return i + 2
        case UInt8(ascii: "u"):
            for offset in i + 2..<i + 6 {
                guard offset < bytes.count else { throw JSONError(.truncated, at: bytes.count) }
                guard bytes[offset].hexValue != nil else { throw JSONError(.invalidEscape, at: offset) }
            }
            return i + 6
        default:
            throw JSONError(.invalidEscape, at: i + 1)
        }
    }

    /// Reads a number that begins at `position`: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
    mutating func scanNumber() throws(JSONError) -> Range<Int> {
        let start = position
        var i = start
        if bytes[i] == UInt8(ascii: "-") { i += 1 }
        let isZero = i < bytes.count && bytes[i] == UInt8(ascii: "0")
        i = try endOfDigits(from: i)
        if isZero, i - start > (bytes[start] == UInt8(ascii: "-") ? 2 : 1) { throw JSONError(.invalidNumber, at: start) }
        if i < bytes.count, bytes[i] == UInt8(ascii: ".") { i = try endOfDigits(from: i + 1) }
        if i < bytes.count, bytes[i] | 0x20 == UInt8(ascii: "e") {
            i += 1
            if i < bytes.count, bytes[i] == UInt8(ascii: "+") || bytes[i] == UInt8(ascii: "-") { i += 1 }
            i = try endOfDigits(from: i)
        }
        position = i
        return start..<i
    }

    /// The offset after one or more digits.
    private func endOfDigits(from start: Int) throws(JSONError) -> Int {
        var i = start
        while i < bytes.count, bytes[i] &- UInt8(ascii: "0") < 10 { i += 1 }
        guard i > start else { throw JSONError(i == bytes.count ? .truncated : .invalidNumber, at: i) }
        return i
    }
}
