import Testing

@testable import Wire

struct FramingTests {
    @Test(arguments: [
        ("A: b", BodyFraming.none), ("Content-Length: 0", .length(0)), ("content-length:5", .length(5)),
        ("Content-Length: 0005", .length(5)), ("Content-Length: 9223372036854775807", .length(.max)),
        ("Transfer-Encoding: chunked", .chunked), ("TRANSFER-ENCODING:\tChunked ", .chunked), ("TE: trailers", .none),
    ])
    func `the framing follows from the fields`(line: String, framing: BodyFraming) {
        let request = Parsed.fields(line)
        #expect(request.isComplete)
        #expect(request.head.framing == framing)
    }

    @Test(arguments: [
        "", " ", "-1", "+1", "1.0", "1e3", "0x5", "5,", ",5", "5, 5", "5,5", "5 5", "5 6", "five", "5;", "\"5\"", "5_0",
        "\u{661}",
        "1a", "5\t5", "\u{A0}5",
    ])
    func `a malformed Content-Length is refused`(value: String) {
        #expect(Parsed.fields("Content-Length: \(value)").refusal == .contentLength)
    }

    @Test(arguments: ["9223372036854775808", "18446744073709551616", "18446744073709551621", "99999999999999999999999999"])
    func `a length that cannot be counted is a 413, never a small number`(value: String) {
        #expect(Parsed.fields("Content-Length: \(value)").refusal?.status == 413)
    }

    @Test(arguments: ["5", "6", "05"])
    func `a second Content-Length is refused, though it says the same`(second: String) {
        #expect(Parsed.fields("Content-Length: 5\r\nContent-length: \(second)").refusal == .repeatedContentLength)
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nA: b\r\nContent-Length: 0",
    ])
    func `Content-Length beside Transfer-Encoding is refused`(lines: String) {
        #expect(Parsed.fields(lines).refusal == .lengthAndCoding)
    }

    @Test(
        arguments: [
            "", ",", "chunked,", ",chunked", ", chunked", "chunked, chunked", "chunked,chunked", "chunked, gzip",
            "chunked, identity",
            "chunked;q=1", "chunked;", "\"chunked\"", "chunked chunked", "chunk\u{E9}d", "chunked\tx", "gzip;q=1, chunked",
            "=",
        ])
    func `a Transfer-Encoding that could hide chunked is refused`(value: String) {
        #expect(Parsed.fields("Transfer-Encoding: \(value)").refusal == .transferCoding)
    }

    @Test(arguments: [
        "gzip", "identity", "gzip, chunked", "deflate, chunked", "xchunked", "chunkedx", "x-chunked", "chunked-", "'chunked'",
        "0",
        "gzip, deflate", "compress",
    ])
    func `a coding that is not implemented is a 501`(value: String) {
        #expect(Parsed.fields("Transfer-Encoding: \(value)").refusal == .unknownTransferCoding)
    }

    @Test(arguments: [("chunked", 400), ("gzip", 400), ("", 400)])
    func `a second Transfer-Encoding after chunked is refused`(second: String, status: Int) {
        #expect(Parsed.fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: \(second)").refusal?.status == status)
    }

    @Test(arguments: ["gzip", "identity", "", "x"])
    func `chunked on a second Transfer-Encoding line is refused`(first: String) {
        #expect(Parsed.fields("Transfer-Encoding: \(first)\r\nTransfer-Encoding: chunked").refusal != nil)
    }

    @Test func `Transfer-Encoding on HTTP/1.0 is refused`() {
        let request = Parsed("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(request.refusal == .codingBeforeHTTP11)
    }

    @Test(arguments: [
        "Transfer-Encoding : chunked", "Transfer-Encoding\u{B}: chunked", "Transfer-Encoding: chunked\r\n , gzip",
        "Transfer-Encoding:\u{B}chunked", "Transfer-Encoding: chunked\u{0}", "Transfer-Encoding: \rchunked",
        "Transfer-Encoding:\n chunked", " Transfer-Encoding: chunked", "Transfer\u{0}Encoding: chunked",
        "Transfer-Encoding:\r\n chunked", "Content-Length: 5\u{0}", "Content-Length:\u{C}5", "Content-Length: 5\r\n 6",
    ])
    func `a disguised framing field is refused`(lines: String) {
        #expect(Parsed.fields(lines).refusal?.status == 400)
    }

    @Test(arguments: [
        "Transfer_Encoding: chunked", "TransferEncoding: chunked", "X-Transfer-Encoding: gzip", "Content_Length: 5",
    ])
    func `a name that only looks like a framing field frames nothing`(line: String) {
        let request = Parsed.fields(line)
        #expect(request.head.framing == .none)
        #expect(request.head.fields[1].name == .other)
    }
}
