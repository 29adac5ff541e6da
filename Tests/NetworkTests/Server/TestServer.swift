import CLinux
import Foundation
import TestSupport
import Testing
import Wire

@testable import Network

/// A server on a loop of its own, reached over a real socket.
actor TestServer: EventLoopActor {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let reactor: Reactor
    private var server: HTTPServer?
    private var listener: Listener?
    private(set) var lastFailure: String?

    init() throws {
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
    }

    /// Serves with `handle` while `body` runs with the port.
    static func with(
        _ settings: ServerSettings = ServerSettings(), tls: TLSServerContext? = nil, memory: MemoryGauge = MemoryGauge(),
        handle: @escaping @Sendable (HTTPExchange) async -> Void = TestServer.echo,
        body: @concurrent (UInt16, TestServer) async throws -> Void
    ) async throws {
        let server = try TestServer()
        try server.start(name: "test-server")
        defer { server.loop.stop() }
        let port = try await server.listen(settings, tls, memory, handle)
        try await body(port, server)
    }

    private func listen(
        _ settings: ServerSettings, _ tls: TLSServerContext?, _ memory: MemoryGauge,
        _ handle: @escaping @Sendable (HTTPExchange) async -> Void
    ) throws -> UInt16 {
        bindReactor()
        let socket = try ListeningSocket(.tcp(host: "127.0.0.1", port: 0))
        let handler = ClosureHandler(handle)
        let server = HTTPServer(
            settings: settings, reactor: reactor, gauge: ConnectionGauge(), memory: memory, handler: handler)
        self.server = server
        handler.onFailure = { [unowned self] in lastFailure = $0 }
        listener = try Listener(socket, reactor: reactor) { server.adopt($0, listener: 0, tls: tls) }
        guard case .tcp(_, let port) = socket.address else { return 0 }
        return port
    }

    /// Serves a client over a socket pair, whose buffers do not grow.
    func connectPair() throws -> RawClient {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        try #require(zg_set_nonblocking(ends[0], 1) == 0)
        server?.adopt(ends[0], listener: 0)
        return RawClient(descriptor: ends[1])
    }

    /// Writes that timed out although the client had read.
    var slowReads: Int { server?.slowReads ?? 0 }

    /// - Parameter action: done on the server's loop just before, so that it can see nothing of it in between.
    func drain(grace: Duration? = nil, after action: @Sendable () -> Void = {}) {
        action()
        server?.drain(grace: grace)
    }

    func closeAll() { server?.closeAll() }

    func waitUntilEmpty() async { await server?.waitUntilEmpty() }
    var openConnections: Int { server?.openConnections ?? 0 }
    var activeRequests: Int { server?.activeRequests ?? 0 }
    /// Tasks of connections.
    var tasks: Int { server?.tasks ?? 0 }
    /// Requests that wait for memory.
    var waitsForMemory: Int { server?.pressure.waitingCount ?? 0 }

    /// Lets the loop turn until so many connections are idle.
    func untilIdle(_ count: Int) async throws {
        try await until("\(count) connections are idle") { $0.server?.idleConnections == count }
    }

    struct Counts: Hashable, Sendable {
        var current = 0
        var finished = 0
        var failed = 0
        var refused = 0
    }

    /// TLS handshakes.
    var counts: Counts {
        guard let server else { return Counts() }
        return Counts(
            current: server.handshakes, finished: server.finishedHandshakes, failed: server.failedHandshakes,
            refused: server.refusedHandshakes)
    }

    struct NeverHappened: Error, CustomStringConvertible { let description: String }

    /// Lets the loop turn until `condition` holds of the handshakes.
    func until(_ condition: @Sendable (Counts) -> Bool) async throws {
        try await until("the handshakes are as they should be") { condition($0.counts) }
    }

    /// Lets the loop turn until `condition` holds.
    /// - Throws: `NeverHappened` when it does not within 30 seconds.
    func until(_ what: String, _ condition: @Sendable (isolated TestServer) -> Bool) async throws {
        let deadline = Instant.now() + .seconds(30)
        while !condition(self) {
            guard Instant.now() < deadline else { throw NeverHappened(description: "within 30 s: \(what)") }
            await withUnsafeContinuation { continuation in
                let timer = Timer(reactor.timers) { continuation.resume() }
                timer.schedule(at: .now() + .milliseconds(2))
            }
        }
    }

    /// Answers with the method, the target and the body that came.
    static func echo(_ exchange: HTTPExchange) async {
        let head = exchange.head
        var text = exchange.withHeadBytes { bytes in
            let method = head.methodRange.map { bytes[$0] }
            let target = head.targetRange.map { bytes[$0] }
            return method + [0x20] + target + [0x20]
        }
        do {
            while let chunk = try await exchange.nextBodyChunk() { text += chunk }
        } catch {
            if case .refused(let refusal) = error {
                exchange.start(refusal.status)
                await exchange.finish()
            }
            return
        }
        exchange.start(200)
        exchange.add("Content-Type", literal: "text/plain")
        await exchange.finish(text)
    }
}

private final class ClosureHandler: RequestHandler {
    let closure: (HTTPExchange) async -> Void
    var onFailure: ((String) -> Void)?
    init(_ closure: @escaping (HTTPExchange) async -> Void) { self.closure = closure }
    func handshakeFailed(_ error: TLSError, _ info: ConnectionInfo, address: String?) {
        onFailure?("\(address ?? "?"): \(error)")
    }
    func handle(_ exchange: HTTPExchange) async { await closure(exchange) }
    func refuse(_ refusal: Refusal, _ exchange: HTTPExchange) async {
        exchange.start(refusal.status)
        await exchange.finish(Array(refusal.reason.description.utf8))
    }
}

extension RawClient {
    convenience init(port: UInt16) throws { try self.init(port: Int(port), limit: 10) }

    func closeSendingAndRead() -> String {
        closeSending()
        return read()
    }

    /// Reads `limit` bytes, or all until the end.
    /// - Returns: how many there were.
    func readBytes(_ limit: Int = .max) -> Int {
        var received = 0
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while received < limit {
            let n = recv(descriptor, &chunk, min(chunk.count, limit - received), 0)
            guard n > 0 else { break }
            received += n
        }
        return received
    }

    /// Reads until `marker` has been seen `count` times, or the end.
    func read(until marker: String? = nil, count: Int = 1) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let n = recv(descriptor, &chunk, chunk.count, 0)
            if n < 0 { return String(decoding: bytes, as: UTF8.self) + "<error \(errno)>" }
            if n == 0 { return String(decoding: bytes, as: UTF8.self) + "<end>" }
            bytes += chunk[..<n]
            let text = String(decoding: bytes, as: UTF8.self)
            if let marker, text.components(separatedBy: marker).count > count { return text }
        }
    }
}
