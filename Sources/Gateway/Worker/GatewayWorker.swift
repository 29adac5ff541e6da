import Configuration
import Logging
public import Network
import Policy
import Wire

/// One core's share of the gateway: its connections, upstream connections and requests. Requests never move between workers.
public actor GatewayWorker: EventLoopActor {
    public nonisolated let loop: EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    public let reactor: Reactor

    private var gateway: Gateway?
    private var server: HTTPServer?
    private var recorder: Recorder?

    public init() throws(SystemError) {
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
    }

    /// Begins to serve; connections are passed to `adopt`.
    /// - Throws: `SystemError` if libcurl is out of memory.
    func serve(
        _ snapshot: Snapshot, gauge: ConnectionGauge, load: LoadGauge, stage: ProcessStage, traces: TraceQueue?, log: LogDrain?,
        diagnostics: Logger
    ) throws(SystemError) {
        bindReactor()
        let configuration = snapshot.configuration
        let descriptors = DescriptorBudget.ofProcess
        let gateway = Gateway(
            reactor: reactor, upstream: try UpstreamClient(reactor: reactor), snapshot: snapshot,
            load: WorkerLoad(load, LoadShedder.Limits(configuration.limits, descriptors)))
        gateway.stage = stage
        if let traces {
            gateway.tracer = Tracer(queue: traces, sampler: TraceSampler(ratio: configuration.gateway.tracing?.ratio ?? 0))
        }
        gateway.upstream.logRenewalFailures(to: diagnostics)
        self.gateway = gateway
        let recorder = Recorder(reactor: reactor, drain: log, format: configuration.gateway.logFormat)
        self.recorder = recorder
        gateway.recorder = recorder
        gateway.handshakes = HandshakeLog(diagnostics, reactor: reactor)
        var settings = ServerSettings(configuration.limits, tls: configuration.gateway.tls)
        settings.connections = min(settings.connections, descriptors.connections)
        // Clients on this machine all have the same address.
        settings.namesClients = configuration.gateway.listen.map { $0.address.isLocal != true }
        server = HTTPServer(
            settings: settings, reactor: reactor, gauge: gauge,
            memory: load.memory, handler: gateway)
    }

    /// Takes over an accepted connection.
    func adopt(_ descriptor: Int32, listener: Int, tls: TLSServerContext?) {
        server?.adopt(descriptor, listener: listener, tls: tls)
    }

    /// New requests use the new configuration; requests in flight finish with theirs.
    func adopt(_ snapshot: Snapshot) {
        gateway?.snapshot = snapshot
        gateway?.upstream.keepOnly(snapshot.tenants.map(\.target))
    }

    /// - Parameter grace: how long idle connections may still bring one more request.
    func drain(grace: Duration) {
        server?.drain(grace: grace)
        gateway?.beginDrain()
    }

    /// The drain is about to end: rejects requests that still wait.
    func endWaits() { gateway?.endWaits() }

    /// Requests in flight.
    var activeRequests: Int { server?.activeRequests ?? 0 }

    /// Suspends until no connection is open.
    func waitUntilEmpty() async { await server?.waitUntilEmpty() }

    /// The worker's counters and state.
    func report() -> WorkerReport? {
        if let server { recorder?.count(server) }
        return recorder?.report(
            WorkerGauges(
                clientConnections: server?.openConnections ?? 0, upstreamConnections: gateway?.upstream.openConnections ?? 0,
                longestTurn: reactor.longestTurn))
    }

    /// How long aborted requests may take to write their log line.
    private static let lastWords = Duration.milliseconds(500)

    /// Closes open connections, and ends the loop.
    func stop() async {
        gateway?.endWaits()
        server?.closeAll()
        gateway?.upstream.close()
        let end = Instant.now() + Self.lastWords
        while activeRequests > 0, Instant.now() < end {
            await reactor.sleep(.milliseconds(5))
        }
        recorder?.close()
        loop.stop()
    }
}

extension ServerSettings {
    init(_ limits: LimitSettings, tls: InboundTLSSettings?) {
        self.init()
        head = HeadLimits(head: limits.head, target: limits.target, fields: limits.fields)
        body = limits.body
        headTimeout = limits.headTimeout
        idleTimeout = limits.idleTimeout
        bodyRate = limits.bodyRate
        writeStall = limits.writeStallTimeout
        connections = limits.connections
        if let tls { handshakeTimeout = tls.handshakeTimeout }
    }
}

extension UpstreamClient {
    func logRenewalFailures(to log: Logger) {
        onRenewalFailure = { target, failure in
            log.warning(
                "upstream certificate reload failed, keeping the current ones",
                metadata: ["upstream": "\(target.authority)", "reason": "\(failure)"])
        }
    }
}
