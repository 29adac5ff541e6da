import Policy
import Testing

@Suite struct PageSummaryTests {
    @Test(arguments: [
        ("<html><head><title>Service Unavailable</title></head><body>x</body></html>", "Service Unavailable"),
        ("<HTML><TITLE\nclass='x'>\n  Access \t Denied\n</TITLE>", "Access Denied"),
        ("<!doctype HTML><h1>403 Forbidden</h1>", "403 Forbidden"),
        ("<html><title></title><h1>Sorry</h1>", "Sorry"),
        ("<html><body><p>Down for <b>maintenance</b></p></body></html>", "Down for maintenance"),
        ("<html></html>", nil), ("<html><title>", nil), ("<html", nil),
        ("<error><code>x</code> <text>too large</text></error>", "x too large"),
        ("Too\r\nmany\u{0}requests", "Too many requests"),
    ])
    func `a page is put into a few words`(page: String, words: String?) {
        #expect(verdict(503, page, type: "text/html").message == words)
    }

    @Test func `the words are bounded and cut between characters`() {
        let message = verdict(503, "<html><title>" + String(repeating: "日", count: 100) + "</title>").message
        #expect(message == String(repeating: "日", count: 39))
        #expect(verdict(503, String(repeating: "word ", count: 100_000)).message?.utf8.count ?? 0 <= 120)
    }

    @Test func `markup is HTML if it or its content type says so`() {
        #expect(verdict(503, "<div>x</div>", type: "Text/HTML; charset=utf-8").shape == .html)
        #expect(verdict(503, "<div>x</div>", type: "application/xml").shape == .xml)
        #expect(verdict(503, "plain", type: "text/html").shape == .text)
    }
}
