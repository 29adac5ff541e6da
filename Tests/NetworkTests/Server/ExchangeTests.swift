import Foundation
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Network

@Suite(.serialized) struct ExchangeTests {
    @Test func `requests on one connection get responses in order, also pipelined ones`() async throws {
        try await TestServer.with { port, _ in
            let client = try RawClient(port: port)
            client.send(
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            let text = client.read(until: "GET /3 ")
            let order = ["GET /1 ", "POST /2 abc", "GET /3 "].compactMap { text.range(of: $0)?.lowerBound }
            #expect(order.count == 3)
            #expect(order == order.sorted())
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a connection holds neither buffers nor a task while it waits for a request`() async throws {
        try await TestServer.with { port, server in
            let first = try RawClient(port: port)
            let second = try RawClient(port: port)
            try await server.untilIdle(2)
            first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(first.read(until: "GET /1 ").hasPrefix("HTTP/1.1 200 "))
            try await server.untilIdle(2)
            first.send("GET /half HTTP/1.1\r\n")
            second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(second.read(until: "GET /2 ").hasPrefix("HTTP/1.1 200 "))
            try await server.untilIdle(1)
            first.send("Host: a\r\n\r\n")
            #expect(first.read(until: "GET /half ").hasPrefix("HTTP/1.1 200 "))
            try await server.untilIdle(2)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `of many idle connections few keep a task, and all are served again`() async throws {
        try await TestServer.with { port, server in
            let clients = try (0..<300).map { _ in try RawClient(port: port) }
            for turn in 1...2 {
                for client in clients {
                    client.send("GET /\(turn) HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(client.read(until: "GET /\(turn) ").hasPrefix("HTTP/1.1 200 "))
                }
                try await server.until("few have a task") { $0.tasks <= HTTPServer.mostKeptTasks }
            }
            try await server.untilIdle(300)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a client that reads slowly, but steadily, is not taken for one that does not read`() async throws {
        var settings = ServerSettings()
        settings.writeStall = .seconds(2)
        let size = 1 << 20
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.start(200)
            await exchange.finish([UInt8](repeating: 65, count: size))
        }
        try await TestServer.with(settings, handle: handle) { _, server in
            let client = try await server.connectPair()
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            try await server.until("the response waits for the client") { $0.activeRequests == 1 }
            // Each time too little for the kernel to report room.
            var received = 0
            for time in 1...2 {
                received += client.readBytes(40_000)
                try await server.until("the write has timed out \(time) times") { $0.slowReads == time }
            }
            #expect(received + client.readBytes() > size)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a client that sends many requests ahead leaves the loop to others between them`() async throws {
        let (begun, sent) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let paths = Mutex<[String]>([])
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            let path = exchange.withHeadBytes { String(decoding: $0.copy(exchange.head.pathRange), as: UTF8.self) }
            let count = paths.withLock { paths in
                paths.append(path)
                return paths.count
            }
            if count == 2 { Self.pause(begun, sent) }
            exchange.start(200)
            await exchange.finish()
        }
        try await TestServer.with(handle: handle) { port, _ in
            let other = try RawClient(port: port)
            other.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(other.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
            let greedy = try RawClient(port: port)
            greedy.send(String(repeating: "GET /many HTTP/1.1\r\nHost: a\r\n\r\n", count: 1_000))
            #expect(Self.wait(begun))
            other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
            sent.signal()
            #expect(other.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
            let before = paths.withLock { $0.firstIndex(of: "/other") } ?? .max
            #expect(before < 200, "\(before)")
        }
    }

    /// Holds the loop until the other client has sent its request.
    private static func pause(_ begun: DispatchSemaphore, _ sent: DispatchSemaphore) {
        begun.signal()
        _ = wait(sent)
    }

    private static func wait(_ semaphore: DispatchSemaphore) -> Bool { semaphore.wait(timeout: .now() + 10) == .success }

    @Test func `a request split at any byte gets the same response`() async throws {
        let request =
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;q=1\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n"
        try await TestServer.with { port, _ in
            let client = try RawClient(port: port)
            for cut in 1..<request.utf8.count {
                let bytes = Array(request.utf8)
                client.send(Array(bytes[..<cut]))
                client.send(Array(bytes[cut...]))
                #expect(client.read(until: "POST /x abcde").hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
        }
    }

    @Test func `a client that has reset its connection is not taken for one of this machine`() async throws {
        let seen = AsyncStream<Bool>.makeStream()
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            await withCheckedContinuation { continuation in
                var waiting: CheckedContinuation<Void, Never>? = continuation
                exchange.onClientGone = {
                    waiting?.resume()
                    waiting = nil
                }
            }
            seen.continuation.yield(exchange.isFromThisMachine)
        }
        try await TestServer.with(handle: handle) { port, _ in
            do {
                let client = try RawClient(port: port)
                client.send("POST /quitquitquit HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                LoopbackSocket.resetOnClose(client.descriptor)
            }
            #expect(await seen.stream.first { _ in true } == false)
        }
    }

    @Test func `a 304 has no Content-Length, since it is unknown`() async throws {
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.start(304)
            exchange.add("ETag", literal: "\"a\"")
            await exchange.finish()
        }
        try await TestServer.with(handle: handle) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(!client.read(until: "\r\n\r\n").contains("Content-Length"))
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(client.read().hasSuffix("\r\n\r\n<end>"))
        }
    }

    @Test func `an early response to a body of unknown length announces the close, and the connection ends`() async throws {
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            _ = try? await exchange.nextBodyChunk()
            exchange.start(413)
            await exchange.finish()
        }
        try await TestServer.with(handle: handle) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            let text = client.read()
            #expect(text.hasPrefix("HTTP/1.1 413 ") && text.contains("Connection: close\r\n"))
            #expect(text.hasSuffix("\r\n\r\n<end>"))
        }
    }

