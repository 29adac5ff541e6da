import Testing
import Wire

@testable import Policy

@Suite struct ResponseHeaderPolicyTests {
    private func relayed(_ lines: [String], replacing: FieldNameSet = []) -> String {
        var block = HeaderBlock()
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Array(parts[0].utf8)
            block.append(FieldName(name.span), nameBytes: name.span, value: Array(parts[1].drop { $0 == " " }.utf8).span)
        }
        var kept: [String] = []
        ResponseHeaderPolicy.forEachRelayed(block.fields, block.bytes.span, replacing: replacing) { index in
            let field = block.fields[index]
            kept.append(
                String(decoding: block.bytes[field.nameRange.lowerBound..<field.valueRange.upperBound], as: UTF8.self) + "\r\n")
        }
        return kept.joined()
    }

    @Test(arguments: [
        "Connection: close", "Keep-Alive: timeout=5", "Proxy-Connection: x", "TE: x", "Trailer: x", "Transfer-Encoding: chunked",
        "Upgrade: h2c", "Content-Length: 5", "WWW-Authenticate: Bearer", "Proxy-Authenticate: Basic",
        "Set-Cookie: ZSession=secret",
        "set-cookie2: x", "Zuora-Track-Id: other", "Alt-Svc: h3=\":443\"", "strict-transport-security: max-age=1",
        "Gateway-Outcome: cancelled", "Gateway-Attempts: 1", "Proxy-Authentication-Info: x",
    ])
    func `what is not for the caller is dropped`(_ line: String) {
        #expect(relayed([line]) == "")
        #expect(relayed(["A: 1", line, "B: 2"]) == "A: 1\r\nB: 2\r\n")
    }

    @Test(arguments: [
        "Zuora-Request-Id: 1", "RateLimit-Limit: 5", "RateLimit-Remaining: 5", "RateLimit-Reset: 5", "Concurrency-Limit-Type: d",
        "Concurrency-Limit-Limit: 40", "Concurrency-Limit-Remaining: 39", "Retry-After: 120", "Content-Type: application/json",
        "Content-Encoding: gzip", "ETag: \"x\"", "Vary: Accept", "Date: x", "Server: Zuora", "Via: 1.1 edge",
        "Proxy-Status: edge",
        "Location: /x", "X-Custom: y",
    ])
    func `everything else is relayed as it is`(_ line: String) {
        #expect(relayed([line]) == line + "\r\n")
    }

    @Test func `Connection removes what it names, but not what says how to read the content`() {
        #expect(relayed(["X: 1", "Content-Type: a/b", "Connection: x, content-type"]) == "Content-Type: a/b\r\n")
        let many = (0..<40).map { "h\($0)" }.joined(separator: ",")
        #expect(relayed(["X: 1", "Connection: \(many)", "Content-Type: a/b"]) == "Content-Type: a/b\r\n")
    }

    @Test func `what the relay writes itself is left out`() {
        #expect(relayed(["ETag: \"x\"", "Content-Encoding: gzip", "A: 1"], replacing: [.etag, .contentEncoding]) == "A: 1\r\n")
    }

    @Test func `an empty value stays empty`() {
        #expect(relayed(["X:"]) == "X: \r\n")
    }
}
