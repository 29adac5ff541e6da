import Testing

@testable import Wire

struct HostTests {
    private func request(host: String) -> Parsed { Parsed("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") }

    @Test(arguments: [
        "a", "example.com", "example.com:80", "a:", "127.0.0.1:65535", "[::1]", "[::1]:80", "[::ffff:127.0.0.1]:", "a_b", "a-b.",
        "xn--bcher-kva.example", "%61", "!$&'()*+,;=", "1",
    ])
    func `a host with an optional port is taken`(host: String) {
        #expect(request(host: host).isComplete)
        #expect(request(host: host).authority == host)
    }

    @Test(arguments: [
        "", ":80", "a b", "a:b", "a:80:80", "a:65536", "a:000080", "a:-1", "a:+1", "a/", "a/b", "a?b", "a#b", "a\\b", "u@a", "a@",
        "[", "[]", "[::1", "::1", "[::1]a", "[::1]80", "[::1%25eth0]", "[v1.a]", "[:]", "[g::1]", "a]", "<a>", "a\"b", "%4",
        "%zz",
        "b\u{FC}cher", "a,b c", "a\tb", "http://a", "a:80,b", "{a}", "a|b", "^", "`",
    ])
    func `a malformed Host is refused`(host: String) {
        #expect(request(host: host).refusal == .host)
    }

    @Test func `white space around the host does not belong to it`() {
        #expect(request(host: " \t a \t ").authority == "a")
    }

    @Test func `HTTP/1.1 needs a Host`() {
        #expect(Parsed("GET / HTTP/1.1\r\n\r\n").refusal == .missingHost)
        #expect(Parsed("GET http://a/ HTTP/1.1\r\n\r\n").refusal == .missingHost)
        #expect(Parsed("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n").refusal == .missingHost)
    }

    @Test func `HTTP/1.0 needs no Host`() {
        let request = Parsed("GET / HTTP/1.0\r\n\r\n")
        #expect(request.isComplete)
        #expect(request.authority == "")
    }

    @Test(arguments: ["1.0", "1.1"], ["a", "b"])
    func `a second Host is refused, though it says the same`(version: String, second: String) {
        #expect(Parsed("GET / HTTP/\(version)\r\nHost: a\r\nHOST: \(second)\r\n\r\n").refusal == .repeatedHost)
    }

    @Test func `a malformed Host is refused beside an absolute-form target`() {
        #expect(Parsed("GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n").refusal == .host)
        #expect(Parsed("GET http://a/ HTTP/1.0\r\nHost: a/b\r\n\r\n").refusal == .host)
    }

    @Test func `a Host that differs from an absolute-form target is taken`() {
        let request = Parsed("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n")
        #expect(request.isComplete)
        #expect(request.authority == "a")
    }
}
