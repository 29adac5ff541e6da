extension JSONValue {
    /// What a text may cost.
    public struct Limits: Hashable, Sendable {
        public var bytes: Int
        /// Values and names altogether.
        public var values: Int

        public init(bytes: Int = 1 << 20, values: Int = 100_000) {
            self.bytes = bytes
            self.values = values
        }
    }

    /// Reads a whole text.
    /// - Throws: `JSONError`: anything that `JSONScanner` refuses, a text beyond the limits, or an object with two members of
    ///   the same name, of which nobody could tell the one that was meant (RFC 8259 section 4).
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
        var names: Set<String> = []
        while true {
            guard case .key(let slice) = try next() else { return members }
            let name = scanner.text(slice)
            guard names.insert(name).inserted else { throw JSONError(.duplicateKey, at: slice.range.lowerBound) }
            members.append(JSONValue.Member(name, try value(from: next())))
        }
    }
}
