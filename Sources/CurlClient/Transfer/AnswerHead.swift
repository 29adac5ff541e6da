import Wire

/// The head of an answer, taken line by line. Interim answers (1xx) are passed over, and so is the trailer.
struct AnswerHead {
    /// All lines together, interim answers included.
    static let maximumBytes = 128 << 10
    static let maximumFields = 256

    private(set) var status = 0
    private(set) var version = HTTPVersion.http11
    var fields = HeaderBlock()
    /// The final head is there.
    private(set) var isComplete = false
    /// Bytes taken.
    private(set) var count = 0
    /// Whether it says where the content ends (RFC 9112 section 6.3).
    private var hasFraming = false
    private(set) var contentLength: Int?

    enum Event {
        case goesOn, complete
        case refused(TransferFailure.Kind)
    }

    /// Takes one line, with its line end, as libcurl hands it over.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Event {
        // The trailer's fields come after the content.
        if isComplete { return .goesOn }
        count += line.count
        guard count <= Self.maximumBytes, fields.fields.count < Self.maximumFields else { return .refused(.headTooLarge) }
        guard let first = unsafe line.first else { return .goesOn }
        if first == 0x0D || first == 0x0A { return end() }
        if unsafe StatusLine.begins(line) {
            guard let statusLine = unsafe StatusLine(line) else { return .refused(.protocolError) }
            status = statusLine.status
            version = statusLine.version
            fields.removeAll()
            hasFraming = false
            contentLength = nil
            return .goesOn
        }
        return take(field: unsafe Span(_unsafeElements: line.assumingMemoryBound(to: UInt8.self)))
    }

    private mutating func take(field line: Span<UInt8>) -> Event {
        // A folded line is none: what it means has been disputed for too long (RFC 9112 section 5.2).
        guard let field = FieldLine(responseLine: line),
            fields.append(field.name, nameBytes: line.extracting(field.nameRange), value: line.extracting(field.valueRange))
        else { return .refused(.protocolError) }
        switch field.name {
        case .contentLength:
            // Of two lengths, or of one that is none, nobody knows what the next one on the way makes (RFC 9112 section 6.3).
            guard let length = Self.length(line.extracting(field.valueRange)), contentLength ?? length == length else {
                return .refused(.protocolError)
            }
            contentLength = length
            hasFraming = true
        case .transferEncoding: hasFraming = true
        default: break
        }
        return .goesOn
    }

    /// The value of Content-Length (RFC 9110 section 8.6); nil if it is none, or more than anybody sends.
    private static func length(_ value: Span<UInt8>) -> Int? {
        guard !value.isEmpty, value.count <= 18 else { return nil }
        var length = 0
        for index in value.indices {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(value[index]) else { return nil }
            length = length * 10 + Int(value[index] - UInt8(ascii: "0"))
        }
        return length
    }

    private mutating func end() -> Event {
        // A switch of protocols was not asked for.
        if status == 101 { return .refused(.protocolError) }
        guard status >= 200 else { return .goesOn }
        isComplete = true
        return .complete
    }

    /// Whether the content's end can be told from the content, so that the end of the connection need not be believed.
    func announcesEnd(ofHead isHead: Bool) -> Bool {
        hasFraming || isHead || status == 204 || status == 304 || version == .http2
    }

    /// Makes room for the next answer; keeps the memory.
    mutating func removeAll() {
        fields.removeAll()
        status = 0
        isComplete = false
        count = 0
        hasFraming = false
        contentLength = nil
    }
}
