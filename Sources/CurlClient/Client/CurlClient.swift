public import Network

/// libcurl as the upstream client of one event loop: its sockets live in the loop's epoll set, its transfers end in the loop's
/// tasks, and no request changes thread.
///
/// Not Sendable: it belongs to one `EventLoopActor`. `initializeLibrary` must have been called.
public final class CurlClient: TurnHook {
    public struct Options: Hashable, Sendable {
        /// Connections kept open, to all targets together; the least recently used one is closed first.
        public var connections = 256
        /// Streams on one HTTP/2 connection at a time, as far as the other side allows.
        public var streams = 100
        /// Whether requests may share a connection, as streams of HTTP/2. Not for content that may be large: one stream cannot be
        /// paused in bounded memory, since libcurl reads on for the others and keeps whatever comes. And not in one client with
        /// requests that do share: for each host libcurl goes by what its newest connection can.
        public var sharesConnections = true
        /// Transfers kept for reuse, for each target.
        public var idleTransfers = 32

        public init() {}
    }

    let reactor: Reactor
    let multi: MultiHandle
    let options: Options
    private var pools: [ObjectIdentifier: TransferPool] = [:]

    /// - Throws: `SystemError` when libcurl has no memory for it.
    public init(reactor: Reactor, options: Options = Options()) throws(SystemError) {
        self.reactor = reactor
        self.options = options
        multi = try MultiHandle(reactor: reactor, connections: options.connections, streams: options.streams)
        reactor.addHook(self)
    }

    /// Transfers under way.
    public var activeTransfers: Int { multi.active.count }

    /// Connections open now, idle ones included.
    public var openConnections: Int { multi.openSockets }

    /// Begins and ends transfers, once in each turn of the loop.
    public func turn() { multi.turn() }

    /// A transfer to use for one request at a time, to be given back by `recycle`.
    public func lend(_ target: UpstreamTarget) -> CurlTransfer {
        if let pool = pools[ObjectIdentifier(target)] { return pool.lend() ?? CurlTransfer(client: self, target: target) }
        multi.sweeper?.consider(target)
        pools[ObjectIdentifier(target)] = TransferPool(target: target, capacity: options.idleTransfers)
        return CurlTransfer(client: self, target: target)
    }

    /// Takes a transfer back, whatever its state: one under way is cancelled.
    public func recycle(_ transfer: CurlTransfer) {
        transfer.reset()
        pools[ObjectIdentifier(transfer.target)]?.take(transfer)
    }

    /// Forgets the targets that a new configuration no longer has. Transfers under way go on; idle connections age.
    public func keepOnly(_ targets: [UpstreamTarget]) {
        let kept = Set(targets.map(ObjectIdentifier.init))
        pools = pools.filter { kept.contains($0.key) }
    }

    /// Cancels every transfer, closes every connection, and leaves the loop. Without it, loop and client keep each other alive.
    public func close() {
        guard !multi.isClosed else { return }
        for transfer in multi.active { transfer.cancel() }
        pools = [:]
        reactor.removeHook(self)
        multi.close()
    }
}
