import Testing

@testable import Wire

struct HeaderBlockTests {
    @Test func `lines are stored as they are sent`() {
        var block = HeaderBlock()
        #expect(block.append(.host, "Host", "a") == true)
        #expect(block.append(.other, "X-Empty", "") == true)
        let isAdded = block.append(.zuoraVersion, value: "2025-08-12".utf8.span)
        #expect(isAdded)
        #expect(String(decoding: block.bytes, as: UTF8.self) == "Host: a\r\nX-Empty: \r\nZuora-Version: 2025-08-12\r\n")
        #expect(block.fields.map(\.name) == [.host, .other, .zuoraVersion])
        #expect((0..<3).map(block.value) == ["a", "", "2025-08-12"])
    }

    @Test func `a line is found by its name`() {
        var block = HeaderBlock()
        block.append(.via, "Via", "a")
        block.append(.via, "Via", "b")
        #expect(block.first(.via) == "a")
        #expect(block.firstIndex(of: .host) == nil)
        block.removeAll()
        #expect(block.isEmpty && block.bytes.isEmpty && block.first(.via) == nil)
    }

    @Test(arguments: [
        ("", "b"), ("A b", "c"), ("A:", "b"), ("A", "b\r\nC: d"), ("A", "b\0"), ("A", "\n"), ("A", "b\r"), ("A\n", "b"),
    ])
    func `a line that would be read as something else is not added`(name: String, value: String) {
        var block = HeaderBlock()
        #expect(block.append(.other, name, value) == false)
        #expect(block.isEmpty && block.bytes.isEmpty)
    }

    @Test func `a name that is taken out is gone with all its lines, and nothing else`() {
        var block = HeaderBlock()
        for (name, text) in [(.traceparent, "1"), (.via, "2"), (.other, ""), (.traceparent, "3")] as [(FieldName, String)] {
            block.append(name, "\(name)", text)
        }
        block.remove(.etag)
        #expect(block.fields.count == 4)
        block.remove(.traceparent)
        #expect(block.fields.map(\.name) == [.via, .other])
        #expect(String(decoding: block.bytes, as: UTF8.self) == "via: 2\r\nother: \r\n")
        #expect((0..<2).map(block.value) == ["2", ""])
    }

    @Test func `a name that stands for many has no usual spelling`() {
        var block = HeaderBlock()
        let isAdded = [FieldName.other, .xForwarded].map { block.append($0, value: "a".utf8.span) }
        #expect(isAdded == [false, false])
        #expect(block.isEmpty)
    }
}
