import Testing

@testable import Wire

@Suite struct HeaderBlockAppendTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `a joined block reads like its parts`() {
        var first = HeaderBlock()
        first.append(.via, "Via", "1.1 a")
        var second = HeaderBlock()
        second.append(.other, "X", "")
        second.append(.etag, "ETag", "\"e\"")
        first.append(contentsOf: second)
        first.append(contentsOf: HeaderBlock())
        first.append(.age, "Age", "1")
        #expect(first.bytes == bytes("Via: 1.1 a\r\nX: \r\nETag: \"e\"\r\nAge: 1\r\n"))
        #expect(first.fields.map(\.name) == [.via, .other, .etag, .age])
        #expect((0..<4).map { first.value($0) } == ["1.1 a", "", "\"e\"", "1"])
    }

    @Test func `a value in two parts is one value`() {
        var block = HeaderBlock()
        block.append(.authorization, nameBytes: bytes("A").span, prefix: bytes("Bearer ").span, value: bytes("t").span)
        block.append(.other, nameBytes: bytes("B").span, prefix: bytes("p").span, value: bytes("").span)
        #expect(block.bytes == bytes("A: Bearer t\r\nB: p\r\n"))
        #expect(block.value(0) == "Bearer t")
        #expect(block.value(1) == "p")
    }

    @Test(arguments: [
        ("A", "p", "a\rb"), ("A", "p", "a\nb"), ("A", "p", "a\0b"), ("A", "p\n", "a"), ("", "p", "a"), ("A", "", "a"),
    ])
    func `neither part can end the line`(_ name: String, _ prefix: String, _ value: String) {
        var block = HeaderBlock()
        let isAppended = block.append(
            .other, nameBytes: bytes(name).span, prefix: bytes(prefix).span, value: bytes(value).span)
        #expect(!isAppended)
        #expect(block.isEmpty && block.bytes.isEmpty)
    }
}
