import EventLoop
import Synchronization

/// Runs asynchronous work from a synchronous command, on the main thread's own loop.
actor MainLoop: EventLoopActor {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    let reactor: Reactor

    private init() throws(SystemError) {
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
    }

    /// Returns when `body` has.
    static func run(_ body: @escaping @Sendable () async throws -> Void) throws {
        let main = try MainLoop()
        let outcome = Outcome()
        Task(executorPreference: main.loop) {
            do { try await body() } catch { outcome.fail(error) }
            main.loop.stop()
        }
        main.run()
        if let error = outcome.error { throw error }
    }

    private final class Outcome: Sendable {
        private let state = Mutex<(any Error)?>(nil)
        var error: (any Error)? { state.withLock { $0 } }
        func fail(_ error: any Error) { state.withLock { $0 = error } }
    }
}
