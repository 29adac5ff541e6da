import Foundation
import Synchronization
import Testing

@testable import Network

@Suite struct StreamingTests {
    @Test func `a reader that stops makes the sender stop, with bounded memory, and gets everything when it goes on`()
        async throws
    {
        let total = 24 << 20
        let sent = Atomic<Int>(0)
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            for kilobyte in 0..<total / 1024 {
                guard connection.write([UInt8](repeating: UInt8(truncatingIfNeeded: kilobyte), count: 1024)) else { return }
                sent.store(kilobyte, ordering: .sequentiallyConsistent)
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "GET", path: "/".utf8.span, limits: .testing)
            try await transfer.head()
            // The sender stands still when the kernel's buffers and ours are full.
            var before = -1
            var still = 0
            while still < 50 {
                await loop.turn()
                let now = sent.load(ordering: .sequentiallyConsistent)
                still = now == before ? still + 1 : 0
                before = now
            }
            #expect(before < total / 1024 - 1)
            #expect(transfer.contentCount <= 32 << 10)
            var position = 0
            var piece: [UInt8] = []
            while try await transfer.more() {
                #expect(transfer.contentCount <= 32 << 10)
                piece.removeAll(keepingCapacity: true)
                transfer.takeContent(into: &piece)
                for i in stride(from: 0, to: piece.count, by: 251)
                where piece[i] != UInt8(truncatingIfNeeded: (position + i) / 1024) {
                    Issue.record("wrong byte at \(position + i)")
                    return
                }
                position += piece.count
            }
            #expect(position == total)
            #expect(transfer.isComplete)
            loop.client.recycle(transfer)
        }
    }

    @Test func `a paused exchange can be cancelled, and the client goes on`() async throws {
        let server = ScriptedServer { connection, number in
            while connection.readHead() != nil {
                if number == 0 {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
                    while connection.write([UInt8](repeating: 1, count: 1 << 16)) {}
                } else {
                    connection.write(.response("fine"))
                }
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "GET", path: "/".utf8.span, limits: .testing)
            try await transfer.head()
            transfer.cancel()
            #expect(transfer.failure?.kind == .cancelled)
            loop.client.recycle(transfer)
            #expect(loop.client.activeExchanges == 0)
            #expect(try await loop.exchange(target).text == "fine")
        }
    }

    @Test func `cancelling wakes the task that waits`() async throws {
        let server = ScriptedServer { connection, _ in connection.waitForEnd() }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "GET", path: "/".utf8.span, limits: .testing)
            loop.reactor.spawn { transfer.cancel() }
            let failure = await loop.failure(of: transfer)
            #expect(failure?.kind == .cancelled)
        }
    }

    @Test func `a success that begins early does not end the sending of the request's content`() async throws {
        let content = [UInt8](repeating: 7, count: 8 << 20)
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            connection.write(connection.read(content.count).count == content.count ? "true" : "lost")
            connection.waitForEnd()
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let response = try await loop.exchange(target, "POST", body: .bytes(content))
            #expect(response.text == "true")
        }
    }

    @Test func `content that goes on being sent after the head of a success is no stall`() async throws {
        let part = [UInt8](repeating: 7, count: 64 << 10)
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            connection.write(connection.read(8 * part.count).count == 8 * part.count ? "true" : "lost")
            connection.waitForEnd()
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            let reactor = loop.reactor
            var limits = UpstreamLimits.testing
            limits.stall = .milliseconds(300)
            transfer.start(method: "POST", path: "/".utf8.span, body: .stream(length: 8 * part.count), limits: limits)
            let uploader = transfer.uploader()
            loop.reactor.spawn {
                for _ in 0..<8 {
                    await reactor.sleep(.milliseconds(80))
                    guard await uploader.write(part.span) else { return }
                }
                await uploader.finish()
            }
            let response = try await Response(of: transfer)
            #expect(response.text == "true")
            loop.client.recycle(transfer)
        }
    }

    @Test(arguments: [nil, 300_000])
    func `a streamed request arrives whole, with its length or in chunks`(length: Int?) async throws {
        let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let server = ScriptedServer { connection, _ in
            while let head = connection.readHead() {
                let got =
                    head.contains("Transfer-Encoding: chunked") ? connection.readChunked() : connection.read(head.length ?? 0)
                connection.write(.response("\(got == content) \(head)"))
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            for _ in 0..<2 {
                let transfer = loop.client.lend(target)
                transfer.start(method: "POST", path: "/".utf8.span, body: .stream(length: length), limits: .testing)
                let upload = transfer.uploader()
                loop.reactor.spawn {
                    var sent = 0
                    while sent < content.count {
                        let piece = Array(content[sent..<min(sent + 7001, content.count)])
                        #expect(await upload.write(piece.span))
                        sent += piece.count
                    }
                    await upload.finish()
                }
                let response = try await Response(of: transfer)
                #expect(response.text.hasPrefix("true POST / HTTP/1.1\r\n"))
                #expect(response.text.contains("Expect") == false)
                loop.client.recycle(transfer)
            }
        }
        #expect(server.connections == 1)
    }

    @Test func `a server that does not read makes the writer wait, with bounded memory`() async throws {
        let go = DispatchSemaphore(value: 0)
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            _ = go.wait(timeout: .now() + 20)
            connection.write(.response("\(connection.readChunked()?.count ?? -1)"))
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "PUT", path: "/".utf8.span, body: .stream(length: nil), limits: .testing)
            let upload = transfer.uploader()
            let progress = Counter()
            loop.reactor.spawn {
                let piece = [UInt8](repeating: 7, count: 1 << 16)
                for _ in 0..<400 {
                    _ = await upload.write(piece.span)
                    progress.finished += 1
                }
                await upload.finish()
            }
            let result = Outcome()
            loop.reactor.spawn { result.response = try? await Response(of: transfer) }
            var before = -1
            var still = 0
            while still < 50 {
                await loop.turn()
                still = progress.finished == before ? still + 1 : 0
                before = progress.finished
            }
            #expect(before < 400)
            #expect(transfer.output.copied.count <= 2 << 16)
            go.signal()
            await loop.until { result.response != nil || transfer.failure != nil }
            #expect(result.response?.text == "\(400 << 16)")
        }
    }

    @Test(arguments: [false, true])
    func `a failure sent before the request is whole stops the writer and is delivered`(writes: Bool) async throws {
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
            connection.waitForEnd()
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "POST", path: "/".utf8.span, body: .stream(length: 100 << 20), limits: .testing)
            let upload = transfer.uploader()
            let progress = Counter()
            loop.reactor.spawn {
                let piece = [UInt8](repeating: 7, count: 1 << 16)
                while writes, await upload.write(piece.span) { progress.good += 1 }
                progress.finished = 1
            }
            let response = try await Response(of: transfer)
            await loop.until { progress.finished == 1 }
            #expect(progress.good < 1600)
            #expect(response.status == 413)
            #expect(response.text == "big")
            #expect(transfer.isComplete)
        }
    }

    @Test func `a request given up is cut off, never ended cleanly`() async throws {
        let ended = Atomic<Int>(0)
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            ended.store(connection.readChunked() == nil ? 1 : 2, ordering: .sequentiallyConsistent)
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "POST", path: "/".utf8.span, body: .stream(length: nil), limits: .testing)
            let upload = transfer.uploader()
            loop.reactor.spawn {
                _ = await upload.write("half".utf8.span)
                upload.abort()
            }
            let failure = await loop.failure(of: transfer)
            #expect(failure?.kind == .requestIncomplete)
            await loop.until { ended.load(ordering: .sequentiallyConsistent) != 0 }
            #expect(ended.load(ordering: .sequentiallyConsistent) == 1)
        }
    }

    @Test(arguments: [3, 5])
    func `content of another length than announced is never sent as whole`(written: Int) async throws {
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            _ = connection.read(4)
            connection.waitForEnd()
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.start(method: "POST", path: "/".utf8.span, body: .stream(length: 4), limits: .testing)
            let upload = transfer.uploader()
            loop.reactor.spawn {
                let content = [UInt8](repeating: 1, count: written)
                _ = await upload.write(content.span)
                await upload.finish()
            }
            let failure = await loop.failure(of: transfer)
            #expect(failure?.kind == .requestIncomplete)
        }
    }

    @Test func `an upload whose exchange is over touches no later request on the same exchange`() async throws {
        let server = ScriptedServer { connection, _ in
            while let head = connection.readHead() {
                if head.contains("/early") {
                    connection.write(.response("", status: "413 Content Too Large", fields: "Connection: close\r\n"))
                    return
                }
                let content = head.contains("chunked") ? connection.readChunked() ?? [] : connection.read(5)
                connection.write(.response(String(decoding: content, as: UTF8.self)))
            }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            for ending in 0..<3 {
                let first = loop.client.lend(target)
                first.start(method: "POST", path: "/early".utf8.span, body: .stream(length: nil), limits: .testing)
                let former = first.uploader()
                try await first.head()
                #expect(first.status == 413)
                loop.client.recycle(first)
                let second = loop.client.lend(target)
                #expect(second === first)
                second.start(method: "POST", path: "/whole".utf8.span, body: .stream(length: 5), limits: .testing)
                let latter = second.uploader()
                loop.reactor.spawn {
                    // The upload of the first request has not noticed its end.
                    switch ending {
                    case 0: #expect(await !former.write("other".utf8.span))
                    case 1: former.abort()
                    default: await former.finish()
                    }
                    #expect(await latter.write("whole".utf8.span))
                    await latter.finish()
                }
                try await second.head()
                _ = try await second.collect(upTo: 100)
                var content: [UInt8] = []
                second.takeContent(into: &content)
                #expect(second.status == 200 && String(decoding: content, as: UTF8.self) == "whole")
                loop.client.recycle(second)
            }
        }
    }
}

/// What a task of its own came to.
private final class Outcome {
    var response: Response?
}
