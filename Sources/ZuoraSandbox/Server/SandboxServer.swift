public import Network
public import Wire

/// A stand-in Zuora on a real socket, with an event loop of its own.
///
/// It serves from `start` to `stop`, whether or not anybody holds on to it.
public actor SandboxServer: EventLoopActor {
    public nonisolated let loop: EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    public let reactor: Reactor
    /// Where it listens, with the port that the kernel chose.
    public nonisolated let address: SocketAddress
    private let endpoint: SandboxEndpoint
    private var signals: SignalSource?

    /// Binds and listens. Connections wait to be served until `run` or `start`.
    /// - Parameters:
    ///   - tls: what it shows to clients, that then must speak TLS; nil for plain HTTP.
    ///   - seed: what everything random follows from, when `zuora` is not given.
    ///   - zuora: the stand-in to serve; a new one if nil.
    ///   - signals: stop it, if it is run; to be blocked before (`SignalSource.block`).
    /// - Throws: `SystemError`, when the address cannot be had or the process has no descriptor left.
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

    /// Serves on a thread of its own.
    /// - Parameters: as of `init`.
    /// - Throws: `SystemError`, when the address cannot be had, or the process has no descriptor or thread left.
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

    /// Gives up the address, cuts every connection, and ends the loop. May be called again.
    public func stop() async {
        await endpoint.stop()
        loop.stop()
    }

    /// Looks at the stand-in, or changes it, between two requests.
    public func perform<R: Sendable, E: Error>(_ body: @Sendable (inout SandboxZuora) throws(E) -> R) throws(E) -> R {
        try body(&endpoint.service.zuora)
    }

    /// The book, as `GET /_sandbox/book` shows it: every call and every change of a job.
    /// - Parameter since: only calls with a greater number.
    public func book(since: Int = 0) -> JSONValue {
        perform { $0.handle(SandboxRequest("GET", "/_sandbox/book", query: "since=\(since)"), now: .now()).json ?? .null }
    }
}
