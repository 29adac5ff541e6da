import Foundation
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Network

/// What clients have the server hold stays within a limit.
@Suite(.serialized, .timeLimit(.minutes(1))) struct MemoryTests {
    /// Keeps what comes of each body, as a gateway does, and counts it.
    private static func keeper(_ gauge: MemoryGauge) -> @Sendable (HTTPExchange) async -> Void {
        { exchange in
            var held = 0
            defer { gauge.add(-held) }
            exchange.isShedLast = exchange.head.method == .delete
            do throws(BodyError) {
                while let chunk = try await exchange.nextBodyChunk() {
                    held += chunk.count
                    gauge.add(chunk.count)
                }
                exchange.start(200)
                await exchange.finish(Array("\(held)".utf8))
            } catch {
                guard case .refused(let refusal) = error else { return }
                exchange.start(refusal.status)
                await exchange.finish()
            }
        }
    }

    private func settings(patience: Duration) -> ServerSettings {
        var settings = ServerSettings()
        settings.memoryPatience = patience
        settings.bodyRate = 0
        return settings
    }

    private func head(_ length: Int, _ method: String = "POST") -> String {
        "\(method) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(length)\r\n\r\n"
    }

    @Test func `requests that stand still are refused when their memory is needed, and it comes back`() async throws {
        let gauge = MemoryGauge(limit: 256 << 10)
        try await TestServer.with(settings(patience: .milliseconds(200)), memory: gauge, handle: Self.keeper(gauge)) {
            port, server in
            let stalled = try (0..<3).map { _ in try RawClient(port: port) }
            for client in stalled { client.send(head(101_000) + String(repeating: "x", count: 100_000)) }
            // Ten requests that go on get through, one after the other.
            for _ in 0..<10 {
                let client = try RawClient(port: port)
                client.send(head(64 << 10) + String(repeating: "y", count: 64 << 10))
                #expect(client.read().hasSuffix("\(64 << 10)<end>"))
            }
            let responses = stalled.map { $0.closeSendingAndRead() }
            #expect(responses.contains { $0.hasPrefix("HTTP/1.1 503 ") })
            await server.waitUntilEmpty()
            #expect(gauge.used == 0)
        }
    }

    @Test func `a wait ends although another loop frees memory in the moment in which it begins`() async throws {
        let gauge = MemoryGauge(limit: 1_000)
        gauge.add(999)
        let ends = Atomic<Bool>(false)
        let other = Thread {
            while !ends.load(ordering: .relaxed) {
                gauge.add(1)
                gauge.add(-1)
            }
        }
        other.start()
        defer { ends.store(true, ordering: .relaxed) }
        try await TestLoop.with { loop in
            let pressure = MemoryPressure(gauge, reactor: loop.reactor, patience: .seconds(60)) { [] }
            for _ in 0..<200 { #expect(await pressure.admit(holding: 0, isShedLast: false)) }
        }
    }

    @Test func `above the limit nothing is read that would be held, and what waits goes on when there is room`() async throws {
        let gauge = MemoryGauge(limit: 64 << 10)
        try await TestServer.with(settings(patience: .seconds(50)), memory: gauge, handle: Self.keeper(gauge)) { port, server in
            gauge.add(64 << 10)
            let client = try RawClient(port: port)
            client.send(head(30_000))
            client.send([UInt8](repeating: 0x78, count: 30_000))
            try await server.until("a request waits") { server in server.waitsForMemory == 1 }
            // A head may come with a first bit of the body.
            #expect(gauge.used < 72 << 10)
            gauge.add(-(64 << 10))
            #expect(client.read().hasSuffix("30000<end>"))
        }
    }

    @Test func `what waits in vain is refused, and a cancel has a tenth more`() async throws {
        let gauge = MemoryGauge(limit: 640 << 10)
        try await TestServer.with(settings(patience: .milliseconds(20)), memory: gauge, handle: Self.keeper(gauge)) { port, _ in
            gauge.add(641 << 10)
            let post = try RawClient(port: port)
            post.send(head(10))
            #expect(post.read().hasPrefix("HTTP/1.1 503 "))
            let cancel = try RawClient(port: port)
            cancel.send(head(10, "DELETE"))
            cancel.send("0123456789")
            #expect(cancel.read().hasSuffix("10<end>"))
        }
    }

    @Test func `requests that go on get through while more stalled data waits than the limit holds`() async throws {
        let gauge = MemoryGauge(limit: 1 << 20)
        try await TestServer.with(settings(patience: .milliseconds(300)), memory: gauge, handle: Self.keeper(gauge)) {
            port, server in
            // Twice the limit, all of it held or in the kernel's buffers.
            let stalled = try (0..<20).map { _ in try RawClient(port: port) }
            for client in stalled { client.send(head(101_000) + String(repeating: "x", count: 100_000)) }
            try await server.until("memory is short") { server in server.waitsForMemory > 0 }
            for _ in 0..<5 {
                let client = try RawClient(port: port)
                client.send(head(40_000) + String(repeating: "y", count: 40_000))
                #expect(client.read().hasSuffix("40000<end>"))
            }
            #expect(stalled.map { $0.closeSendingAndRead() }.contains { $0.hasPrefix("HTTP/1.1 503 ") })
            await server.waitUntilEmpty()
            #expect(gauge.used == 0)
        }
    }

    @Test func `heads that do not end count, too`() async throws {
        let gauge = MemoryGauge(limit: 64 << 10)
        try await TestServer.with(settings(patience: .milliseconds(20)), memory: gauge) { port, server in
            let unfinished = try (0..<12).map { _ in try RawClient(port: port) }
            for client in unfinished { client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 30_000)) }
            #expect(unfinished.map { $0.closeSendingAndRead() }.contains { $0.hasPrefix("HTTP/1.1 503 ") })
            await server.waitUntilEmpty()
            #expect(gauge.used == 0)
        }
    }
}
