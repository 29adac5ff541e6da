import CLinux
public import Configuration
import Glibc
public import Logging
public import Network
import Policy
import Synchronization
import Wire

/// The gateway as a process: configuration, listeners, workers, tokens, signals. Runs on the main thread's loop; requests
/// do not pass through it.
public actor GatewayControl: EventLoopActor {
    public nonisolated let loop: EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    public let reactor: Reactor

    let log: Logger
    let configurationPath: String?
    var workers: [GatewayWorker] = []
    var sockets: [ListeningSocket] = []
    var listeners: [Listener] = []
    var tlsContext: TLSServerContext?
    var snapshot: Snapshot?
    var keeper: TokenKeeper?
    /// nil without `[fleet]`.
    var fleet: Fleet?
    /// nil if slots are not shared.
    var slotKeeper: SlotKeeper?
    /// nil if rates and pauses are not shared.
    var rateKeeper: RateKeeper?
    /// Admissions made so far with something to share.
    var admissions = 0
    var phase = Phase.starting { didSet { processStage.isServing = phase == .serving } }
    let processStage = ProcessStage()
    /// nil: nothing is traced.
    var exporter: TraceExporter?
    var watcher: DirectoryWatcher?
    var notifier: SystemdNotifier?
    /// The configuration file's content when last read.
    var configurationText: [UInt8] = []
    /// The same for certificate, key and authorities of the TLS listeners.
    var tlsFiles: [[UInt8]] = []
    /// A reload was requested before startup was complete.
    var reloadsOnceServing = false
    private var nextWorker = 0
    /// Shutdown was requested before startup was complete.
    var endsOnceServing = false
    var wasToldBySIGTERM = false
    /// Signals that request shutdown.
    var endSignals = 0
    var adminHandler: AdminHandler?
    var adminServer: HTTPServer?
    var adminListener: Listener?
    var adminSocket: ListeningSocket?
    /// Names keep their slots across reloads.
    var labelTables = MetricsLabels()
    var otherLabels = LabelTable()
    var history = StatusHistory()
    var certificates = CertificateFiles()
    /// Counters of this loop: calls to token endpoints.
    var metrics = WorkerMetrics()
    /// By worker: what it reported last.
    var lastReports: [Int: WorkerReport] = [:]
    /// The access log's destination; nil if the access log is off.
    let accessDrain: LogDrain?
    let level: LogLevel?
    let startedAt = WallTime.now()
    var loadedAt = WallTime.now()
    /// The configuration at start, some of which stays in use until a restart.
    var started: Configuration?
    var awaitingRestart: [String] = []
    var reloads = 0
    var failedReloads = 0
    var reloadFailure: (reason: String, time: WallTime)?
    /// The warnings about the configuration in use, which have been logged.
    var warned: Set<String> = []
    let gauge: ConnectionGauge
    let load: LoadGauge
    var signals: SignalSource?
    var upstream: UpstreamClient?
    /// The exit code of the process.
    let status = Atomic<Int32>(0)
    public nonisolated var finalStatus: Int32 { status.load(ordering: .relaxed) }

    enum Phase: Equatable { case starting, serving, draining, stopped }

    /// - Parameters:
    ///   - configurationPath: the file to reload; nil disables reloads.
    ///   - accessDrain: the access log's destination; nil turns the access log off.
    ///   - level: the level of all loggers; a reload may change it.
    public init(configurationPath: String?, log: Logger, accessDrain: LogDrain? = nil, level: LogLevel? = nil) throws(SystemError)
    {
        gauge = ConnectionGauge()
        load = LoadGauge(connections: gauge)
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
        self.configurationPath = configurationPath
        self.log = log
        self.accessDrain = accessDrain
        self.level = level
    }

    /// Binds every listener, starts the workers and serves.
    /// - Throws: `StartError`, after cleaning up.
    public func start(_ configuration: Configuration) async throws(StartError) {
        do throws(StartError) {
            try await begin(configuration)
        } catch {
            for socket in sockets + [adminSocket].compactMap({ $0 }) { socket.unlinkPath() }
            throw error
        }
    }

    private func begin(_ configuration: Configuration) async throws(StartError) {
        closeUnusedSockets(configuration)
        bindReactor()
        warn(of: configuration, on: configuration.gateway.listen)
        let upstream: UpstreamClient
        do throws(SystemError) { upstream = try UpstreamClient(reactor: reactor) } catch { throw StartError("\(error)") }
        upstream.logRenewalFailures(to: log)
        self.upstream = upstream
        let keeper = TokenKeeper(reactor: reactor, upstream: upstream, log: log)
        keeper.onCall = { [unowned self] call in assumeIsolated { $0.count(call) } }
        self.keeper = keeper
        try joinFleet(configuration, keeper, upstream)
        load.memory.limit = configuration.limits.memory
        exporter = try makeExporter(configuration, upstream)
        sockets = try bind(configuration.gateway.listen)
        try startAdmin(configuration)
        tlsContext = try makeTLS(configuration)
        let snapshot = try makeSnapshot(configuration)
        self.snapshot = snapshot
        started = configuration
        try await startWorkers(configuration, snapshot)
        try accept(configuration)
        phase = .serving
        try watchFiles()
        notifier = SystemdNotifier(reactor: reactor)
        notifier?.ready()
        log.notice(
            "serving",
            metadata: [
                "listen": "\(listening(on: configuration.gateway.listen))", "workers": .number(workers.count),
                "tenant_count": .number(configuration.tenants.count),
            ])
        if reloadsOnceServing { await reload() }
        if endsOnceServing { await terminate() }
    }

    /// The listeners as configured, with the ports that the kernel chose.
    private func listening(on listeners: [ListenerSettings]) -> String {
        let texts = zip(listeners, sockets).map { listener, socket in
            guard case .tcp(_, 0, let isTLS) = listener.address else { return "\(listener.address)" }
            return "\(isTLS ? "tls:" : "")\(socket.address)"
        }
        return texts.joined(separator: ", ")
    }

    private func bind(_ listeners: [ListenerSettings]) throws(StartError) -> [ListeningSocket] {
        var sockets: [ListeningSocket] = []
        for listener in listeners { sockets.append(try bind(listener)) }
        return sockets
    }

    private func bind(_ listener: ListenerSettings) throws(StartError) -> ListeningSocket {
        if case .fileDescriptor(.name(let name)) = listener.address, SystemdSockets.descriptor(named: name) == nil {
            throw StartError(
                "\(listener.address): systemd passed no socket named \(name) (FileDescriptorName= in the socket unit)")
        }
        do throws(SystemError) { return try ListeningSocket(SocketAddress(listener)) } catch { throw StartError("\(error)") }
    }

    private func startAdmin(_ configuration: Configuration) throws(StartError) {
        guard let address = configuration.gateway.admin else { return }
        var settings = ServerSettings()
        settings.connections = DescriptorBudget.ofProcess.adminConnections
        // Probes get a response even with many silent connections.
        settings.replacesSilent = true
        let handler = AdminHandler(control: self, address: address, hosts: configuration.gateway.hosts)
        let server = HTTPServer(settings: settings, reactor: reactor, gauge: ConnectionGauge(), handler: handler)
        adminHandler = handler
        adminServer = server
        do {
            let socket = try bind(ListenerSettings(address: address))
            adminSocket = socket
            adminListener = try Listener(socket, reactor: reactor, reserve: 8) { server.adopt($0, listener: 0) }
        } catch {
            throw StartError("admin: \(error)")
        }
    }

    private func makeExporter(
        _ configuration: Configuration, _ upstream: UpstreamClient
    ) throws(StartError) -> TraceExporter? {
        guard let settings = configuration.gateway.tracing else { return nil }
        do throws(UpstreamTarget.InvalidURL) {
            return try TraceExporter(
                settings, ProxyEnvironment(Self.processEnvironment), reactor: reactor, upstream: upstream, log: log)
        } catch {
            throw StartError("gateway.tracing: \(error.url) is not a URL")
        }
    }

    /// A drain requested over the admin listener; ignored during one. Only signals end it early.
    func quit() {
        guard phase == .starting || phase == .serving else { return }
        reactor.spawn { await self.terminate() }
    }

    func makeTLS(_ configuration: Configuration) throws(StartError) -> TLSServerContext? {
        guard let tls = configuration.gateway.tls else { return nil }
        do throws(TLSError) {
            return try TLSServerContext(tls)
        } catch {
            throw StartError("[gateway.tls] \(error)")
        }
    }

    private func startWorkers(_ configuration: Configuration, _ snapshot: Snapshot) async throws(StartError) {
        let descriptors = DescriptorBudget.ofProcess
        guard descriptors.isEnough else {
            throw StartError(
                "the process is limited to \(descriptors.limit) open descriptors, and needs \(DescriptorBudget.least): raise the limit "
                    + "(ulimit -n, LimitNOFILE= of systemd)")
        }
        if descriptors.connections < configuration.limits.connections {
            log.warning(
                "limits.connections exceeds the limit of open descriptors",
                metadata: [
                    "limits.connections": .number(configuration.limits.connections), "descriptors": .number(descriptors.limit),
                    "connections": .number(descriptors.connections),
                ])
        }
        let count = configuration.gateway.workers ?? Int(zg_processors())
        for index in 0..<count {
            do throws(SystemError) {
                let worker = try GatewayWorker()
                try worker.start(name: "worker-\(index)")
                try await worker.serve(
                    snapshot, gauge: gauge, load: load, stage: processStage, traces: exporter?.queue, log: accessDrain,
                    diagnostics: log)
                workers.append(worker)
            } catch {
                throw StartError("\(error)")
            }
        }
    }

    private func accept(_ configuration: Configuration) throws(StartError) {
        for (index, socket) in sockets.enumerated() {
            let isTLS = configuration.gateway.listen[index].address.isTLS
            do throws(SystemError) {
                listeners.append(
                    try Listener(socket, reactor: reactor) { descriptor in
                        self.deal(descriptor, listener: index, isTLS: isTLS)
                    })
            } catch {
                throw StartError("\(error)")
            }
        }
    }

    /// Connections are assigned to the workers round-robin and stay with their worker.
    private func deal(_ descriptor: Int32, listener: Int, isTLS: Bool) {
        let worker = workers[nextWorker % workers.count]
        nextWorker &+= 1
        let tls = isTLS ? tlsContext : nil
        guard !isTLS || tls != nil else {
            close(descriptor)
            return
        }
        Task(executorPreference: worker.loop) { await worker.adopt(descriptor, listener: listener, tls: tls) }
    }
}

/// Why the gateway cannot start.
public struct StartError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
