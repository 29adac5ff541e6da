import Testing

@testable import Wire

struct RequestTargetTests {
    @Test(
        arguments: [
            ("/", "/", nil), ("/a/b", "/a/b", nil), ("/?", "/", ""), ("/a?b", "/a", "b"), ("/a?b?c=/", "/a", "b?c=/"),
            ("//", "//", nil), ("/a//b", "/a//b", nil), ("/%2e%2E/%00", "/%2e%2E/%00", nil), ("/a;b=1,2", "/a;b=1,2", nil),
            ("/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@", nil), ("/?-._~!$&'()*+,;=:@/?%20", "/", "-._~!$&'()*+,;=:@/?%20"),
            ("/http://x/", "/http://x/", nil), ("/*", "/*", nil),
        ] as [(String, String, String?)])
    func `an origin-form target is split unchanged`(target: String, path: String, query: String?) {
        let request = Parsed.target(target)
        #expect(request.isComplete)
        #expect(request.path == path)
        #expect(request.query == query)
        #expect(request.authority == "a")
    }

    @Test(
        arguments: [
            ("http://b/", "b", "/", nil), ("HTTPS://b:443/x?y", "b:443", "/x", "y"), ("hTTp://[::1]:8/?", "[::1]:8", "/", ""),
            ("http://b%41/c", "b%41", "/c", nil),
        ] as [(String, String, String, String?)])
    func `the authority of an absolute-form target wins over Host`(
        target: String, authority: String, path: String, query: String?
    ) {
        let request = Parsed.target(target)
        #expect(request.isComplete)
        #expect(request.authority == authority)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test func `an asterisk is a target for OPTIONS alone`() {
        let request = Parsed.target("*", method: "OPTIONS")
        #expect(request.isComplete)
        #expect(request.path == "")
        #expect(Parsed.target("*").refusal == .targetForm)
        #expect(Parsed.target("**", method: "OPTIONS").refusal == .targetForm)
        #expect(Parsed.target("*?a", method: "OPTIONS").refusal == .targetForm)
    }

    @Test(arguments: ["a:443", "/", "http://a/", "*"])
    func `CONNECT is a 501`(target: String) {
        #expect(Parsed.target(target, method: "CONNECT").refusal?.status == 501)
    }

    @Test(arguments: [
        "a", "a/b", "?a", "a:80", "ftp://a/", "http:/a", "http:a", "http//a", "ws://a/", "mailto:a", "http://a", "http://a?b",
        "http://a#b",
        "http://a:80", "\\a", "%2Fa", "@a", "httpss://a/", "://a/",
    ])
    func `any other form of target is refused`(target: String) {
        #expect(Parsed.target(target).refusal == .targetForm)
    }

    @Test(arguments: ["/#", "/a#b", "/a?b#c", "http://a/#b"])
    func `a fragment is refused`(target: String) {
        #expect(Parsed.target(target).refusal == .fragment)
    }

    @Test(arguments: ["/%", "/%4", "/%4g", "/%g4", "/%%20", "/?%", "/?a=%zz", "/a%2", "http://a/%0"])
    func `a percent sign without two hexadecimal digits is refused`(target: String) {
        #expect(Parsed.target(target).refusal == .percentEscape)
    }

    @Test(arguments: "\"<>[]\\^`{|}\u{E9}\u{80}".unicodeScalars.map(Character.init))
    func `a character that must be percent-encoded is refused in a path`(character: Character) {
        #expect(Parsed.target("/\(character)").refusal == .targetCharacter)
        #expect(Parsed.target("/\(character)?a").refusal == .targetCharacter)
    }

    @Test(arguments: ["filter[]=accountnumber.EQ:A1&expand[]=subscriptions", "a={b}|c^d`e", "\"<>\\", "??", "x=%5B%5D"])
    func `every visible ASCII character passes in a query`(query: String) throws {
        let parsed = Parsed.target("/a?\(query)")
        #expect(parsed.refusal == nil)
        let range = try #require(parsed.head.queryRange)
        #expect(range.count == query.utf8.count)
    }

    @Test(arguments: ["\t", "\u{1}", "\u{7F}", "\u{E9}", "\u{80}"])
    func `controls and bytes above ASCII are refused in a query, too`(text: String) {
        #expect(Parsed.target("/a?b\(text)c").refusal != nil)
    }

    @Test(arguments: Array(0x80...0xFF as ClosedRange<UInt8>))
    func `bytes above ASCII are refused in a target`(byte: UInt8) {
        #expect(Parsed(Array("GET /".utf8) + [byte] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8)).refusal == .targetCharacter)
    }

    @Test func `a tab in a target is refused`() {
        #expect(Parsed.target("/a\tb").refusal == .targetCharacter)
    }

    @Test(arguments: ["http://u@a/", "http://u:p@a/", "http://:p@a/", "http://u:80@a/", "http://a:b@c/", "https://@a/"])
    func `user information is refused`(target: String) {
        #expect(Parsed.target(target).refusal?.status == 400)
        #expect(Parsed.target(target).refusal != .targetForm)
    }

    @Test(arguments: ["http:///", "http:///x", "http://:80/", "http://a:b/", "http://a\\b/", "http://[/", "http://a%/"])
    func `a bad authority is refused`(target: String) {
        #expect(Parsed.target(target).refusal == .authority)
    }
}
