import Foundation
import Synchronization
import Testing
import Wire

@testable import Network

@Suite struct ExchangeTests {
    /// Answers every request with the head that it got.
    static func echo() -> ScriptedServer {
        ScriptedServer { connection, _ in
            while let head = connection.readHead() {
                if head.hasPrefix("HEAD") {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
                } else if let length = head.length {
                    connection.write(.response(head + String(decoding: connection.read(length), as: UTF8.self)))
                } else {
                    connection.write(.response(head))
                }
            }
        }
    }

    @Test func `a small response is complete when its task is resumed, and the connection is used again`() async throws {
        let server = Self.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            for round in 0..<5 {
                let response = try await loop.exchange(target, "DELETE", "/v1/batch-query/jobs/\(round)")
                #expect(response.status == 200)
                #expect(response.wasCompleteAtHead)
                #expect(response.text.hasPrefix("DELETE /v1/batch-query/jobs/\(round) HTTP/1.1\r\n"))
                #expect(response.timings.isReused == (round > 0))
            }
        }
        #expect(server.connections == 1)
    }

    @Test func `nothing is sent but the request line, Host and the given fields, byte for byte`() async throws {
        let server = Self.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        let fields = [
            ("Zuora-Track-Id", "a  b\t!#$%&*+-/=?^_`{|}~"), ("X-Empty", ""), ("accept-ENCODING", "gzip"),
            ("Authorization", "Bearer abc.def=="),
        ]
        let response = try await TestLoop.with { loop in try await loop.exchange(target, "GET", "/x", headers: fields) }
        #expect(
            response.text == "GET /x HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nZuora-Track-Id: a  b\t!#$%&*+-/=?^_`{|}~\r\n"
                + "X-Empty: \r\naccept-ENCODING: gzip\r\nAuthorization: Bearer abc.def==\r\n\r\n")
    }

    @Test func `framing fields and a host among the given fields are not sent`() async throws {
        let server = Self.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.fields.append(.other, "aCCept", "text/csv")
            transfer.fields.append(.contentLength, "Content-Length", "7")
            transfer.fields.append(.transferEncoding, "Transfer-Encoding", "chunked")
            transfer.fields.append(.connection, "Connection", "close")
            transfer.fields.append(.host, "Host", "other.example")
            transfer.start(method: "GET", path: "/".utf8.span, limits: .testing)
            let response = try await Response(of: transfer)
            #expect(response.text == "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\naCCept: text/csv\r\n\r\n")
        }
    }

    @Test(arguments: ["/a%2Fb", "//x//", "/a/../b/./c", "/a;b=c", "/?", "/x?a=b&c=%00+d", "/a?x=/../y", "/%7e{}|\\^`\"<>"])
    func `a path goes up verbatim`(path: String) async throws {
        let server = Self.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        let response = try await TestLoop.with { loop in try await loop.exchange(target, "GET", path) }
        #expect(response.text.hasPrefix("GET \(path) HTTP/1.1\r\n"))
    }

    @Test(arguments: ["", "x", "*", "http://other/", "/a b", "/a\r\nX: y", "/a\0b", "/a#b", "/\u{7F}", "/ü"])
    func `a path that would be read as something else is refused before anything is sent`(path: String) async throws {
        let server = Self.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target, "GET", path) }
            #expect(failure?.kind == .invalidRequest)
            #expect(failure?.mayHaveReachedUpstream == false)
        }
        #expect(server.connections == 0)
    }

    @Test func `a handle carries nothing from one method to the next`() async throws {
        let server = Self.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        let host = "Host: 127.0.0.1:\(server.port)\r\n"
        let steps: [(String, UpstreamBody, String)] = [
            ("HEAD", .none, ""),
            ("GET", .none, "GET /p HTTP/1.1\r\n\(host)\r\n"),
            ("POST", .bytes(Array("a=b".utf8)), "POST /p HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\na=b"),
            ("DELETE", .none, "DELETE /p HTTP/1.1\r\n\(host)\r\n"),
            ("PUT", .bytes([]), "PUT /p HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n"),
            ("HEAD", .none, ""),
            ("DELETE", .bytes(Array("xy".utf8)), "DELETE /p HTTP/1.1\r\n\(host)Content-Length: 2\r\n\r\nxy"),
            ("POST", .none, "POST /p HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n"),
            ("GET", .none, "GET /p HTTP/1.1\r\n\(host)\r\n"),
            ("PROPFIND", .none, "PROPFIND /p HTTP/1.1\r\n\(host)\r\n"),
            ("OPTIONS", .none, "OPTIONS /p HTTP/1.1\r\n\(host)\r\n"),
            ("PATCH", .bytes([UInt8](repeating: 65, count: 3)), "PATCH /p HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nAAA"),
            ("GET", .none, "GET /p HTTP/1.1\r\n\(host)\r\n"),
        ]
        try await TestLoop.with { loop in
            for (method, body, expected) in steps {
                let response = try await loop.exchange(target, method, "/p", body: body)
                #expect(response.status == 200)
                #expect(response.text == expected)
            }
        }
        #expect(server.connections == 1)
    }

    @Test func `200 transfers run at the same time`() async throws {
        let gate = Mutex(0)
        let server = ScriptedServer { connection, _ in
            while let head = connection.readHead() {
                gate.withLock { $0 += 1 }
                // Nobody is responseed before all have asked.
                while gate.withLock({ $0 }) < 200 { sched_yield() }
                connection.write(.response(head))
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        let good = try await TestLoop.with { loop in
            let counter = Counter()
            for number in 0..<200 {
                loop.reactor.spawn {
                    await loop.fetch(target, number, counter)
                }
            }
            await loop.until { counter.finished == 200 }
            return counter.good
        }
        #expect(good == 200)
    }

    @Test func `a name is resolved by libcurl's own threads`() async throws {
        let server = Self.echo()
        let target = try UpstreamTarget(.init(url: "http://localhost:\(server.port)"))
        try await TestLoop.with { loop in
            let response = try await loop.exchange(target, "GET", "/")
            #expect(response.text.contains("Host: localhost:\(server.port)\r\n"))
        }
    }
}

final class Counter {
    var finished = 0
    var good = 0
}

extension TestLoop {
    func fetch(_ target: UpstreamTarget, _ number: Int, _ counter: Counter) async {
        let response = try? await exchange(target, "GET", "/\(number)")
        counter.finished += 1
        if response?.text.hasPrefix("GET /\(number) ") == true { counter.good += 1 }
    }
}

extension String {
    /// A head's Content-Length.
    var length: Int? {
        split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: " ").last ?? "") }
    }
}