    @Test func `an interrupted body is not awaited, also if no reader waited at that time`() async throws {
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.interruptBody()
            do throws(BodyError) {
                while let _ = try await exchange.nextBodyChunk() {}
                exchange.start(200)
            } catch {
                exchange.start(error == .connectionLost ? 413 : 500)
            }
            await exchange.finish()
        }
        try await TestServer.with(handle: handle) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
            #expect(client.read().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `an unread body is only awaited briefly, regardless of the minimum rate`() async throws {
        var settings = ServerSettings()
        settings.bodyRate = 0
        settings.bodyGrace = .milliseconds(20)
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.start(404)
            await exchange.finish()
        }
        try await TestServer.with(settings, handle: handle) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
            #expect(client.read().hasSuffix("\r\n\r\n<end>"))
        }
    }

    @Test func `without a minimum rate a body may take for ever`() {
        var settings = ServerSettings()
        #expect(RequestBody().deadline(settings) < .distantFuture)
        settings.bodyRate = 0
        #expect(RequestBody().deadline(settings) == .distantFuture)
    }

    @Test func `an HTTP 1.0 client gets its connection closed, unless it asks to keep it`() async throws {
        try await TestServer.with { port, _ in
            let first = try RawClient(port: port)
            first.send("GET / HTTP/1.0\r\n\r\n")
            #expect(first.read().hasSuffix("GET / <end>"))
            let second = try RawClient(port: port)
            second.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(second.read(until: "GET / ").contains("Connection: keep-alive\r\n"))
            second.send("GET /again HTTP/1.0\r\n\r\n")
            #expect(second.read().contains("GET /again "))
        }
    }

    @Test func `a client that expects 100 is told to continue before its body is read`() async throws {
        try await TestServer.with { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("hi")
            #expect(client.read(until: "POST / hi").hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `a refused request gets its status and the connection ends`() async throws {
        try await TestServer.with { port, _ in
            let client = try RawClient(port: port)
            client.send(
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            let text = client.read()
            #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(text.hasSuffix("<end>"))
            #expect(!text.contains("smuggled"))
        }
    }

    @Test func `a body longer than the limit is refused before it is read if its length is declared`() async throws {
        var settings = ServerSettings()
        settings.body = 10
        try await TestServer.with(settings) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n")
            #expect(client.read().hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test func `a body longer than the limit is refused while it is read if its length is unknown`() async throws {
        var settings = ServerSettings()
        settings.body = 10
        try await TestServer.with(settings) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n3\r\n901\r\n0\r\n\r\n")
            let text = client.read()
            #expect(text.hasPrefix("HTTP/1.1 413"))
            #expect(text.hasSuffix("<end>"))
        }
    }

    @Test func `an early response to an unfinished body can be read completely, and the connection ends`() async throws {
        try await TestServer.with(handle: { exchange in
            exchange.start(403)
            await exchange.finish(Array("no".utf8))
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n")
            client.send([UInt8](repeating: 0x61, count: 200_000))
            let text = client.read()
            #expect(text.hasPrefix("HTTP/1.1 403"))
            #expect(text.contains("Connection: close\r\n"))
            #expect(text.hasSuffix("no<end>"))
        }
    }

    @Test func `a small unread body is dropped and the connection kept`() async throws {
        try await TestServer.with(handle: { exchange in
            exchange.start(200)
            await exchange.finish(Array("ok".utf8))
        }) { port, _ in
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde")
                #expect(client.read(until: "ok").hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test func `a response that ends early is a reset, never a clean end`() async throws {
        try await TestServer.with(handle: { exchange in
            exchange.start(200)
            exchange.startBody(length: 10)
            _ = await exchange.write(Array("12345".utf8)[...])
            await exchange.finishBody()
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(client.read().hasSuffix("<error \(ECONNRESET)>"))
        }
    }

    @Test func `a response to HEAD has the length and no body`() async throws {
        try await TestServer.with { port, _ in
            let client = try RawClient(port: port)
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let text = client.read()
            #expect(text.contains("Content-Length: 7\r\n"))
            #expect(text.hasSuffix("\r\n\r\n<end>"))
        }
    }

    @Test func `a large body goes out whole, chunked`() async throws {
        let size = 3 << 20
        try await TestServer.with(handle: { exchange in
            exchange.start(200)
            exchange.startBody(length: nil)
            let piece = [UInt8](repeating: 0x78, count: 30_000)
            var left = size
            while left > 0 {
                guard await exchange.write(piece.prefix(left)) else { return }
                left -= min(left, piece.count)
            }
            await exchange.finishBody()
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let text = client.read()
            #expect(text.hasSuffix("0\r\n\r\n<end>"))
            #expect(text.utf8.count { $0 == 0x78 } == size)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["1.1", "1.0"])
    func `a large body goes out in order, in pieces that are sent at once and pieces that wait`(version: String) async throws {
        let sizes = [5, 100_000, 8 << 10, 3, (8 << 10) - 1, 1 << 20, 8 << 10, 8 << 10, 70_000]
        let body = (0..<sizes.reduce(0, +)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.start(200)
            exchange.startBody(length: version == "1.1" ? body.count : nil)
            var start = 0
            for size in sizes {
                _ = await exchange.write(body[start..<start + size])
                start += size
            }
            await exchange.finishBody()
        }
        try await TestServer.with(handle: handle) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /1 HTTP/\(version)\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try client.receive().body == body)
        }
    }

    @Test func `a field value with a line break never gets out`() async throws {
        try await TestServer.with(handle: { exchange in
            exchange.start(200)
            #expect(!exchange.add("X-A", "b\r\nSet-Cookie: stolen"))
            await exchange.finish()
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(!client.read().contains("stolen"))
        }
    }

    @Test func `an exchange without a response from the handler is a 500`() async throws {
        try await TestServer.with(handle: { _ in }) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(client.read().hasPrefix("HTTP/1.1 500"))
        }
    }

    @Test func `a silent connection, a slow head and a slow body are cut off`() async throws {
        var settings = ServerSettings()
        settings.headTimeout = .milliseconds(50)
        settings.bodyGrace = .milliseconds(50)
        settings.idleTimeout = .milliseconds(50)
        try await TestServer.with(settings) { port, _ in
            let silent = try RawClient(port: port)
            #expect(silent.read() == "<end>")
            let slowHead = try RawClient(port: port)
            slowHead.send("GET / HT")
            #expect(slowHead.read().hasPrefix("HTTP/1.1 408"))
            let slowBody = try RawClient(port: port)
            slowBody.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
            #expect(slowBody.read().hasPrefix("HTTP/1.1 408"))
            let idle = try RawClient(port: port)
            idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(idle.read().hasSuffix("GET / <end>"))
        }
    }

    @Test func `one connection over the limit is told so and closed, the others are served`() async throws {
        var settings = ServerSettings()
        settings.connections = 2
        try await TestServer.with(settings) { port, _ in
            let first = try RawClient(port: port)
            first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = first.read(until: "GET /1 ")
            let second = try RawClient(port: port)
            second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = second.read(until: "GET /2 ")
            let third = try RawClient(port: port)
            let refusal = try third.receive()
            #expect(refusal.status == 503 && refusal["Retry-After"] == "1" && refusal["Date"] != nil)
            #expect(refusal.text.hasPrefix("{") && refusal.text.hasSuffix("}"))
            first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(first.read(until: "GET /1 ").hasPrefix("HTTP/1.1 200"))
        }
    }

    /// Answers with a 403 before anything of the body is read.
    private static let refuse: @Sendable (HTTPExchange) async -> Void = { exchange in
        exchange.start(403)
        await exchange.finish(Array("no".utf8))
    }

    @Test func `a client that reads only once it has sent everything reads its refusal`() async throws {
        try await TestServer.with(handle: Self.refuse) { port, _ in
            for _ in 0..<3 {
                let client = try RawClient(port: port)
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(8 << 20)\r\n\r\n")
                client.send([UInt8](repeating: 0x61, count: 8 << 20))
                client.closeSending()
                let text = client.read()
                #expect(text.hasPrefix("HTTP/1.1 403") && text.hasSuffix("no<end>"), "\(text.suffix(40))")
            }
        }
    }

    @Test func `what is read and dropped after a refusal is no more than a body may be`() async throws {
        var settings = ServerSettings()
        settings.body = 1 << 20
        try await TestServer.with(settings, handle: Self.refuse) { port, server in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x61, count: 1 << 16) + Array("\r\n".utf8)
            // Far more than both sides' sockets hold: without the end of the connection it could not be sent.
            for _ in 0..<1024 { client.send(chunk) }
            await server.waitUntilEmpty()
        }
    }

    @Test func `a client that goes silent after a refusal is waited for a moment only, and holds no request up`() async throws {
        var settings = ServerSettings()
        settings.discardSilence = .milliseconds(20)
        try await TestServer.with(settings, handle: Self.refuse) { port, server in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nabc")
            #expect(client.read().hasSuffix("no<end>"))
            await server.waitUntilEmpty()
        }
    }

    @Test func `a client whose refused body still comes is no request under way, and a drain does not wait for it`() async throws
    {
        var settings = ServerSettings()
        settings.discardSilence = .seconds(600)
        settings.discardTime = .seconds(600)
        try await TestServer.with(settings, handle: Self.refuse) { port, server in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nabc")
            #expect(client.read().hasSuffix("no<end>"))
            #expect(await server.activeRequests == 0)
            await server.drain()
            await server.waitUntilEmpty()
        }
    }

    @Test(arguments: ["GET", "HEAD"])
    func `content of a GET or HEAD is there to be refused, whatever its framing`(method: String) async throws {
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            exchange.start(exchange.head.contentRefusal?.status ?? 200)
            await exchange.finish()
        }
        try await TestServer.with(handle: handle) { port, _ in
            let client = try RawClient(port: port)
            for (fields, status) in [
                ("Content-Length: 5\r\n\r\nhello", 400), ("Content-Length: 0\r\n\r\n", 200), ("\r\n", 200),
                ("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400),
            ] {
                client.send("\(method) / HTTP/1.1\r\nHost: a\r\n\(fields)")
                #expect(client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test func `a client that shuts down its sending side is told apart from one that is gone`() async throws {
        let seen = AsyncStream<Bool>.makeStream()
        let handle: @Sendable (HTTPExchange) async -> Void = { exchange in
            await withCheckedContinuation { continuation in
                var waiting: CheckedContinuation<Void, Never>? = continuation
                exchange.onClientGone = {
                    guard exchange.head.method != .delete || exchange.isConnectionLost else { return }
                    waiting?.resume()
                    waiting = nil
                }
            }
            seen.continuation.yield(exchange.isConnectionLost)
            exchange.start(200)
            await exchange.finish(Array("ok".utf8))
        }
        try await TestServer.with(handle: handle) { port, _ in
            let half = try RawClient(port: port)
            half.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            half.closeSending()
            #expect(half.read().hasSuffix("ok<end>"))
            do {
                let gone = try RawClient(port: port)
                gone.send("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n")
                gone.closeSending()
                LoopbackSocket.resetOnClose(gone.descriptor)
            }
            var states: [Bool] = []
            for await state in seen.stream {
                states.append(state)
                if states.count == 2 { break }
            }
            #expect(states == [false, true])
        }
    }

    @Test func `where silent connections make way, one more is served however many there are`() async throws {
        var settings = ServerSettings()
        settings.connections = 4
        settings.replacesSilent = true
        try await TestServer.with(settings) { port, server in
            let silent = try (0..<4).map { _ in try RawClient(port: port) }
            silent[1].send("GET / HT")
            try await server.until("all are open") { $0.openConnections == 4 }
            for number in 0..<8 {
                let client = try RawClient(port: port)
                client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(client.read(until: "GET /\(number) ").hasPrefix("HTTP/1.1 200"))
            }
            #expect(await server.openConnections <= 4)
        }
    }
}
