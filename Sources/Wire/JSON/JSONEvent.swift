/// What `JSONScanner.next()` came upon. Strings and numbers are places in the text; nothing is copied.
public enum JSONEvent: Hashable, Sendable {
    case beginObject
    case endObject
    case beginArray
    case endArray
    /// The name of a member; the next event begins its value.
    case key(JSONSlice)
    case string(JSONSlice)
    /// A number as it is written.
    case number(Range<Int>)
    case bool(Bool)
    case null
}

/// A string in a JSON text: what stands between its quotation marks, known to be valid UTF-8 and validly escaped.
public struct JSONSlice: Hashable, Sendable {
    /// Offsets into the text.
    public var range: Range<Int>
    /// Whether a backslash occurs: if not, the bytes are the string.
    public var hasEscapes: Bool

    public init(range: Range<Int>, hasEscapes: Bool) {
        self.range = range
        self.hasEscapes = hasEscapes
    }
}
