import Testing

@testable import Wire

struct RequestLineTests {
    @Test func `a plain request is understood in all its parts`() {
        let request = Parsed("DELETE /v1/jobs/1?x=%2F HTTP/1.1\r\nHost: h:80\r\nA: 1\r\n\r\nrest")
        #expect(request.isComplete)
        #expect(request.head.method == .delete)
        #expect(request.text(request.head.methodRange) == "DELETE")
        #expect(request.text(request.head.targetRange) == "/v1/jobs/1?x=%2F")
        #expect(request.path == "/v1/jobs/1")
        #expect(request.query == "x=%2F")
        #expect(request.authority == "h:80")
        #expect(request.head.minorVersion == 1)
        #expect(request.fields == ["Host=h:80", "A=1"])
        #expect(request.head.fields.map(\.name) == [.host, .other])
        #expect(request.head.framing == .none)
        #expect(request.head.keepsAlive && !request.head.expectsContinue)
        #expect(request.head.length == request.bytes.count - 4)
    }

    @Test(arguments: [
        ("GET", RequestHead.Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete),
        ("PATCH", .patch), ("OPTIONS", .options), ("TRACE", .trace), ("get", .other), ("GETS", .other), ("M-SEARCH", .other),
        ("PURGE", .other), ("!#$%&'*+-.^_`|~09azAZ", .other), ("X", .other),
    ])
    func `a method is a token, and its case matters`(text: String, method: RequestHead.Method) {
        let request = Parsed.target("/", method: text)
        #expect(request.isComplete)
        #expect(request.head.method == method)
        #expect(request.text(request.head.methodRange) == text)
    }

    @Test(arguments: ["GE(T", "G\u{E9}T", "GET/", "\"GET\"", "GET:", "G@T", "{GET}", "G,T", ""])
    func `a method that is no token is refused`(method: String) {
        #expect(Parsed.target("/", method: method).refusal == .method)
    }

    @Test func `a method longer than any known is a 501`() {
        #expect(Parsed.target("/", method: String(repeating: "A", count: 32)).isComplete)
        #expect(Parsed.target("/", method: String(repeating: "A", count: 33)).refusal == .methodTooLong)
    }

    @Test(arguments: ["GET", "GET /", "GET  / HTTP/1.1", "GET /"])
    func `a request line of other than three parts is refused`(line: String) {
        #expect(Parsed("\(line)\r\nHost: a\r\n\r\n").refusal == .requestLine)
    }

    @Test(arguments: [
        "GET / HTTP/1.1 ", "GET /  HTTP/1.1", "GET / x HTTP/1.1", "GET / ", "GET / http/1.1", "GET / Http/1.1",
        "GET / HTTP/1", "GET / HTTP/1.", "GET / HTTP/11", "GET / HTTP/1.10", "GET / HTTP/01.1", "GET / HTTP1.1",
        "GET / HTTP /1.1", "GET / HTTP/+1.1", "GET / HTTP/1,1", "GET / HTTPS/1.1", "GET / XTTP/1.1", "GET / HTTP/1.x",
        "GET / HTTP/x.1", "GET / ICY/1.1", "GET / HTTP/1.1\t",
    ])
    func `a malformed version is refused`(line: String) {
        #expect(Parsed("\(line)\r\nHost: a\r\n\r\n").refusal == .version)
    }

    @Test(arguments: ["HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/3.0", "HTTP/9.9", "HTTP/0.0"])
    func `other versions are a 505`(version: String) {
        let request = Parsed("GET / \(version)\r\nHost: a\r\n\r\n")
        #expect(request.refusal == .versionNotSupported)
        #expect(request.refusal?.status == 505)
    }

    @Test func `the preface of HTTP/2 is a 505`() {
        #expect(Parsed("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").refusal?.status == 505)
    }

    @Test func `a TLS handshake is refused at its first byte`() {
        #expect(Parsed([0x16, 0x03, 0x01, 0x02, 0x00]).refusal == .controlCharacter)
    }

    @Test(arguments: [0, 1, 2])
    func `up to two empty lines before the request are skipped and counted`(count: Int) {
        let skipped = String(repeating: "\r\n", count: count)
        let request = Parsed("\(skipped)GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.isComplete)
        #expect(request.path == "/x")
        #expect(request.head.length == request.bytes.count)
    }

    @Test func `a third empty line before the request is refused`() {
        #expect(Parsed("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").refusal == .tooManyEmptyLines)
    }

    @Test(arguments: [" ", "\t"])
    func `white space before the method is refused`(space: String) {
        #expect(Parsed("\(space)GET / HTTP/1.1\r\nHost: a\r\n\r\n").refusal == .method)
    }
}
