import Testing

@testable import Wire

struct ResponseHeadParserTests {
    @Test func `a head is told apart as it was sent`() {
        let response = Received("HTTP/1.1 200 All is well\r\nA: b\r\nContent-Length:\t2 \r\nC:\r\nD:  e\tf\u{E9} \r\n\r\nhi")
        #expect(response.status == 200)
        #expect(response.minorVersion == 1)
        #expect(response.reason == "All is well")
        #expect(response.fields == ["A=b", "Content-Length=2", "C=", "D=e\tf\u{E9}"])
        #expect(response.framing == .length(2))
        #expect(response.text == "hi")
        #expect(response.end == .complete)
        #expect(response.keepsAlive)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200, "OK"), ("HTTP/1.1 599 ", 599, ""), ("HTTP/1.1 404", 404, ""),
        ("HTTP/1.0 200 \u{E9}\t!", 200, "\u{E9}\t!"),
        ("HTTP/1.1 299  x ", 299, " x "),
    ])
    func `a status line has three digits and perhaps a reason`(line: String, status: Int, reason: String) {
        let response = Received("\(line)\r\nContent-Length: 0\r\n\r\n")
        #expect(response.end == .complete)
        #expect(response.status == status)
        #expect(response.reason == reason)
    }

    @Test(arguments: [
        "HTTP/1.1 2000 OK", "HTTP/1.1 20 OK", "HTTP/1.1  200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 +20 OK", "HTTP/1.1 2e2 OK",
        "HTTP/1.1",
        "HTTP/1.1 ", "HTTP/1.1\t200 OK", "HTTP/1.1 200OK", "HTTP/1.1 -20 OK", "HTTP/1.1 20x", "HTTP/1.12 200 OK",
        "HTTP/1.1 2\u{661}",
    ])
    func `a malformed status line is a fault`(line: String) {
        #expect(Received("\(line)\r\n\r\n").fault == .statusLine)
    }

    @Test(arguments: ["000", "099", "600", "999"])
    func `a status outside of 100 to 599 is a fault`(status: String) {
        #expect(Received("HTTP/1.1 \(status) x\r\n\r\n").fault == .status)
    }

    @Test(arguments: [
        "HTTP/2 200\r\n", "HTTP/1.2 200 OK\r\n", "HTTP/1.x 200 OK\r\n", "http/1.1 200 OK\r\n", "ICY 200 OK\r\n",
        "\r\nHTTP/1.1 200 OK\r\n",
        " HTTP/1.1 200 OK\r\n", "\nHTTP/1.1 200 OK\r\n", "0\r\n\r\nHTTP/1.1 200 OK\r\n", "SSH-2.0-OpenSSH_9", "\u{15}\u{3}\u{1}",
        "x",
        "HTTP/1.\r\n",
    ])
    func `what is not HTTP 1 is a fault`(start: String) {
        #expect(Received(start).fault == .notHTTP)
    }

    @Test(arguments: ["", "H", "HTTP/1.", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r"])
    func `a head that is not whole is waited for, and cut if the connection closes`(start: String) {
        #expect(Received(start).end == .waiting)
        #expect(Received(start, closed: true).fault == .incomplete)
    }

    @Test(arguments: [
        ("A: b\nC: d", HeadLines.Fault.bareLineFeed), ("A: b\rC: d", .bareCarriageReturn), ("A: b\r\rC: d", .bareCarriageReturn),
        ("A: \0", .controlCharacter), ("A\0: b", .controlCharacter), ("A: b\u{B}", .controlCharacter),
        ("A: \u{7F}", .controlCharacter),
        ("A: b\u{1B}", .controlCharacter), ("A: b\r\n c", .foldedLine), ("A: b\r\n\tc", .foldedLine), (" A: b", .foldedLine),
        ("A", .withoutColon), ("A b", .name), ("A ", .withoutColon), (": b", .name), ("A(: b", .name), ("A\u{E9}: b", .name),
        ("A B: c", .name), ("A\u{A0}: b", .name), ("\"A\": b", .name),
    ])
    func `a malformed field line is a fault`(lines: String, fault: HeadLines.Fault) {
        #expect(Received.fields(lines).fault == ResponseFault(fault))
    }

    @Test(arguments: ["HTTP/1.1 200 O\0K\r\n", "HTTP/1.1 200 O\u{7}K\r\n", "HTTP/1.1 \0200 OK\r\n"])
    func `a control character in the status line is a fault`(line: String) {
        #expect(Received(line).fault == ResponseFault(.controlCharacter))
    }

    @Test(arguments: ["A : b", "A\t: b", "A \t : b"])
    func `white space before a colon is removed`(line: String) {
        #expect(Received.fields("\(line)\r\nContent-Length: 0").fields == ["A=b", "Content-Length=0"])
    }

    @Test func `an interim response is passed over`() {
        let response = Received(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\nContent-Length: 0\r\n\r\nHTTP/1.1 199\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        #expect(response.interim == [100, 103, 199])
        #expect(response.status == 200)
        #expect(response.fields == ["Content-Length=2"])
        #expect(response.text == "hi")
        #expect(response.keepsAlive)
    }

    @Test func `an interim response in HTTP 1_0 is a fault`() {
        #expect(Received("HTTP/1.0 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n").fault == .interimBeforeHTTP11)
    }

    @Test func `an interim response may ask to close the connection after the final one`() {
        let response = Received(
            "HTTP/1.1 103 x\r\nConnection: close\r\n\r\nHTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(response.end == .complete)
        #expect(!response.keepsAlive)
    }

    @Test(arguments: ["Content-Length: 5", "Transfer-Encoding: chunked"])
    func `an interim response that announces content has none, and its connection is not used again`(line: String) {
        let response = Received("HTTP/1.1 100 Continue\r\n\(line)\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(response.end == .complete)
        #expect(response.interim == [100])
        #expect(response.status == 200)
        #expect(!response.keepsAlive)
    }

    @Test func `switching protocols is a fault, as soon as it is said`() {
        let response = Received("HTTP/1.1 101 Switching Protocols\r\n")
        #expect(response.fault == .upgrade)
        #expect(response.fault?.kind.proxyStatusError.description == "http_upgrade_failed")
    }

    @Test func `a flood of interim responses is a fault`() {
        let limits = ResponseHeadParser.Limits(head: 250)
        let interim = "HTTP/1.1 100 Continue\r\n\r\n"
        let ten = String(repeating: interim, count: 10)
        let final = "HTTP/1.1 204 x\r\nA: \(String(repeating: "b", count: 200))\r\n\r\n"
        #expect(Received(ten + final, limits: limits).end == .complete)
        let flood = Received(ten + interim + final, limits: limits)
        #expect(flood.fault == .interimTooLarge)
        #expect(flood.interim.count == 10)
    }

    @Test func `the head is bounded`() {
        let limits = ResponseHeadParser.Limits(head: 100, line: 100)
        let start = "HTTP/1.1 204 x\r\nA: "
        let fill = { (count: Int) in start + String(repeating: "b", count: count - start.utf8.count - 4) + "\r\n\r\n" }
        #expect(Received(fill(100), limits: limits).end == .complete)
        #expect(Received(fill(101), limits: limits).fault == .headTooLarge)
        #expect(Received(start + String(repeating: "b", count: 100), limits: limits).fault == .headTooLarge)
    }

    @Test func `a line is bounded`() {
        let limits = ResponseHeadParser.Limits(head: 1000, line: 20)
        #expect(
            Received("HTTP/1.1 204 xxxxx\r\nA: \(String(repeating: "b", count: 15))\r\n\r\n", limits: limits).end == .complete)
        #expect(
            Received("HTTP/1.1 204 x\r\nA: \(String(repeating: "b", count: 16))\r\n\r\n", limits: limits).fault?.kind
                == .lineTooLong)
        #expect(Received("HTTP/1.1 204 xxxxxx\r\n\r\n", limits: limits).fault?.kind == .lineTooLong)
    }

    @Test func `the number of fields is bounded`() {
        let limits = ResponseHeadParser.Limits(fields: 3)
        let lines = { (count: Int) in String(repeating: "A: b\r\n", count: count) }
        #expect(Received("HTTP/1.1 204 x\r\n\(lines(3))\r\n", limits: limits).end == .complete)
        #expect(Received("HTTP/1.1 204 x\r\n\(lines(4))\r\n", limits: limits).fault == .tooManyFields)
    }

    @Test func `a parser that is reset remembers nothing`() {
        var parser = ResponseHeadParser(limits: ResponseHeadParser.Limits(head: 60))
        let interim = Array("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n".utf8)
        let final = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8)
        for _ in 0..<3 {
            #expect(parser.parse(interim, toHead: false) == .interim)
            #expect(parser.parse(interim, toHead: false) == .interim)
            parser.continueAfterInterim()
            parser.continueAfterInterim()
            #expect(parser.parse(final, toHead: true) == .complete)
            #expect(!parser.head.keepsAlive)
            parser.continueAfterInterim()
            #expect(parser.parse(interim, toHead: false) == .complete)
            parser.reset()
            #expect(parser.head == ResponseHead())
            #expect(parser.parse(final, toHead: false) == .complete)
            #expect(parser.head.keepsAlive && parser.head.framing == .length(5))
            parser.reset()
            #expect(parser.parse(Array("x".utf8), toHead: false) == .broken(.notHTTP))
            #expect(parser.parse(final, toHead: false) == .broken(.notHTTP))
            parser.reset()
        }
    }

    @Test func `every kind of fault has an error type of RFC 9209`() {
        let kinds: [ResponseFault.Kind] = [
            .protocolError, .headTooLarge, .lineTooLong, .trailersTooLarge, .transferCoding, .incomplete, .upgradeFailed,
        ]
        #expect(Set(kinds.map(\.proxyStatusError.description)).count == kinds.count)
        #expect(kinds.allSatisfy { $0.proxyStatusError.description.hasPrefix("http_") })
    }
}

extension ResponseHeadParser {
    mutating func parse(_ bytes: [UInt8], toHead isHead: Bool) -> Result { parse(bytes.span, toHead: isHead) }
}
