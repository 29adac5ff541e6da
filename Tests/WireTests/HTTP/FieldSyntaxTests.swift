import Testing

@testable import Wire

struct FieldSyntaxTests {
    @Test(arguments: [
        ("A: b", "A=b"), ("A:b", "A=b"), ("A: \t b \t ", "A=b"), ("A:", "A="), ("A: ", "A="), ("A: b c\td", "A=b c\td"),
        ("A: b:c", "A=b:c"), ("A: :", "A=:"), ("!#$%&'*+-.^_`|~09: x", "!#$%&'*+-.^_`|~09=x"), ("A: \u{E9}", "A=\u{E9}"),
        ("A: \"b\\\"", "A=\"b\\\""),
    ])
    func `a field line is a name and a value without the white space around it`(line: String, field: String) {
        #expect(Parsed.fields(line).fields == ["Host=a", field])
    }

    @Test(arguments: Array(0x80...0xFF as ClosedRange<UInt8>) + [0x09] + Array(0x20...0x7E))
    func `a value may hold any visible byte, those above ASCII, space and tab`(byte: UInt8) {
        let request = Parsed(Array("GET / HTTP/1.1\r\nHost: a\r\nA: x".utf8) + [byte] + Array("y\r\n\r\n".utf8))
        #expect(request.isComplete)
        #expect(Array(request.bytes[request.head.fields[1].valueRange]) == [0x78, byte, 0x79])
    }

    @Test(arguments: (Array(0x00...0x1F as ClosedRange<UInt8>) + [0x7F]).filter { ![0x09, 0x0A, 0x0D].contains($0) })
    func `a control character is refused anywhere`(byte: UInt8) {
        let text = Array("GET /a HTTP/1.1\r\nHost: a\r\nAbc: def\r\n\r\n".utf8)
        for position in [0, 2, 6, 10, 18, 24, 27, 29, 32] {
            var bytes = text
            bytes.insert(byte, at: position)
            #expect(Parsed(bytes).refusal == .controlCharacter, "at \(position)")
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nA: b\nC: d\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\n",
        "GET /\n HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHo\nst: a\r\n\r\n",
    ])
    func `a bare LF is refused`(text: String) {
        #expect(Parsed(text).refusal == .bareLineFeed)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\rHost: a\r\n\r\n", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\rC: d\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", "GET /\r HTTP/1.1\r\n",
    ])
    func `a bare CR is refused`(text: String) {
        #expect(Parsed(text).refusal == .bareCarriageReturn)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nA:\r\n b: c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\t: b\r\n\r\n",
    ])
    func `a folded line is refused`(text: String) {
        #expect(Parsed(text).refusal == .foldedLine)
    }

    @Test func `a line of nothing but white space is refused`() {
        #expect(Parsed.fields(" ").refusal?.status == 400)
        #expect(Parsed.fields("\t").refusal?.status == 400)
    }

    @Test(arguments: ["A : b", "A\t: b", "Transfer-Encoding : chunked", "Content-Length : 5", "Host : b", "A b: c"])
    func `white space between name and colon is refused`(line: String) {
        #expect(Parsed.fields(line).refusal == .spaceBeforeColon)
    }

    @Test(arguments: [": b", ":", "A(: b", "A\u{E9}: b", "\"A\": b", "A/B: c", "A@: c", "[A]: b", "A,B: c", "A;: b", "A=B: c"])
    func `a name that is no token is refused`(line: String) {
        #expect(Parsed.fields(line).refusal == .fieldName)
    }

    @Test(arguments: ["A", "Host", "chunked"])
    func `a line without a colon is refused`(line: String) {
        #expect(Parsed.fields(line).refusal == .fieldWithoutColon)
    }
}
