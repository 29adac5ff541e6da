/// A complete JSON text as a tree. For small documents that are read rarely: state files, tests. On the hot path use
/// `JSONScanner`.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    /// The members in text order, with unique names.
    case object([Member])

    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: JSONValue

        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The member of that name, if this is an object that has one.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The element, if this is an array with that index.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var number: JSONNumber? {
        if case .number(let value) = self { value } else { nil }
    }

    /// A number's value, if it is an integer that fits; see `JSONNumber.int`.
    public var int: Int? { number?.int }

    /// A number's value; see `JSONNumber.double`.
    public var double: Double? { number?.double }

    public var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var object: [Member]? {
        if case .object(let value) = self { value } else { nil }
    }

    public var isNull: Bool { self == .null }

    /// The shortest JSON text of this value.
    public var serialized: [UInt8] {
        var writer = JSONWriter()
        writer.tree(self)
        return writer.bytes
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }

    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }

    public init(stringLiteral value: String) { self = .string(value) }

    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Keeps the first of several members with the same name.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var members: [Member] = []
        for (name, value) in elements where !members.contains(where: { $0.name == name }) {
            members.append(Member(name, value))
        }
        self = .object(members)
    }
}

extension JSONValue {
    /// Limits of a text.
    public struct Limits: Hashable, Sendable {
        public var bytes: Int
        /// The total number of values and names.
        public var values: Int

        public init(bytes: Int = 1 << 20, values: Int = 100_000) {
            self.bytes = bytes
            self.values = values
        }
    }

    /// Parses a complete text.
    /// - Throws: `JSONError`: anything that `JSONScanner` refuses, a text beyond the limits, or an object with two members of
    ///   the same name, which is ambiguous (RFC 8259 section 4).
    public init(parsing bytes: Span<UInt8>, limits: Limits = Limits()) throws(JSONError) {
        guard bytes.count <= limits.bytes else { throw JSONError(.tooLarge, at: limits.bytes) }
        var parser = Parser(scanner: JSONScanner(bytes), remaining: limits.values)
        self = try parser.document()
    }

    public init(parsing bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) {
        self = try JSONValue(parsing: bytes.span, limits: limits)
    }
}

/// Builds the tree; its recursion is as deep as `JSONScanner.maximumDepth`.
private struct Parser: ~Escapable {
    var scanner: JSONScanner
    var remaining: Int

    @_lifetime(copy scanner)
    init(scanner: consuming JSONScanner, remaining: Int) {
        self.scanner = scanner
        self.remaining = remaining
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(from: next())
        _ = try scanner.next()
        return value
    }

    private mutating func next() throws(JSONError) -> JSONEvent {
        guard let event = try scanner.next() else { throw JSONError(.truncated, at: scanner.position) }
        return event
    }

    private mutating func value(from event: JSONEvent) throws(JSONError) -> JSONValue {
        remaining -= 1
        guard remaining >= 0 else { throw JSONError(.tooLarge, at: scanner.position) }
        switch event {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .number(let range): return .number(JSONNumber(text: scanner.numberText(range)))
        case .string(let slice), .key(let slice): return .string(scanner.text(slice))
        case .beginArray: return .array(try elements())
        case .beginObject: return .object(try members())
        case .endArray, .endObject: throw JSONError(.unexpectedByte, at: scanner.position)
        }
    }

    private mutating func elements() throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        while true {
            let event = try next()
            if event == .endArray { return elements }
            elements.append(try value(from: event))
        }
    }

    private mutating func members() throws(JSONError) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        // By their bytes: as text, names are equal if they only look the same (RFC 8259 section 8.3).
        var names: Set<[UInt8]> = []
        while true {
            guard case .key(let slice) = try next() else { return members }
            let name = scanner.text(slice)
            guard names.insert(Array(name.utf8)).inserted else { throw JSONError(.duplicateKey, at: slice.range.lowerBound) }
            members.append(JSONValue.Member(name, try value(from: next())))
        }
    }
}
