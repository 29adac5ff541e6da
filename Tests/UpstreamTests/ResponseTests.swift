import Foundation
import Testing
import Wire

@testable import Network

@Suite struct ResponseTests {
    /// A server that sends `response` to every request.
    static func server(_ bytes: String) -> ScriptedServer {
        ScriptedServer { connection, _ in
            while connection.readHead() != nil { connection.write(bytes) }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", "GET", 204, ""),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", 304, ""),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", 200, ""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD", 200, ""),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: no\r\n\r\n", "GET",
            200,
            "abcde"
        ),
        ("HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno", "GET", 404, "no"),
        ("HTTP/1.1 503 Gone fishing\r\nContent-Length: 2\r\n\r\nno", "GET", 503, "no"),
        ("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "GET", 302, ""),
    ])
    func `responses of each framing end where they should, and the connection goes on`(
        bytes: String, method: String, status: Int, body: String
    ) async throws {
        let server = Self.server(bytes)
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            for _ in 0..<3 {
                let response = try await loop.exchange(target, method, "/")
                #expect(response.status == status)
                #expect(response.text == body)
                #expect(response.wasCompleteAtHead)
            }
        }
        #expect(server.connections == 1)
    }

    @Test(arguments: [
        "2\r\nContent-Length: 5", "2abc", "99999999999999999999", "-1", "+2", "2, 3", "", "0x2", "2 2",
    ])
    func `a length that is none, and two that differ, are an error of the protocol`(length: String) async throws {
        let server = Self.server("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\nhello")
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind.isInvalidResponse == true)
        }
    }

    @Test func `the same length said twice is a length`() async throws {
        let server = Self.server("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\nno")
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let response = try await loop.exchange(target)
            #expect(response.text == "no")
        }
    }

    @Test func `interim responses are skipped, and their fields and the trailer's are no fields of the response`() async throws {
        let server = Self.server(
            "HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nB: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nC: 3\r\n\r\n")
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let response = try await loop.exchange(target)
            #expect(response.status == 200)
            #expect(response.fields == ["B: 2", "Transfer-Encoding: chunked"])
        }
    }

    @Test func `fields keep their order, case and bytes, without the white space around a value`() async throws {
        let server = Self.server(
            "HTTP/1.1 200 OK\r\nb:1\r\nSET-cookie: \t x=\"y\"; z \t\r\nEmpty:\r\nB: 2 : 3\r\nContent-Length: 0\r\n\r\n")
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let response = try await loop.exchange(target)
            #expect(response.fields == ["b: 1", "SET-cookie: x=\"y\"; z", "Empty: ", "B: 2 : 3", "Content-Length: 0"])
        }
    }

    @Test func `the encoding of the content is left as it is`() async throws {
        let server = Self.server("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\u{1F}abcd")
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let response = try await loop.exchange(target, headers: [("Accept-Encoding", "gzip")])
            #expect(response.text == "\u{1F}abcd")
        }
    }

    @Test func `a response without length ends with its connection, and the next request gets another`() async throws {
        let server = ScriptedServer { connection, _ in
            if connection.readHead() != nil { connection.write("HTTP/1.0 200 OK\r\n\r\nall of it") }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            for _ in 0..<3 {
                let response = try await loop.exchange(target)
                #expect(response.text == "all of it")
                #expect(!response.timings.isReused)
            }
        }
        #expect(server.connections == 3)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
    ])
    func `a response that is cut off is never a clean end`(bytes: String) async throws {
        let server = ScriptedServer { connection, _ in
            if connection.readHead() != nil { connection.write(bytes) }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind == .truncated)
            #expect(failure?.receivedAnyByte == true)
            #expect(failure?.mayHaveReachedUpstream == true)
        }
    }

    @Test func `content that came before the cut can be consumed, then the failure is thrown`() async throws {
        let headIsRead = DispatchSemaphore(value: 0)
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
            _ = headIsRead.wait(timeout: .now() + 20)
            connection.write("12345")
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "GET", path: "/".utf8.span, limits: .testing)
            try await transfer.head()
            #expect(!transfer.isComplete)
            headIsRead.signal()
            #expect(try await transfer.more())
            #expect(try await transfer.more())
            transfer.consumeContent()
            let failure = await loop.failure(of: transfer)
            #expect(failure?.kind == .truncated)
        }
    }

    @Test func `content that ends with the connection is not whole when the connection is reset`() async throws {
        let contentIsRead = DispatchSemaphore(value: 0)
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\n\r\n12345")
            _ = contentIsRead.wait(timeout: .now() + 20)
            connection.resetOnReturn()
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "GET", path: "/".utf8.span, limits: .testing)
            try await transfer.head()
            #expect(try await transfer.more())
            transfer.consumeContent()
            contentIsRead.signal()
            let failure = await loop.failure(of: transfer)
            #expect(failure?.kind == .truncated)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\na b: c\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rc\r\nContent-Length: 0\r\n\r\n", "hello\r\n\r\n",
        "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
    func `what is no HTTP response fails, and never as a clean end`(bytes: String) async throws {
        let server = Self.server(bytes)
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind.isInvalidResponse == true || failure?.kind == .truncated)
        }
    }

    @Test func `a head of too many bytes or fields is refused`() async throws {
        let long = "HTTP/1.1 200 OK\r\n" + String(repeating: "A: \(String(repeating: "x", count: 8000))\r\n", count: 17) + "\r\n"
        let many = "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 257) + "\r\n"
        for bytes in [long, many] {
            let server = Self.server(bytes)
            let target = try UpstreamTarget(.init(url: server.url))
            try await TestLoop.with { loop in
                let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
                #expect(failure?.kind.proxyStatusError.hasPrefix("http_response_header") == true)
            }
        }
    }
}
