public import Network
public import Wire

/// Serves a `SandboxZuora` on a socket, with its own event loop.
///
/// It serves from `start` to `stop`, even if it is not retained.
public actor SandboxServer: EventLoopActor {
    public nonisolated let loop: EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    public let reactor: Reactor
    /// The listening address, with the port chosen by the kernel.
    public nonisolated let address: SocketAddress
    private let endpoint: SandboxEndpoint
    private var signals: SignalSource?

    /// Binds and listens. Connections wait to be served until `run` or `start`.
    /// - Parameters:
    ///   - tls: its certificate for TLS; nil for plain HTTP.
    ///   - seed: the seed of random values, when `zuora` is not given.
    ///   - zuora: the sandbox to serve; a new one if nil.
    ///   - signals: signals that stop `run`; must be blocked before (`SignalSource.block`).
    /// - Throws: `SystemError` if the address cannot be bound or the process has no descriptor left.
    public init(
        address: SocketAddress, tls: TLSServerContext? = nil, seed: UInt64 = 1, zuora: SandboxZuora? = nil,
        stopOn signals: [Int32] = []
    ) throws(SystemError) {
        let socket = try ListeningSocket(address)
        let loop = try EventLoop()
        let reactor = try Reactor(loop: loop)
        let zuora = zuora ?? SandboxZuora(seed: seed, origin: .now(), originTime: .now())
        let endpoint = try SandboxEndpoint(socket, tls: tls, zuora: zuora, reactor: reactor)
        if !signals.isEmpty {
            self.signals = try SignalSource(signals, reactor: reactor) { _ in
                reactor.spawn {
                    await endpoint.stop()
                    loop.stop()
                }
            }
        }
        self.loop = loop
        self.reactor = reactor
        self.address = socket.address
        self.endpoint = endpoint
    }

    /// Serves on a new thread.
    /// - Parameters: as of `init`.
    /// - Throws: `SystemError` if the address cannot be bound, or the process has no descriptor or thread left.
    public static func start(
        address: SocketAddress = .tcp(host: "127.0.0.1", port: 0), tls: TLSServerContext? = nil, seed: UInt64 = 1,
        zuora: SandboxZuora? = nil
    ) async throws(SystemError) -> SandboxServer {
        let server = try SandboxServer(address: address, tls: tls, seed: seed, zuora: zuora)
        try server.start(name: "sandbox")
        await server.bindReactor()
        return server
    }

    /// Serves on the calling thread until it is stopped.
    public nonisolated func serve() {
        Task(executorPreference: loop) { await self.bindReactor() }
        run()
    }

    /// Closes the listener and every connection, and ends the loop. May be called again.
    public func stop() async {
        await endpoint.stop()
        loop.stop()
    }

    /// Inspects or changes the sandbox between two requests.
    public func perform<R: Sendable, E: Error>(_ body: @Sendable (inout SandboxZuora) throws(E) -> R) throws(E) -> R {
        try body(&endpoint.service.zuora)
    }

    /// The book, as `GET /_sandbox/book` shows it: every call and every change of a job.
    /// - Parameter since: only calls with a greater number.
    public func book(since: Int = 0) -> JSONValue {
        perform { $0.handle(SandboxRequest("GET", "/_sandbox/book", query: "since=\(since)"), now: .now()).json ?? .null }
    }
}
