/// An event of `JSONScanner.next()`. Strings and numbers are positions in the text; nothing is copied.
public enum JSONEvent: Hashable, Sendable {
    case beginObject
    case endObject
    case beginArray
    case endArray
    /// The name of a member; the next event begins its value.
    case key(JSONSlice)
    case string(JSONSlice)
    /// A number as written.
    case number(Range<Int>)
    case bool(Bool)
    case null
}

/// A string in a JSON text: the content between its quotation marks, checked to be valid UTF-8 with valid escapes.
public struct JSONSlice: Hashable, Sendable {
    /// Offsets into the text.
    public var range: Range<Int>
    /// Whether it contains a backslash: if not, the bytes are the string.
    public var hasEscapes: Bool

    public init(range: Range<Int>, hasEscapes: Bool) {
        self.range = range
        self.hasEscapes = hasEscapes
    }
}

/// A number as written, to avoid rounding.
public struct JSONNumber: Hashable, Sendable {
    /// The digits, sign, point and exponent as in the text.
    public let text: String

    init(text: String) { self.text = text }

    public init(_ value: some BinaryInteger) { text = String(value) }

    /// - Returns: nil if the value is infinite or not a number, which JSON cannot represent.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = String(describing: value)
    }

    /// The value, if it is written without fraction and exponent and fits.
    public var int: Int? { Int(text) }

    /// The nearest double; nil when beyond the range.
    public var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

/// Why a text is not JSON (RFC 8259), and where.
public struct JSONError: Error, Hashable, Sendable {
    public var reason: Reason
    /// Offset of the invalid byte; the length of the text if it ended too early.
    public var offset: Int

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public enum Reason: Hashable, Sendable {
        /// The text ends in the middle of a value: it may be the beginning of a longer, valid one.
        case truncated
        /// A byte that the grammar does not allow here.
        case unexpectedByte
        /// A string contains bytes that are not UTF-8.
        case invalidUTF8
        /// A string contains an unescaped control character.
        case controlCharacter
        /// A backslash is followed by something other than `"\/bfnrt` or `u` and four hexadecimal digits.
        case invalidEscape
        /// A number with a leading zero, a bare sign, a missing digit.
        case invalidNumber
        /// More than `JSONScanner.maximumDepth` containers inside each other.
        case tooDeep
        /// More bytes or values than the caller allowed.
        case tooLarge
        /// Something other than white space follows the value.
        case trailingBytes
        /// An object has two members of the same name.
        case duplicateKey
    }
}
