import Synchronization

/// Runs asynchronous work from a synchronous command, on the main thread's loop.
public actor MainLoop: EventLoopActor {
    public nonisolated let loop: EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    public let reactor: Reactor

    private init() throws(SystemError) {
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
    }

    /// Returns when `body` has returned.
    public static func run(_ body: @escaping @Sendable () async throws -> Void) throws { try run(on: MainLoop(), body) }

    /// Runs `body` on the loop of `owner`, on the calling thread.
    /// - Returns: the result of `body`.
    public static func run<Result: Sendable>(
        on owner: some EventLoopActor, _ body: @escaping @Sendable () async throws -> Result
    ) throws -> Result {
        let outcome = Outcome<Result>()
        Task(executorPreference: owner.loop) {
            do { outcome.end(.success(try await body())) } catch { outcome.end(.failure(error)) }
            owner.loop.stop()
        }
        owner.run()
        guard let result = outcome.result else { throw CancellationError() }
        return try result.get()
    }

    private final class Outcome<Value: Sendable>: Sendable {
        private let state = Mutex<Swift.Result<Value, any Error>?>(nil)
        var result: Swift.Result<Value, any Error>? { state.withLock { $0 } }
        func end(_ result: Swift.Result<Value, any Error>) { state.withLock { $0 = result } }
    }
}
