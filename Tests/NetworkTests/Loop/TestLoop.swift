import Testing
import Wire

@testable import Network

/// A loop on a thread of its own, for one test.
actor TestLoop: EventLoopActor {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let reactor: Reactor

    init() throws {
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
    }

    static func with<R: Sendable>(_ body: @escaping @Sendable (isolated TestLoop) async throws -> R) async throws -> R {
        let loop = try TestLoop()
        try loop.start(name: "test-loop")
        defer { loop.loop.stop() }
        return try await Task(executorPreference: loop.loop) { try await loop.perform(body) }.value
    }

    private func perform<R: Sendable>(_ body: @Sendable (isolated TestLoop) async throws -> R) async rethrows -> R {
        bindReactor()
        return try await body(self)
    }
}
