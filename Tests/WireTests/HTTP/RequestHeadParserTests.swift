import Testing

@testable import Wire

struct RequestHeadParserTests {
    static let typical = Array(
        "DELETE /v1/batch-query/jobs/8a8082e1 HTTP/1.1\r\nHost: localhost:8080\r\nX-Zuora-Tenant: acme\r\n\r\n".utf8)

    @Test func `nothing is decided before the empty line has come`() {
        for end in 0..<Self.typical.count {
            var parser = RequestHeadParser()
            #expect(parser.parse(bytes: Array(Self.typical[..<end])) == .incomplete)
        }
    }

    @Test func `a complete head stays complete`() {
        var parser = RequestHeadParser()
        #expect(parser.parse(bytes: Self.typical) == .complete)
        let head = parser.head
        #expect(parser.parse(bytes: (Self.typical + [0])) == .complete)
        #expect(parser.head == head)
    }

    @Test func `a refusal stays a refusal`() {
        var parser = RequestHeadParser()
        #expect(parser.parse(bytes: Array("GET\r\n".utf8)) == .refused(.requestLine))
        #expect(parser.parse(bytes: Self.typical) == .refused(.requestLine))
    }

    @Test func `nothing of a request is left over in the next one`() {
        var parser = RequestHeadParser()
        let first = Array(
            "\r\nPOST http://b/x?y HTTP/1.0\r\nContent-Length: 5\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n".utf8)
        #expect(parser.parse(bytes: first) == .complete)
        parser.reset()
        #expect(parser.head == RequestHead())
        #expect(parser.parse(bytes: Self.typical) == .complete)
        var fresh = RequestHeadParser()
        #expect(fresh.parse(bytes: Self.typical) == .complete)
        #expect(parser.head == fresh.head)
    }

    @Test func `a parser can be used again after a refusal`() {
        var parser = RequestHeadParser()
        #expect(parser.parse(bytes: Array("\n".utf8)) == .refused(.bareLineFeed))
        parser.reset()
        #expect(parser.parse(bytes: Self.typical) == .complete)
    }

    @Test func `requests in a row are told apart by their length`() {
        var bytes = Self.typical + Self.typical
        var parser = RequestHeadParser()
        for _ in 0..<2 {
            #expect(parser.parse(bytes: bytes) == .complete)
            bytes.removeFirst(parser.head.length)
            parser.reset()
        }
        #expect(bytes.isEmpty)
    }

    @Test func `fewer bytes than before are no reason to crash`() {
        var parser = RequestHeadParser()
        #expect(parser.parse(bytes: Array(Self.typical[..<60])) == .incomplete)
        #expect(parser.parse(bytes: Array(Self.typical[..<3])) == .incomplete)
        #expect(parser.parse(bytes: [UInt8]()) == .incomplete)
    }

    @Test func `bytes are scanned once however slowly they arrive`() {
        // Each byte is overwritten once it has been parsed as part of a whole line: a parser that went back would stumble.
        var parser = RequestHeadParser()
        var bytes: [UInt8] = []
        var lineStart = 0
        for byte in Self.typical {
            bytes.append(byte)
            let isLineEnd = bytes.suffix(2) == [0x0D, 0x0A]
            let result = parser.parse(bytes: bytes)
            #expect(result == (bytes.count == Self.typical.count ? .complete : .incomplete))
            if isLineEnd {
                for i in lineStart..<bytes.count { bytes[i] = 0 }
                lineStart = bytes.count
            }
        }
    }

    @Test func `every refusal names the rule that it enforces`() {
        let refusals: [Refusal] = [.bareLineFeed, .connect, .host, .lengthAndCoding, .targetTooLong, .chunkSize]
        for refusal in refusals { #expect(refusal.reason.description.contains("(RFC ")) }
    }
}
