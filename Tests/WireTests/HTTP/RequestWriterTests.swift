import Testing

@testable import Wire

struct RequestWriterTests {
    private func text(_ write: (inout RequestWriter) -> Void) -> String {
        var writer = RequestWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `a request is written as it goes on the wire`() {
        var block = HeaderBlock()
        block.append(.other, "X-A", "b")
        block.append(.other, "X-Empty", "")
        let request = text {
            $0.requestLine("DELETE".utf8.span, "/v1/jobs/7?a=b%20c".utf8.span)
            $0.field("Host", "example.com".utf8.span)
            $0.field("Authorization", "Bearer x".utf8.span)
            $0.field("X-B".utf8.span, "c".utf8.span)
            $0.fields(block)
            $0.framing(.length(2))
            $0.endHead()
            $0.body("{}".utf8.span)
        }
        #expect(
            request
                == "DELETE /v1/jobs/7?a=b%20c HTTP/1.1\r\nHost: example.com\r\nAuthorization: Bearer x\r\nX-B: c\r\nX-A: b\r\n"
                + "X-Empty: \r\nContent-Length: 2\r\n\r\n{}")
        #expect(Parsed(request).isComplete)
    }

    @Test(arguments: [
        ("POST", true), ("PUT", true), ("PATCH", true), ("GET", false), ("DELETE", false), ("HEAD", false), ("post", false),
        ("QUERY", false),
    ])
    func `a method that means something by content says that there is none`(method: String, says: Bool) {
        var writer = RequestWriter()
        for _ in 0..<2 {
            writer.removeAll()
            writer.requestLine(method.utf8.span, "/".utf8.span)
            writer.framing(.none)
            writer.endHead()
            #expect(
                String(decoding: writer.bytes, as: UTF8.self)
                    == "\(method) / HTTP/1.1\r\n" + (says ? "Content-Length: 0\r\n" : "") + "\r\n")
            // The method before has no say.
            writer.requestLine((says ? "GET" : "POST").utf8.span, "/".utf8.span)
        }
    }

    @Test func `chunks are written with their size in hexadecimal`() {
        let body = text {
            $0.framing(.chunked)
            $0.endHead()
            $0.chunk("hello".utf8.span)
            $0.chunk([UInt8]().span)
            $0.chunk([UInt8](repeating: 0x61, count: 26).span)
            $0.lastChunk()
        }
        #expect(
            body == "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1a\r\naaaaaaaaaaaaaaaaaaaaaaaaaa\r\n0\r\n\r\n")
    }

    @Test(arguments: [
        ("", "/"), ("GE T", "/"), ("GET\r\n", "/"), ("GET", ""), ("GET", "/ HTTP/1.1\r\nA: b"), ("GET", "/\n"), ("GET", "/\0"),
        ("GET", "/a b"),
        ("GET", "/\t"), ("GET", "/\u{E9}"), ("GET", "/\u{7F}"), ("G\u{E9}T", "/"), ("GET:", "/"),
    ])
    func `nothing can break out of the request line`(method: String, target: String) {
        var writer = RequestWriter()
        let isWritten = writer.requestLine(method.utf8.span, target.utf8.span)
        #expect(!isWritten)
        #expect(writer.bytes.isEmpty)
    }

    @Test(arguments: [("A", "a\r\nB: c"), ("A", "\0"), ("A", "\n"), ("A ", "b"), ("", "b"), ("A:", "b"), ("A\r\nB", "c")])
    func `no field can break out of its line`(name: String, value: String) {
        var writer = RequestWriter()
        let isWritten = writer.field(name.utf8.span, value.utf8.span)
        #expect(!isWritten)
        #expect(writer.framing(.length(-1)) == false)
        #expect(writer.bytes.isEmpty)
    }

    @Test func `the buffer keeps its memory, and a wipe overwrites it`() {
        var writer = RequestWriter(capacity: 4096)
        let capacity = writer.bytes.capacity
        for _ in 0..<3 {
            writer.requestLine("GET".utf8.span, "/".utf8.span)
            writer.body([UInt8](repeating: 0, count: 4000).span)
            writer.wipe()
            #expect(writer.bytes.isEmpty && writer.bytes.capacity == capacity)
        }
    }
}
