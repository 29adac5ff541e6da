import Testing

@testable import Wire

struct ResponseFieldLineTests {
    private func read(_ bytes: [UInt8]) -> (name: FieldName, text: String)? {
        guard let field = FieldLine(responseLine: bytes.span) else { return nil }
        let name = String(decoding: bytes[field.nameRange], as: UTF8.self)
        return (field.name, name + "=" + String(decoding: bytes[field.valueRange], as: UTF8.self))
    }

    @Test(arguments: [
        ("Content-Length: 5\r\n", FieldName.contentLength, "Content-Length=5"), ("etag:W/\"a\"\n", .etag, "etag=W/\"a\""),
        ("Zuora-Request-Id: \t x \t\r\n", .zuoraRequestId, "Zuora-Request-Id=x"), ("A:\r\n", .other, "A="), ("A: ", .other, "A="),
        ("Age \t: 5\r\n", .age, "Age=5"), ("Location: http://a:1/\r\n", .location, "Location=http://a:1/"),
        ("A: b", .other, "A=b"), ("A: b\u{1}c\r\n", .other, "A=b\u{1}c"), ("A: \u{E9}\r\n", .other, "A=\u{E9}"),
    ])
    func `a response line is read leniently`(line: String, name: FieldName, text: String) {
        let field = read(Array(line.utf8))
        #expect(field?.name == name)
        #expect(field?.text == text)
    }

    @Test(arguments: [
        "", "\r\n", "\n", "HTTP/1.1 200 OK\r\n", ": b\r\n", " A: b\r\n", "\tfolded: x\r\n", " : b\r\n", "A(: b\r\n",
        "no colon\r\n",
        "A b: c\r\n", "A\u{E9}: b\r\n", "A\0: b\r\n", "A\r: b\r\n",
    ])
    func `a line without a proper name is none`(line: String) {
        #expect(read(Array(line.utf8)) == nil)
    }

    @Test(arguments: [0x00, 0x0A, 0x0D] as [UInt8])
    func `a line break or NUL in a value is never relayed`(byte: UInt8) {
        for value in [[byte, 0x62], [0x62, byte, 0x63], [0x62, byte, 0x0D, 0x0A, 0x0D, 0x0A]] as [[UInt8]] {
            #expect(read(Array("A: ".utf8) + value + [0x0D, 0x0A]) == nil)
        }
    }
}
