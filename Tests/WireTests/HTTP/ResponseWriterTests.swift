import Testing

@testable import Wire

struct ResponseWriterTests {
    private func text(_ write: (inout ResponseWriter) -> Void) -> String {
        var writer = ResponseWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `a response is written as it goes on the wire`() {
        let response = text {
            $0.status(200)
            $0.field("Content-Type", literal: "application/json")
            $0.field("Via", "1.1 zuora-gateway")
            $0.field("X-A".utf8.span, "b".utf8.span)
            $0.field("Retry-After", 7)
            $0.framing(.length(2))
            $0.endHead()
            $0.body("{}".utf8.span)
        }
        #expect(
            response == "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nVia: 1.1 zuora-gateway\r\nX-A: b\r\n"
                + "Retry-After: 7\r\nContent-Length: 2\r\n\r\n{}")
    }

    @Test func `chunks are written with their size in hexadecimal`() {
        let body = text {
            $0.framing(.chunked)
            $0.endHead()
            $0.chunk("hello".utf8.span)
            $0.chunk([UInt8](repeating: 0x61, count: 26).span)
            $0.chunk([UInt8]().span)
            $0.lastChunk()
        }
        #expect(
            body == "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1a\r\naaaaaaaaaaaaaaaaaaaaaaaaaa\r\n0\r\n\r\n")
    }

    @Test func `a chunked body can be decoded again`() {
        var writer = ResponseWriter()
        var data: [UInt8] = []
        for size in [1, 15, 16, 17, 255, 256, 4095, 4096] {
            let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
            writer.chunk(piece.span)
            data += piece
        }
        writer.lastChunk()
        let decoded = Decoded(pieces: [writer.bytes[...]])
        #expect(decoded.last == .end)
        #expect(decoded.data == data)
    }

    @Test(arguments: [
        (100, "Continue"), (200, "OK"), (204, "No Content"), (304, "Not Modified"), (404, "Not Found"),
        (429, "Too Many Requests"),
        (431, "Request Header Fields Too Large"), (505, "HTTP Version Not Supported"), (299, ""), (999, ""), (418, ""), (306, ""),
    ])
    func `a status line has the registered phrase, or none`(status: Int, phrase: String) {
        #expect(text { $0.status(status) } == "HTTP/1.1 \(status) \(phrase)\r\n")
    }

    @Test(arguments: [0, 99, 1000, -200, Int.max, Int.min])
    func `a status of other than three digits is not written`(status: Int) {
        var writer = ResponseWriter()
        #expect(writer.status(status) == false)
        #expect(writer.bytes.isEmpty)
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12345, 1_000_000_000, Int.max - 1, Int.max])
    func `numbers are written in full`(number: Int) {
        var decimal: [UInt8] = []
        decimal.appendDecimal(number)
        #expect(String(decoding: decimal, as: UTF8.self) == String(number))
        var hex: [UInt8] = []
        hex.appendHex(number)
        #expect(String(decoding: hex, as: UTF8.self) == String(number, radix: 16))
    }

    @Test func `a negative length is not written`() {
        var writer = ResponseWriter()
        #expect(writer.framing(.length(-1)) == false)
        #expect(writer.field("Retry-After", -1) == false)
        #expect(writer.bytes.isEmpty)
    }

    @Test(arguments: ["a\r\nB: c", "a\r", "\n", "a\0b", "\r\n\r\nHTTP/1.1 200 OK", "a\nb"])
    func `no value can break out of its line`(value: String) {
        var writer = ResponseWriter()
        #expect(writer.field("A", value) == false)
        let isWritten = writer.field("A", value.utf8.span)
        #expect(!isWritten)
        #expect(writer.field(bytes: "A", value) == false)
        #expect(writer.bytes.isEmpty)
    }

    @Test(arguments: ["", " ", "A:", "A b", "A\r", "A\n", "A\0", "\u{E9}", "A\r\nB", ":"])
    func `no name can break out of its line`(name: String) {
        var writer = ResponseWriter()
        #expect(writer.field(bytes: name, "a") == false)
        #expect(writer.bytes.isEmpty)
    }

    @Test func `literals are checked as well`() {
        var writer = ResponseWriter()
        #expect(writer.field("A b", "c") == false)
        #expect(writer.field("A:", 1) == false)
        #expect(writer.field("", literal: "a") == false)
        #expect(writer.field("A", literal: "b\r\nC: d") == false)
        #expect(writer.bytes.isEmpty)
    }

    @Test func `the buffer keeps its memory`() {
        var writer = ResponseWriter(capacity: 4096)
        let capacity = writer.bytes.capacity
        for _ in 0..<3 {
            writer.status(200)
            writer.body([UInt8](repeating: 0, count: 4000).span)
            writer.removeAll()
            #expect(writer.bytes.isEmpty && writer.bytes.capacity == capacity)
        }
    }
}

extension ResponseWriter {
    mutating func field(bytes name: String, _ value: String) -> Bool { field(name.utf8.span, value.utf8.span) }
}
