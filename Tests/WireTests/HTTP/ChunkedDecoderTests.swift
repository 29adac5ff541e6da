import Testing

@testable import Wire

struct ChunkedDecoderTests {
    @Test(arguments: [
        ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("a\r\n0123456789\r\n00\r\n\r\n", "0123456789"),
        ("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello"), ("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
        ("3\r\n0\r\n\r\n0\r\n\r\n", "0\r\n"),
    ])
    func `chunks make up the body`(body: String, text: String) {
        let decoded = Decoded(body)
        #expect(decoded.last == .end)
        #expect(decoded.text == text)
        #expect(decoded.used == body.utf8.count)
    }

    @Test func `what follows the body is left alone`() {
        let decoded = Decoded("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n")
        #expect(decoded.last == .end)
        #expect(decoded.used == 11)
    }

    @Test func `a truncated body is never a clean end`() {
        let body = Array("5;a=\"b\"\r\nhello\r\n0\r\nA: b\r\n\r\n".utf8)
        for end in 0..<body.count {
            let decoded = Decoded(pieces: [body[..<end]])
            #expect(decoded.last == .needMore)
        }
        #expect(Decoded(body).last == .end)
    }

    @Test(arguments: [
        "\r\n", "0x5\r\nhello\r\n", "+5\r\nhello\r\n", "-1\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\t\r\nhello\r\n",
        "g\r\n", "\n",
        "5h\r\nhello\r\n", "5 ;a\r\nhello\r\n", "5,\r\n", "5_0\r\n", "5.\r\n", ";a\r\n", "\"5\"\r\n", "\u{665}\r\n", "5\u{0}\r\n",
        "5\u{B}\r\n",
        "00000000000000005\r\nhello\r\n", "10000000000000000\r\n", "00000000000000000\r\n\r\n",
    ])
    func `a size that is not plain hexadecimal is refused`(body: String) {
        #expect(Decoded(body).refusal == .chunkSize)
    }

    @Test(arguments: [
        "8000000000000000\r\n", "FFFFFFFFFFFFFFFF\r\n", "FFFFFFFFFFFFFFFFF\r\n", "ffffffffffffffff;a\r\n", "F000000000000000\r\n",
    ])
    func `a size that cannot be counted is refused, never a small number`(body: String) {
        #expect(Decoded(body).refusal == .chunkTooLarge)
    }

    @Test func `the largest size that can be counted is waited for`() {
        let decoded = Decoded("7FFFFFFFFFFFFFFF\r\nabc")
        #expect(decoded.last == .needMore)
        #expect(decoded.text == "abc")
    }

    @Test(arguments: [
        "5\nhello\r\n0\r\n\r\n", "5\r\r\nhello", "5\rhello\r\n", "5;a\nhello", "5;a=b\nhello", "5;a=\"b\"\nhello", "5\r0\r\n",
    ])
    func `a size line without its CRLF is refused`(body: String) {
        #expect(Decoded(body).refusal == .chunkLineEnd)
    }

    @Test(arguments: [
        "1\r\nab\r\n", "1\r\na\n0\r\n\r\n", "1\r\na0\r\n\r\n", "1\r\na\r0\r\n\r\n", "1\r\na\r\r\n0\r\n\r\n", "5\r\nhelloX",
    ])
    func `data that is not followed by CRLF is refused`(body: String) {
        #expect(Decoded(body).refusal == .chunkDataEnd)
    }

    @Test(arguments: [";a", ";a=b", ";a=\"b\"", ";a;b", ";a=b;c=\"d;e\\\"\";f", ";a=\"\"", ";a=\"\u{E9}\t \""])
    func `an extension is tolerated and dropped`(text: String) {
        let decoded = Decoded("1\(text)\r\na\r\n0\(text)\r\n\r\n")
        #expect(decoded.last == .end)
        #expect(decoded.text == "a")
    }

    @Test(arguments: [
        ";", "; a", ";;a", ";a;", ";=b", ";a=", ";a=\"b", ";a=\"b\"c", ";a=b=c", ";a b", ";a =b", ";a= b", ";a=\"b\rc\"",
        ";a=\"b\nc\"",
        ";a=\"\\\r\"", ";a=\"b\u{0}\"", ";a=b\"c\"", ";\u{E9}", ";a\tb", ";a=\"b\" ", ";a\u{7F}",
    ])
    func `a malformed extension is refused`(text: String) {
        #expect(Decoded("1\(text)\r\na\r\n0\r\n\r\n").refusal == .chunkExtension)
    }

    @Test func `all extensions together are bounded`() {
        let half = String(repeating: "a", count: ChunkedDecoder.extensionLimit / 2 - 1)
        let chunk = "1;\(half)\r\na\r\n"
        let pieces = { (text: String) in [Array(text.utf8)[...]] }
        #expect(Decoded(pieces: pieces(chunk + chunk + "0\r\n\r\n")).last == .end)
        #expect(Decoded(pieces: pieces(chunk + chunk + "0;a\r\n\r\n")).refusal == .chunkExtensionsTooLarge)
    }

    @Test(arguments: ["A: b\r\n", "A:\r\n", "A: b\r\nC:\td\u{E9}\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"])
    func `trailers are dropped`(trailers: String) {
        let decoded = Decoded("1\r\na\r\n0\r\n\(trailers)\r\n")
        #expect(decoded.last == .end)
        #expect(decoded.text == "a")
    }

    @Test(arguments: [
        "A\r\n\r\n", ": b\r\n\r\n", "A : b\r\n\r\n", " A: b\r\n\r\n", "A: b\n\r\n", "A: b\r\r\n\r\n", "A: b\r\n c\r\n\r\n",
        "A: \u{0}\r\n\r\n",
        "\n", "\rX", "A: b\r\n\rX", "A: b\rC: d\r\n\r\n", "A\u{E9}: b\r\n\r\n", "A: b\r\n\n",
    ])
    func `a malformed trailer is refused`(trailers: String) {
        #expect(Decoded("1\r\na\r\n0\r\n\(trailers)").refusal == .trailer)
    }

    @Test func `trailers are bounded`() {
        let line = "A:" + String(repeating: "b", count: ChunkedDecoder.trailerLimit - 6) + "\r\n"
        #expect(Decoded(pieces: [Array("0\r\n\(line)\r\n".utf8)[...]]).last == .end)
        #expect(Decoded(pieces: [Array("0\r\nC:d\r\n\(line)\r\n".utf8)[...]]).refusal == .trailersTooLarge)
    }

    @Test func `end and refusal are final`() {
        for (body, isEnd) in [("0\r\n\r\n", true), ("x", false)] {
            var decoder = ChunkedDecoder()
            var offset = 0
            let last = decoder.next(body.utf8.span, from: &offset)
            #expect(decoder.isAtEnd == isEnd)
            offset = 0
            let again = decoder.next("1\r\na".utf8.span, from: &offset)
            #expect(again == last)
            #expect(offset == 0)
        }
    }
}
