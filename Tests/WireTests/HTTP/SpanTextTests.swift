import Testing

@testable import Wire

/// The comparisons that look at eight or sixteen bytes at a time, against the plain ones.
@Suite struct SpanTextTests {
    /// Every byte at every place of a text.
    private static func changed(_ text: String) -> [[UInt8]] {
        let bytes = Array(text.utf8)
        return bytes.indices.flatMap { index in
            (UInt8.min...UInt8.max).map { byte in
                var copy = bytes
                copy[index] = byte
                return copy
            }
        }
    }

    @Test func `names are compared without regard to the case of ASCII letters, and of nothing else`() {
        for name in Self.changed("x-azn{|}~@[`-09z") + Self.changed("proxy-status") {
            let folded = name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
            #expect(name.span.equals(ignoringCase: "x-azn{|}~@[`-09z") == (folded == Array("x-azn{|}~@[`-09z".utf8)))
            #expect(name.span.starts(withIgnoringCase: "proxy-st") == folded.starts(with: "proxy-st".utf8))
            #expect(name.span.equals(ignoringCase: "proxy-status") == (folded == Array("proxy-status".utf8)))
        }
    }

    @Test func `a target of visible characters is told from one with any other byte`() {
        for target in Self.changed("/v1/batch-query/jobs/a?b=c") {
            #expect(target.span.isVisibleASCII == target.allSatisfy { (0x21...0x7E).contains($0) })
        }
    }

    @Test func `the first control character is found wherever it stands`() {
        for text in Self.changed("a value\twith one, and\twith another") {
            let expected = text.firstIndex { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } ?? text.count
            #expect(text.span.firstForbiddenControl(from: 0, to: text.count) == expected)
        }
    }

    @Test func `the end of what a JSON string takes as it is is found wherever it stands`() {
        for text in Self.changed("a string, and one more word than that") {
            let expected = text.firstIndex { $0 < 0x20 || $0 >= 0x7F || $0 == 0x22 || $0 == 0x5C } ?? text.count
            for start in [0, 1, 16, 17, text.count] {
                #expect(text.span.endOfPlainText(from: start) == (expected < start ? text.count : expected))
            }
        }
    }

    @Test func `the end of letters, digits and hyphens is found wherever it stands`() {
        for text in Self.changed("Content-Length-or-another-name-2c92") {
            let expected = text.firstIndex { !"abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0.lowercased) } ?? text.count
            for (start, end) in [(0, text.count), (0, 20), (17, text.count), (5, 5), (text.count, text.count)] {
                let found = expected < start ? end : min(expected, end)
                #expect(text.span.endOfWord(from: start, to: end) == found)
            }
        }
    }
}
