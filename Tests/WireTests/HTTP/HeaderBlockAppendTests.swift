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
        block.append(.authorization, prefix: "Bearer ", value: bytes("t").span)
        block.append(.etag, prefix: "p", value: bytes("").span)
        #expect(block.bytes == bytes("Authorization: Bearer t\r\nETag: p\r\n"))
        #expect(block.value(0) == "Bearer t")
        #expect(block.value(1) == "p")
    }

    @Test(arguments: [
        (FieldName.etag, "a\rb" as String), (.etag, "a\nb"), (.etag, "a\0b"), (.other, "a"), (.xForwarded, "a"),
    ])
    func `a line of two parts has one name, and its value cannot end it`(_ name: FieldName, _ value: String) {
        var block = HeaderBlock()
        let isAppended = block.append(name, prefix: "p", value: bytes(value).span)
        #expect(!isAppended)
        #expect(block.isEmpty && block.bytes.isEmpty)
    }
}
