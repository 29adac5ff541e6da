import Testing

@testable import Wire

/// A request and what the parser makes of it, however its bytes are cut.
struct Parsed {
    let bytes: [UInt8]
    let result: RequestHeadParser.Result
    let head: RequestHead

    /// Parses the bytes whole, then with a cut at every offset, then a byte at a time, and records an issue where the outcome
    /// differs.
    init(
        _ bytes: [UInt8], limits: HeadLimits = HeadLimits(), sourceLocation: SourceLocation = #_sourceLocation
    ) {
        self.bytes = bytes
        var whole = RequestHeadParser(limits: limits)
        result = whole.parse(bytes.span)
        head = whole.head

        var dripped = RequestHeadParser(limits: limits)
        for cut in 0...bytes.count {
            var parser = RequestHeadParser(limits: limits)
            _ = parser.parse(bytes.span.extracting(first: cut))
            let last = parser.parse(bytes.span)
            #expect(last == result && parser.head == head, "cut at \(cut)", sourceLocation: sourceLocation)
            _ = dripped.parse(bytes.span.extracting(first: cut))
        }
        let last = dripped.parse(bytes.span)
        #expect(last == result && dripped.head == head, "a byte at a time", sourceLocation: sourceLocation)
    }

    init(_ text: String, limits: HeadLimits = HeadLimits(), sourceLocation: SourceLocation = #_sourceLocation) {
        self.init(Array(text.utf8), limits: limits, sourceLocation: sourceLocation)
    }

    /// A GET of `/` with these field lines, `\r\n` between them, and a Host.
    static func fields(_ lines: String, sourceLocation: SourceLocation = #_sourceLocation) -> Parsed {
        Parsed("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", sourceLocation: sourceLocation)
    }

    /// A request with this target.
    static func target(
        _ target: String, method: String = "GET", sourceLocation: SourceLocation = #_sourceLocation
    ) -> Parsed {
        Parsed("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n", sourceLocation: sourceLocation)
    }

    var refusal: Refusal? { if case .refused(let refusal) = result { refusal } else { nil } }
    var isComplete: Bool { result == .complete }

    func text(_ range: Range<Int>?) -> String? { range.map { String(decoding: bytes[$0], as: UTF8.self) } }
    var path: String? { text(head.pathRange) }
    var query: String? { text(head.queryRange) }
    var authority: String? { text(head.authorityRange) }
    var fields: [String] { head.fields.map { text($0.nameRange)! + "=" + text($0.valueRange)! } }
}

extension RequestHeadParser {
    mutating func parse(bytes: [UInt8]) -> Result { parse(bytes.span) }
}
