import Testing

@testable import Wire

struct ResponseBodyDecoderTests {
    @Test func `a body whose length is known is cut at its length`() {
        let response = Received("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd")
        #expect(response.text == "abc")
        #expect(response.end == .complete)
        #expect(response.rest == [0x64])
    }

    @Test(arguments: [true, false])
    func `a body that is cut is never a clean end`(cleanly: Bool) {
        for response in [
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\n\r\n",
        ] {
            let bytes = Array(response.utf8)
            for end in 0..<bytes.count {
                #expect(Received(Array(bytes[..<end]), closed: cleanly).fault == .incomplete)
            }
            #expect(Received(bytes, closed: cleanly).end == .complete)
        }
    }

    @Test(arguments: ["", "a", "abc\r\n\r\n"])
    func `a body without framing ends with the connection, if that ends cleanly`(body: String) {
        let response = "HTTP/1.1 200 OK\r\n\r\n\(body)"
        #expect(Received(response).end == .waiting)
        #expect(Received(response, closed: true).end == .complete)
        #expect(Received(response, closed: true).text == body)
        #expect(Received(response, closed: false).fault == .incomplete)
    }

    @Test(arguments: [
        "x", "1\na", "1\r\nab", "1\r\na\r\n0\r\nA b\r\n\r\n", "1;\r\n", " 1\r\n", "0x1\r\na", "FFFFFFFFFFFFFFFF\r\n",
        "1 \r\na\r\n", "-1\r\n",
    ])
    func `broken chunks are a fault of the coding`(body: String) {
        let response = Received("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
        #expect(response.fault?.kind == .transferCoding)
    }

    @Test func `trailers that are too large are a fault of their own`() {
        let body = "0\r\nA: \(String(repeating: "b", count: ChunkedDecoder.trailerLimit))\r\n\r\n"
        let bytes = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(body)".utf8)
        let response = Received(pieces: [bytes[...]], toHead: false, closed: nil, limits: ResponseHeadParser.Limits())
        #expect(response.fault?.kind == .trailersTooLarge)
    }

    @Test(arguments: [
        (ResponseFraming.none, true), (.length(0), true), (.length(5), true), (.chunked, true), (.untilClose, false),
        (.length(-1), true),
    ])
    func `a connection can be reused where the framing ends the body`(framing: ResponseFraming, ends: Bool) {
        #expect(ResponseBodyDecoder(framing).endsByFraming == ends)
    }

    @Test(arguments: [ResponseFraming.none, .length(0), .length(.min)])
    func `no content is an end at once`(framing: ResponseFraming) {
        var decoder = ResponseBodyDecoder(framing)
        var offset = 0
        let event = decoder.next("abc".utf8.span, from: &offset)
        #expect(event == .end)
        #expect(offset == 0)
        #expect(decoder.closed(cleanly: false) == .end)
    }

    @Test(arguments: [(ResponseFraming.length(5), "hello"), (.chunked, "0\r\n\r\n"), (.chunked, "x"), (.untilClose, "a")])
    func `what the end of the connection made of a body is final`(framing: ResponseFraming, body: String) {
        for cleanly in [true, false] {
            var decoder = ResponseBodyDecoder(framing)
            var offset = 0
            while case .data = decoder.next(body.utf8.span, from: &offset) {}
            let event = decoder.closed(cleanly: cleanly)
            #expect(decoder.closed(cleanly: !cleanly) == event)
            offset = 0
            let next = decoder.next("abc".utf8.span, from: &offset)
            #expect(next == event)
            #expect(offset == 0)
        }
    }
}
