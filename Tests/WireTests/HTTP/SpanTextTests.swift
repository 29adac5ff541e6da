import Testing

@testable import Wire

/// The comparisons that look at eight bytes at a time, against the plain ones.
@Suite struct SpanTextTests {
    /// Every byte at every place of a text that is longer than a word.
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
        for text in Self.changed("a value\twith one") {
            let expected = text.firstIndex { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } ?? text.count
            #expect(text.span.firstForbiddenControl(from: 0, to: text.count) == expected)
        }
    }
}
