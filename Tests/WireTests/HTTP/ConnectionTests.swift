import Testing

@testable import Wire

struct ConnectionTests {
    @Test(arguments: [
        ("1.1", "A: b", true), ("1.0", "A: b", false), ("1.1", "Connection: close", false), ("1.1", "Connection: CLOSE", false),
        ("1.0", "Connection: keep-alive", true), ("1.0", "Connection: Keep-Alive", true), ("1.1", "Connection: keep-alive", true),
        ("1.1", "Connection: keep-alive, close", false), ("1.0", "Connection: keep-alive, close", false),
        ("1.1", "Connection: x, ,close", false), ("1.1", "Connection: x\r\nConnection: close", false),
        ("1.1", "Connection: close\r\nConnection: keep-alive", false), ("1.1", "Connection: closed", true),
        ("1.1", "Connection: x-close", true), ("1.1", "Connection:", true), ("1.1", "Keep-Alive: timeout=0", true),
        ("1.1", "Proxy-Connection: close", true), ("1.0", "Proxy-Connection: keep-alive", false),
        ("1.1", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c", true), ("1.1", "Connection: close,", false),
    ])
    func `Connection and the version decide whether the connection stays`(version: String, lines: String, stays: Bool) {
        let request = Parsed("GET / HTTP/\(version)\r\nHost: a\r\n\(lines)\r\n\r\n")
        #expect(request.isComplete)
        #expect(request.head.keepsAlive == stays)
    }

    @Test(arguments: ["\"close\"", "a b", "close;q=1", "a/b", "\u{E9}", "close\tx", "a, b c"])
    func `a Connection that is no list of tokens is refused`(value: String) {
        #expect(Parsed.fields("Connection: \(value)").refusal == .connection)
    }

    @Test(arguments: [
        "Expect: 100-continue", "expect: 100-CONTINUE", "Expect: 100-continue, 100-continue",
        "Expect: 100-continue\r\nExpect: 100-continue",
    ])
    func `a client that expects 100-continue is noticed if a body follows`(line: String) {
        #expect(Parsed.fields("\(line)\r\nContent-Length: 1").head.expectsContinue)
        #expect(Parsed.fields("\(line)\r\nTransfer-Encoding: chunked").head.expectsContinue)
        #expect(Parsed.fields(line).isComplete && !Parsed.fields(line).head.expectsContinue)
        #expect(!Parsed.fields("\(line)\r\nContent-Length: 0").head.expectsContinue)
    }

    @Test func `HTTP/1.0 cannot expect 100-continue`() {
        let request = Parsed("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        #expect(request.isComplete)
        #expect(!request.head.expectsContinue)
    }

    @Test(arguments: ["200-ok", "100-continue, x", "100", "100-continue;a=b", "\"100-continue\"", "100-continued", "x=\"a,b\""])
    func `any other expectation is a 417`(value: String) {
        #expect(Parsed.fields("Expect: \(value)\r\nContent-Length: 1").refusal?.status == 417)
    }
}
