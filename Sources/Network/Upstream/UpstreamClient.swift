import CLinux
import Policy
import Wire

/// The upstream side of one event loop: connections established by libcurl and pooled by the gateway, and exchanges on them.
///
/// Not Sendable: it belongs to one `EventLoopActor`. `CurlLibrary.initialize` must have been called.
public final class UpstreamClient {
    public struct Options: Hashable, Sendable {
        /// Idle connections kept per target; beyond it the one that has been idle longest is closed.
        public var idleConnections = 256
        /// Exchanges kept for reuse, including their buffers.
        public var idleExchanges = 256

        public init() {}
    }

    let reactor: Reactor
    private let options: Options
    private let dialler: CurlDialler
    private var pools: [ObjectIdentifier: Pool] = [:]
    /// For the next requests, with their buffers.
    private(set) var exchanges: [UpstreamExchange] = []
    private var active: [ObjectIdentifier: UpstreamExchange] = [:]
    private var isClosed = false
    /// Open connections, including idle ones.
    public private(set) var openConnections = 0

    /// One target's connections on this loop.
    private final class Pool {
        let target: UpstreamTarget
        /// The most recently used one is last.
        var idle: [UpstreamConnection] = []
        var sessions = SessionShare()
        var generation: UInt64 = 0

        init(_ target: UpstreamTarget) { self.target = target }
    }

    /// - Throws: `SystemError` if libcurl is out of memory.
    public init(reactor: Reactor, options: Options = Options()) throws(SystemError) {
        self.reactor = reactor
        self.options = options
        dialler = try CurlDialler(reactor: reactor)
    }

    /// Called when renewed files of a target's TLS cannot be used, once for each change.
    public var onRenewalFailure: ((UpstreamTarget, UpstreamFailure) -> Void)?

    /// Exchanges in progress.
    public var activeExchanges: Int { active.count }

    // MARK: Exchanges

    /// An exchange to use for one request at a time, returned with `recycle`.
    public func lend(_ target: UpstreamTarget) -> UpstreamExchange {
        let exchange = exchanges.popLast() ?? UpstreamExchange(client: self)
        exchange.prepare(for: target)
        active[ObjectIdentifier(exchange)] = exchange
        return exchange
    }

    /// Returns an exchange in any state: one in progress is cancelled.
    public func recycle(_ exchange: UpstreamExchange) {
        guard active.removeValue(forKey: ObjectIdentifier(exchange)) != nil else { return }
        exchange.reset()
        if exchanges.count < options.idleExchanges, !isClosed { exchanges.append(exchange) }
    }

    // MARK: Connections

    /// The most recently used connection of `target` that is still usable, if any.
    func takeIdle(_ target: UpstreamTarget) -> UpstreamConnection? {
        guard let pool = pools[ObjectIdentifier(target)] else { return nil }
        while let connection = pool.idle.popLast() {
            if connection.dial.generation == pool.generation, connection.resume(now: reactor.now) { return connection }
            closed(connection)
        }
        return nil
    }

    /// Returns a connection after an exchange that left it reusable.
    func keep(_ connection: UpstreamConnection, keepAlive: Int?) {
        guard !isClosed, let pool = pools[ObjectIdentifier(connection.target)],
            connection.dial.generation == pool.generation
        else { return discard(connection) }
        if connection.onIdleEnd == nil {
            connection.onIdleEnd = { [unowned self, unowned connection] in idleEnded(connection) }
        }
        guard connection.idle(keepAlive: keepAlive) else { return closed(connection) }
        pool.idle.append(connection)
        if pool.idle.count > options.idleConnections { discard(pool.idle.removeFirst()) }
    }

    /// The upstream has closed an idle connection, or it has been idle for too long.
    private func idleEnded(_ connection: UpstreamConnection) {
        // Looked up, since a connection in use may outlive its pool: a reload removes it, and an earlier request may create another.
        guard let pool = pools[ObjectIdentifier(connection.target)],
            let index = pool.idle.firstIndex(where: { $0 === connection })
        else { return }
        closed(pool.idle.remove(at: index))
        guard openConnections == 0 else { return }
        // The loop has been idle for as long as its connections. What they used is free, but the heap still has it.
        exchanges = []
        zg_trim_heap()
    }

    /// Closes a connection that is not reusable after an exchange.
    func discard(_ connection: UpstreamConnection) {
        connection.close()
        closed(connection)
    }

    private func closed(_ connection: UpstreamConnection) {
        connection.close()
        openConnections -= 1
    }

    /// Begins to dial.
    /// - Parameters:
    ///   - limit: when it times out, if the target's time for connecting has not passed before.
    ///   - onEnd: called once, possibly before this returns, unless the dial is cancelled.
    /// - Returns: the dial for `cancel`; nil if `onEnd` was called with a failure.
    func dial(
        _ target: UpstreamTarget, until limit: Instant, onEnd: @escaping (Result<UpstreamConnection, UpstreamFailure>) -> Void
    ) -> Dial? {
        let pool = pools[ObjectIdentifier(target)] ?? Pool(target)
        if !isClosed { pools[ObjectIdentifier(target)] = pool }
        let credentials: TLSCredentials.Generation
        do throws(UpstreamFailure) {
            credentials = try target.credentials.refresh { onRenewalFailure?(target, $0) }
        } catch {
            onEnd(.failure(error))
            return nil
        }
        if credentials.number != pool.generation { renew(pool, credentials.number) }
        let dial = Dial(
            target, credentials, sessions: pool.sessions, timeout: min(target.settings.connectTimeout, limit - reactor.now))
        dial.onEnd = { [unowned self, unowned dial] result in
            switch result {
            case .failure(let failure): onEnd(.failure(failure))
            case .success(let descriptor):
                do throws(UpstreamFailure) {
                    let connection = try UpstreamConnection(dial, descriptor: descriptor, dialler)
                    openConnections += 1
                    onEnd(.success(connection))
                } catch {
                    dialler.close(dial)
                    onEnd(.failure(error))
                }
            }
        }
        dialler.begin(dial)
        return dial
    }

    func cancel(_ dial: Dial) { dialler.cancel(dial) }

    /// Authorities or a client certificate have changed: connections established with the former ones are not reused.
    private func renew(_ pool: Pool, _ generation: UInt64) {
        pool.generation = generation
        pool.sessions = SessionShare()
        let stale = pool.idle
        pool.idle = []
        for connection in stale { discard(connection) }
    }

    /// Removes targets that a new configuration no longer has. Exchanges in progress continue; idle connections are closed.
    public func keepOnly(_ targets: [UpstreamTarget]) {
        let kept = Set(targets.map(ObjectIdentifier.init))
        for (key, pool) in pools where !kept.contains(key) { forget(pool.target) }
    }

    /// Removes one target. Its connections continue; idle ones are closed.
    public func forget(_ target: UpstreamTarget) {
        guard let pool = pools.removeValue(forKey: ObjectIdentifier(target)) else { return }
        for connection in pool.idle { discard(connection) }
        pool.idle = []
    }

    /// Cancels every exchange, closes every connection, and leaves the loop. Without it, loop and client keep each other alive.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        for exchange in active.values { exchange.cancel() }
        keepOnly([])
        exchanges = []
        dialler.close()
    }
}
