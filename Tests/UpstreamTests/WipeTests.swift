import Testing
import Wire

@testable import Network

/// What an exchange held of a secret is gone when it goes back to the pool.
@Suite struct WipeTests {
    private static let mark = "hidden-in-this-test"

    @Test func `field lines are overwritten, in the block and in what was sent`() async throws {
        let server = ExchangeTests.echo()
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.fields.append(.authorization, "Authorization", "Bearer \(Self.mark)")
            transfer.start(method: "GET", path: "/".utf8.span, limits: .testing)
            try await transfer.head()
            #expect(Self.holdsMark(transfer.output.copied))
            #expect(Self.holdsMark(&transfer.fields))
            loop.client.recycle(transfer)
            #expect(!Self.holdsMark(transfer.output.copied))
            #expect(!Self.holdsMark(&transfer.fields))
        }
    }

    @Test func `a response that is a secret is overwritten, whatever was taken of it`() async throws {
        let server = ScriptedServer { connection, _ in
            while connection.readHead() != nil { connection.write(.response("token=\(Self.mark)")) }
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            for takes in [false, true] {
                let transfer = loop.client.lend(target)
                transfer.keepsSecret = true
                transfer.start(method: "GET", path: "/".utf8.span, limits: .testing)
                try await transfer.head()
                _ = try await transfer.more()
                var taken: [UInt8] = []
                if takes { transfer.takeContent(into: &taken) }
                #expect(Self.holdsMark(transfer.input.buffer.bytes))
                loop.client.recycle(transfer)
                #expect(!Self.holdsMark(transfer.input.buffer.bytes))
                #expect(!transfer.keepsSecret)
            }
        }
    }

    @Test func `content that is a secret is overwritten, whatever its size`() async throws {
        let server = ScriptedServer { connection, _ in
            guard connection.readHead() != nil else { return }
            _ = connection.read(40_000)
            connection.write(.response("fine"))
        }
        let target = try UpstreamTarget(.init(url: server.url))
        try await TestLoop.with { loop in
            let transfer = loop.client.lend(target)
            transfer.keepsSecret = true
            var content = Array(Self.mark.utf8) + [UInt8](repeating: 0x20, count: 40_000 - Self.mark.utf8.count)
            transfer.start(method: "POST", path: "/".utf8.span, body: .bytes(content), limits: .testing)
            #expect(Self.holdsMark(transfer.output.copied))
            // Nothing shares the caller's copy: it can be overwritten in its place.
            content.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
            #expect(Self.holdsMark(transfer.output.copied))
            try await transfer.head()
            loop.client.recycle(transfer)
            #expect(!Self.holdsMark(transfer.output.copied))
        }
    }

    /// In the block's memory, whether in use or not.
    private static func holdsMark(_ block: inout HeaderBlock) -> Bool {
        block.append(.other, "x", "y")
        defer { block.removeAll() }
        return holdsMark(block.bytes)
    }

    private static func holdsMark(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { holdsMark(UnsafeBufferPointer(start: $0.baseAddress, count: bytes.capacity)) }
    }

    private static func holdsMark(_ memory: UnsafeBufferPointer<UInt8>) -> Bool {
        let mark = Array(mark.utf8)
        guard memory.count >= mark.count else { return false }
        return (0...(memory.count - mark.count)).contains { start in memory[start..<start + mark.count].elementsEqual(mark) }
    }
}
