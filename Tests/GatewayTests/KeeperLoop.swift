import Logging
import Network
import Policy
import Synchronization
import Testing
import Wire

@testable import Gateway

/// A loop on a thread of its own with a keeper on it.
actor KeeperLoop: EventLoopActor {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let reactor: Reactor
    let client: UpstreamClient
    let keeper: TokenKeeper
    let log: Logger

    private init() throws {
        CurlLibrary.initialize()
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
        client = try UpstreamClient(reactor: reactor)
        var log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        self.log = log
        keeper = TokenKeeper(reactor: reactor, upstream: client, log: log)
    }

    private nonisolated let work = Mutex<[TokenSource.Work]>([])
    /// How much of it the keeper was given.
    private(set) var performed = 0

    /// Keeps what a source wants of its keeper.
    nonisolated var note: @Sendable (CredentialKey, TokenSource.Work) -> Void {
        { _, work in self.work.withLock { $0.append(work) } }
    }

    /// A request that wants a token, which the keeper begins to fetch.
    @discardableResult
    func request(_ source: TokenSource?) throws -> TokenSource {
        let source = try #require(source)
        _ = source.request(.now(), needs: .zero)
        let pending = work.withLock { work in
            defer { work = [] }
            return work
        }
        for work in pending { keeper.perform(work, source.key) }
        performed += pending.count
        return source
    }

    static func with<R: Sendable>(_ body: @escaping @Sendable (isolated KeeperLoop) async throws -> R) async throws -> R {
        let loop = try KeeperLoop()
        try loop.start(name: "keeper-loop")
        defer { loop.loop.stop() }
        // With the loop preferred, as by all that it spawns: the thread pool might come late where the machine is busy.
        return try await Task(executorPreference: loop.loop) { try await loop.perform(body) }.value
    }

    private func perform<R: Sendable>(_ body: @Sendable (isolated KeeperLoop) async throws -> R) async rethrows -> R {
        bindReactor()
        defer { client.close() }
        return try await body(self)
    }
}
