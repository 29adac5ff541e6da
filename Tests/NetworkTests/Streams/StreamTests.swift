import CLinux
import Foundation
import Testing
import Wire

@testable import Network

@Suite struct StreamTests {
    static func pair() -> (Int32, Int32) {
        var pair: [Int32] = [0, 0]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
        _ = zg_set_nonblocking(pair[0], 1)
        return (pair[0], pair[1])
    }

    /// Runs `body` with a stream and the other end of its socket pair.
    private static func with<R: Sendable>(
        _ body: @escaping @Sendable (isolated TestLoop, Network.Stream, Int32) async throws -> R
    ) async throws -> R {
        try await TestLoop.with { loop in
            let (ours, theirs) = pair()
            defer { close(theirs) }
            return try await body(loop, Stream(descriptor: ours, reactor: loop.reactor), theirs)
        }
    }

    @Test func `bytes written by the peer wake a waiting reader`() async throws {
        let text = try await Self.with { loop, stream, theirs in
            loop.reactor.spawn { write(theirs, "hello", 5) }
            var buffer = ByteBuffer(capacity: 64)
            while true {
                switch stream.read(into: &buffer) {
                case .wouldBlock: #expect(await stream.waitReadable(until: .distantFuture) == .ready)
                case .bytes: return String(decoding: buffer.bytes[..<buffer.end], as: UTF8.self)
                default: return "failed"
                }
            }
        }
        #expect(text == "hello")
    }

    @Test func `an edge between a read that found nothing and the wait is not lost`() async throws {
        try await Self.with { loop, stream, theirs in
            var buffer = ByteBuffer(capacity: 64)
            #expect(stream.read(into: &buffer) == .wouldBlock)
            write(theirs, "x", 1)
            stream.ready(.readable)
            #expect(await stream.waitReadable(until: .distantFuture) == .ready)
            #expect(stream.read(into: &buffer) == .bytes(1))
        }
    }

    @Test func `a read that drained the socket is followed by a wait without another system call`() async throws {
        try await Self.with { loop, stream, theirs in
            write(theirs, "12345678", 8)
            var roomy = ByteBuffer(capacity: 64)
            #expect(stream.read(into: &roomy) == .bytes(8))
            #expect(!stream.mayBeReadable)
            write(theirs, "12345678", 8)
            var tight = ByteBuffer(capacity: 4)
            #expect(stream.read(into: &tight) == .bytes(4))
            #expect(stream.mayBeReadable)
        }
    }

    @Test func `a callback in place of a waiting task is called once, and may use the stream at once`() async throws {
        try await Self.with { loop, stream, theirs in
            var wakes: [Wake] = []
            let isEarly = stream.whenReadable(until: .distantFuture) { wakes.append($0) }
            #expect(!isEarly, "it has not been tried yet")
            var buffer = ByteBuffer(capacity: 64)
            #expect(stream.read(into: &buffer) == .wouldBlock)
            let waits = stream.whenReadable(until: .distantFuture) { wake in
                wakes.append(wake)
                var buffer = ByteBuffer(capacity: 64)
                #expect(stream.read(into: &buffer) == .bytes(1))
                _ = stream.whenReadable(until: .distantFuture) { wakes.append($0) }
            }
            #expect(waits)
            write(theirs, "x", 1)
            while wakes.isEmpty { await loop.reactor.yield() }
            stream.interruptReader()
            stream.interruptReader()
            #expect(wakes == [.ready, .interrupted])
        }
    }

    @Test func `a callback whose deadline has passed may close the stream`() async throws {
        try await Self.with { loop, stream, theirs in
            var buffer = ByteBuffer(capacity: 64)
            #expect(stream.read(into: &buffer) == .wouldBlock)
            var wakes: [Wake] = []
            _ = stream.whenReadable(until: .now()) { wake in
                wakes.append(wake)
                stream.close()
            }
            while wakes.isEmpty { await loop.reactor.yield() }
            #expect(wakes == [.timedOut] && stream.descriptor < 0)
        }
    }

    @Test func `a wait ends at its deadline`() async throws {
        try await Self.with { loop, stream, theirs in
            var buffer = ByteBuffer(capacity: 64)
            #expect(await stream.waitReadable(until: .distantFuture) == .ready)
            #expect(stream.read(into: &buffer) == .wouldBlock)
            #expect(await stream.waitReadable(until: Instant.now() + .milliseconds(5)) == .timedOut)
        }
    }

    @Test func `a closed peer is told once, and reads as an end`() async throws {
        try await TestLoop.with { loop in
            let (ours, theirs) = Self.pair()
            let stream = try Stream(descriptor: ours, reactor: loop.reactor)
            var buffer = ByteBuffer(capacity: 64)
            var told = 0
            stream.onPeerClosed = { told += 1 }
            loop.reactor.spawn { close(theirs) }
            while stream.read(into: &buffer) == .wouldBlock { _ = await stream.waitReadable(until: .distantFuture) }
            #expect(stream.read(into: &buffer) == .end)
            #expect(told == 1)
            #expect(stream.isPeerClosed)
        }
    }

    @Test func `a full socket is written to the end once the peer reads`() async throws {
        let total = 4 << 20
        let received = try await TestLoop.with { loop in
            let (ours, theirs) = Self.pair()
            let stream = try Stream(descriptor: ours, reactor: loop.reactor)
            let reader = Task.detached {
                var sum = 0
                var chunk = [UInt8](repeating: 0, count: 65536)
                while case let n = Glibc.read(theirs, &chunk, chunk.count), n > 0 { sum += n }
                close(theirs)
                return sum
            }
            let data = [UInt8](repeating: 7, count: total)
            var sent = 0
            while sent < total {
                switch stream.write(data.span.extracting(sent..<total)) {
                case .bytes(let n): sent += n
                case .wouldBlock: _ = await stream.waitWritable(until: .distantFuture)
                default: Issue.record("write failed"); return 0
                }
            }
            stream.close()
            return await reader.value
        }
        #expect(received == total)
    }
}

@Suite struct ByteBufferTests {
    @Test func `wiping reaches all that ever came, consumed or not`() {
        var buffer = ByteBuffer(capacity: 32)
        buffer.append(Array("consumed".utf8).span)
        buffer.consume(8)
        buffer.append(Array("left".utf8).span)
        #expect(String(decoding: buffer.bytes, as: UTF8.self).contains("umed"))
        buffer.wipe()
        #expect(buffer.isEmpty)
        #expect(buffer.bytes.allSatisfy { $0 == 0 })
        buffer.append(Array("again".utf8).span)
        #expect(buffer.withUnread { $0.count } == 5)
    }
}
