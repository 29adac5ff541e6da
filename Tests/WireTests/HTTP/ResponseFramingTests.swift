import Testing

@testable import Wire

struct ResponseFramingTests {
    @Test(arguments: [
        ("A: b", ResponseFraming.untilClose), ("Content-Length: 0", .length(0)), ("content-length:5", .length(5)),
        ("Content-Length : 5", .length(5)), ("Content-Length: 0005", .length(5)),
        ("Content-Length: 9223372036854775807", .length(.max)),
        ("Transfer-Encoding: chunked", .chunked), ("TRANSFER-ENCODING\t:\tChunked ", .chunked),
        ("Transfer_Encoding: chunked", .untilClose),
        ("Content-Length: 5, 5", .length(5)), ("Content-Length: 5,5 ,\t5", .length(5)),
        ("Content-Length: 5\r\nA: b\r\nContent-length: 5", .length(5)),
        ("Content-Length: 5\r\nContent-Length: 5, 5", .length(5)),
    ])
    func `the framing follows from the fields`(lines: String, framing: ResponseFraming) {
        let response = Received.fields(lines)
        #expect(response.fault == nil)
        #expect(response.framing == framing)
    }

    @Test(arguments: [
        ("Content-Length: 5, 5", ["Content-Length=5"]),
        ("Content-Length: 5\r\nA: b\r\nContent-length: 5", ["Content-Length=5", "A=b"]),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", ["Transfer-Encoding=chunked"]),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\nA: b\r\nContent-Length: 5, 5",
            ["Transfer-Encoding=chunked", "A=b"]
        ),
    ])
    func `corrections are applied to the fields as well`(lines: String, fields: [String]) {
        #expect(Received.fields(lines).fields == fields)
    }

    @Test(arguments: [
        "", " ", "-1", "+1", "1.0", "1e3", "0x5", "5,", ",5", "5,,5", "5 5", "five", "5;", "\"5\"", "5_0", "\u{661}", "1a",
        "5\t5", "\u{A0}5",
        ",", "5, x", "5, \"5\"",
    ])
    func `a malformed length is a fault`(value: String) {
        #expect(Received.fields("Content-Length: \(value)").fault == ResponseFault(.malformed))
        #expect(Received.fields("Transfer-Encoding: chunked\r\nContent-Length: \(value)").fault == ResponseFault(.malformed))
    }

    @Test(arguments: ["9223372036854775808", "18446744073709551616", "18446744073709551621", "5, 99999999999999999999999999"])
    func `a length that cannot be counted is a fault, never a small number`(value: String) {
        #expect(Received.fields("Content-Length: \(value)").fault == ResponseFault(.tooLarge))
    }

    @Test(arguments: [("5", "6"), ("5", "05"), ("5, 5", "6"), ("0", "1"), ("5", "5, 6")])
    func `lengths that differ are a fault`(first: String, second: String) {
        #expect(Received.fields("Content-Length: \(first)\r\nContent-Length: \(second)").fault == ResponseFault(.differing))
        #expect(Received.fields("Content-Length: \(first), \(second)").fault == ResponseFault(.differing))
    }

    @Test(arguments: [
        "", ",", "chunked,", ",chunked", "chunked, chunked", "chunked,chunked", "chunked, gzip", "gzip, chunked", "gzip",
        "identity",
        "chunked, identity", "identity, chunked", "chunked;q=1", "chunked;", "\"chunked\"", "chunked chunked", "xchunked",
        "chunkedx",
        "'chunked'", "chunked\tx", "chunked\u{A0}", "chunk\u{E9}d", "x",
    ])
    func `a Transfer-Encoding other than chunked alone is a fault`(value: String) {
        #expect(Received.fields("Transfer-Encoding: \(value)").fault == .transferCoding)
        #expect(Received.fields("Transfer-Encoding: \(value)\r\nContent-Length: 5").fault == .transferCoding)
    }

    @Test(arguments: ["chunked", "gzip", "", "identity"])
    func `a second Transfer-Encoding is a fault`(second: String) {
        #expect(Received.fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: \(second)").fault == .transferCoding)
        #expect(Received.fields("Transfer-Encoding: \(second)\r\nTransfer-Encoding: chunked").fault == .transferCoding)
    }

    @Test(arguments: ["", "Content-Length: 5\r\n", "Connection: keep-alive\r\n"])
    func `a Transfer-Encoding in HTTP 1_0 is a fault`(lines: String) {
        let response = Received("HTTP/1.0 200 OK\r\n\(lines)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        #expect(response.fault == .codingBeforeHTTP11)
    }

    @Test(arguments: [
        "Transfer-Encoding\u{B}: chunked", "Transfer-Encoding: chunked\r\n , gzip", "Transfer-Encoding:\u{B}chunked",
        "Transfer-Encoding: chunked\0", "Transfer-Encoding: \rchunked", "Transfer-Encoding:\n chunked",
        " Transfer-Encoding: chunked",
        "Transfer\0Encoding: chunked", "Transfer-Encoding:\r\n chunked", "Content-Length: 5\0", "Content-Length:\u{C}5",
        "Content-Length: 5\r\n 6", "Content-Length: 5\nTransfer-Encoding: chunked", "Content-Length: 5\rContent-Length: 6",
        "Transfer-Encoding chunked", "Transfer-Encoding \u{B}: chunked",
    ])
    func `a disguised framing field is a fault`(lines: String) {
        let response = Received.fields(lines)
        #expect(response.fault != nil)
        #expect(response.framing == nil)
    }

    @Test(arguments: [
        ("HTTP/1.1", "Content-Length: 0", true), ("HTTP/1.1", "Content-Length: 0\r\nConnection: close", false),
        ("HTTP/1.1", "Content-Length: 0\r\nConnection: a, CLOSE", false),
        ("HTTP/1.1", "Content-Length: 0\r\nConnection: keep-alive, close", false),
        ("HTTP/1.1", "Content-Length: 0\r\nConnection: \"close", false),
        ("HTTP/1.1", "Content-Length: 0\r\nConnection: close;x", false),
        ("HTTP/1.1", "Content-Length: 0\r\nConnection: x\r\nConnection: close", false),
        ("HTTP/1.1", "Transfer-Encoding: chunked", true),
        ("HTTP/1.1", "Connection: keep-alive", false), ("HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 5", false),
        ("HTTP/1.1", "Content-Length: 5\r\nContent-Length: 5", true), ("HTTP/1.0", "Content-Length: 0", false),
        ("HTTP/1.0", "Content-Length: 0\r\nConnection: Keep-Alive", true), ("HTTP/1.0", "Connection: keep-alive", false),
        ("HTTP/1.0", "Content-Length: 0\r\nConnection: keep-alive, close", false),
        ("HTTP/1.0", "Content-Length: 0\r\nKeep-Alive: timeout=5", false),
        ("HTTP/1.1", "Content-Length: 0\r\nProxy-Connection: close", true),
        ("HTTP/1.1", "Content-Length: 0\r\nConnection: closed", true),
    ])
    func `the connection is kept where version, Connection and framing agree`(version: String, lines: String, keeps: Bool) {
        #expect(Received("\(version) 200 OK\r\n\(lines)\r\n\r\n").keepsAlive == keeps)
    }

    @Test(arguments: [
        ("timeout=5", 5), ("timeout=5, max=100", 5), ("max=100,TIMEOUT = 7", 7), ("timeout=0", 0),
        ("timeout=99999999999999999999", 86_400),
        ("timeout=86401", 86_400), ("timeout=9, timeout=3", 3), ("", nil), ("max=5", nil), ("timeout", nil), ("timeout=", nil),
        ("timeout=-1", nil),
        ("timeout=5s", nil), ("timeouts=5", nil), ("timeout=\"5\"", nil), ("timeout=1.5", nil), ("5", nil), ("timeout:5", nil),
    ])
    func `Keep-Alive says how long`(value: String, seconds: Int?) {
        #expect(Received.fields("Content-Length: 0\r\nKeep-Alive: \(value)").keepAliveTimeout == seconds)
    }

    // What an attacker, or a broken server, may send: what becomes of it, and whether the connection is used again.

    @Test(arguments: [("200", true), ("204", false), ("304", false), ("404", true)])
    func `bytes behind a head without content are no part of it`(status: String, toHead: Bool) {
        let response = Received("HTTP/1.1 \(status) x\r\nContent-Length: 5\r\n\r\nhello", toHead: toHead)
        #expect(response.end == .complete)
        #expect(response.framing == ResponseFraming.none)
        #expect(response.body.isEmpty)
        #expect(response.rest == Array("hello".utf8))
    }

    @Test(arguments: [("200", true), ("304", false), ("304", true)])
    func `a length without its content is told to the client, and the connection kept`(status: String, toHead: Bool) {
        let response = Received("HTTP/1.1 \(status) x\r\nContent-Length: 5\r\n\r\n", toHead: toHead)
        #expect(response.fields == ["Content-Length=5"])
        #expect(response.keepsAlive)
    }

    @Test(arguments: ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked"])
    func `a 204 that announces content has none, says none, and its connection is not used again`(lines: String) {
        let response = Received("HTTP/1.1 204 x\r\n\(lines)\r\n\r\n")
        #expect(response.end == .complete)
        #expect(response.framing == ResponseFraming.none)
        #expect(!response.fields.contains("Content-Length=5"))
        #expect(!response.keepsAlive)
    }

    @Test func `a 204 of length 0 is a 204`() {
        let response = Received("HTTP/1.1 204 x\r\nContent-Length: 0\r\n\r\n")
        #expect(response.fields.isEmpty)
        #expect(response.keepsAlive)
    }

    @Test(arguments: ["Content-Length: 1\r\n\r\na", "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\n\r\n"])
    func `bytes behind the content are no part of it`(message: String) {
        let response = Received("HTTP/1.1 200 OK\r\n\(message)HTTP/1.1 200 OK\r\n")
        #expect(response.end == .complete)
        #expect(response.text == "a")
        #expect(response.rest == Array("HTTP/1.1 200 OK\r\n".utf8))
    }

    @Test(arguments: ["Content-Length: 11", "content-length: 0", "Content-Length: 1, 1"])
    func `chunked beats a length, and the connection is not used again`(line: String) {
        for lines in ["\(line)\r\nTransfer-Encoding: chunked", "Transfer-Encoding : chunked\r\n\(line)"] {
            let response = Received.fields(lines, then: "3\r\nabc\r\n0\r\n\r\n")
            #expect(response.end == .complete)
            #expect(response.text == "abc")
            #expect(!response.keepsAlive)
        }
    }
}
