@testable import Wire

// Expectations cannot hold a span, so these take text in its place.

extension FieldName {
    init(text: String) { self.init(text.utf8.span) }
    init(bytes: [UInt8]) { self.init(bytes.span) }
}

extension [UInt8] {
    func equals(ignoringCase literal: StaticString) -> Bool { span.equals(ignoringCase: literal) }
    func equals(_ literal: StaticString) -> Bool { span.equals(literal) }
    func listContains(_ literal: StaticString) -> Bool { span.listContains(literal) }
    func firstForbiddenControl(from start: Int, to end: Int) -> Int { span.firstForbiddenControl(from: start, to: end) }
}
