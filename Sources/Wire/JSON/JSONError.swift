/// Why a text is not JSON (RFC 8259), and where.
public struct JSONError: Error, Hashable, Sendable {
    public var reason: Reason
    /// Offset of the byte that broke the rule; the length of the text when it ended too early.
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
        /// A string holds bytes that are not UTF-8.
        case invalidUTF8
        /// A control character stands unescaped in a string.
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
