import Testing
import Wire

@testable import Gateway

@Suite struct RequestFactsTests {
    @Test(arguments: [["no-transform", "max-age=0"], ["max-age=0", "no-transform"]])
    func `no-transform in any line of Cache-Control keeps a request's content as it is`(lines: [String]) {
        let text = Array(
            ("POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { "Cache-Control: \($0)\r\n" }.joined() + "\r\n").utf8)
        var parser = RequestHeadParser(limits: HeadLimits())
        #expect(parser.parse(text.span) == .complete)
        #expect(RequestCoding.Facts(parser.head, text.span, contentLength: 5000).noTransform)
    }
}
