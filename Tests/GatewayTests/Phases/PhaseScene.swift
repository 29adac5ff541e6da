import CLinux
import Configuration
import Glibc
import Policy
import Synchronization
import Testing
import Wire

@testable import Gateway
@testable import Network

/// All phases of a gateway on one loop in this process: callers at the other ends of socket pairs, a stand-in for Zuora on loopback, and
/// tokens from nowhere.
actor PhaseScene: EventLoopActor {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let reactor: Reactor
    let zuora = StandIn()
    /// The stand-in's.
    let address: String
    let tokens: TokenMint
    let tenant: TenantState
    let gateway: Gateway
    let server: HTTPServer
    /// What is held for callers.
    let memory: MemoryGauge
    private let snapshot: Snapshot
    private let recorder: Recorder
    let client: UpstreamClient
    private let zuoraServer: HTTPServer
    private let zuoraListener: Listener
    private let zuoraSocket: ListeningSocket
    private let log = Pipe()
    private let drain: LogDrain

    /// - Parameters:
    ///   - settings: lines of the tenant's configuration.
    ///   - hub: whether the stand-in is a hub.
    ///   - starts: what the tenant shares with a fleet.
    private init(_ settings: String, hub: Bool, _ starts: SharedStarts?) throws {
        CurlLibrary.initialize()
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
        client = try UpstreamClient(reactor: reactor)
        let socket = try ListeningSocket(.tcp(host: "127.0.0.1", port: 0))
        let zuoraServer = HTTPServer(settings: ServerSettings(), reactor: reactor, gauge: ConnectionGauge(), handler: zuora)
        self.zuoraServer = zuoraServer
        zuoraSocket = socket
        zuoraListener = try Listener(socket, reactor: reactor) { zuoraServer.adopt($0, listener: 0) }
        guard case .tcp(_, let port) = socket.address else { throw NeverHappened(description: "no port") }
        let configuration = try Configuration.parse(
            text: """
                [gateway]
                listen = ["127.0.0.1:8080"]
                admin = "off"
                default_tenant = "acme"
                [tenants.acme]
                routes = ["aqua.cancel", "aqua.get", "aqua.submit", "files.get", "dataquery.cancel", "dataquery.get"]
                \(hub ? Self.hub(port) : Self.zuora(port, settings))
                \(settings)
                """, file: "proxy.conf")
        let policy = Policy(configuration)
        let acme = configuration.tenants[0]
        tokens = TokenMint(try #require(CredentialKey(acme)))
        address = "127.0.0.1:\(port)"
        tenant = TenantState(
            acme, target: try UpstreamTarget(acme.upstream), tokens: tokens.source,
            admission: TenantAdmission(acme, now: .now(), starts: starts))
        var (tables, others) = (MetricsLabels(), LabelTable())
        snapshot = Snapshot(
            configuration: configuration, policy: policy, tenants: [tenant],
            labels: SnapshotLabels(configuration, policy, tables: &tables, others: &others))
        let descriptors = DescriptorBudget(limit: 4096)
        let load = LoadGauge(connections: ConnectionGauge())
        gateway = Gateway(
            reactor: reactor, upstream: client, snapshot: snapshot,
            load: WorkerLoad(load, LoadShedder.Limits(configuration.limits, descriptors)))
        drain = try LogDrain(descriptor: log.writer)
        recorder = Recorder(reactor: reactor, drain: drain)
        gateway.recorder = recorder
        memory = load.memory
        var serverSettings = ServerSettings(configuration.limits, tls: nil)
        serverSettings.memoryPatience = .zero
        server = HTTPServer(
            settings: serverSettings, reactor: reactor, gauge: ConnectionGauge(), memory: load.memory, handler: gateway)
    }

    private static func hub(_ port: UInt16) -> String {
        """
        gateway = "http://127.0.0.1:\(port)"
        gateway_key = { env = "HUB_KEY" }
        """
    }

    private static func zuora(_ port: UInt16, _ settings: String) -> String {
        """
        upstream = "http://127.0.0.1:\(port)"
        client_id = "client"
        client_secret = "secret"
        \(settings.contains("retry") ? "" : #"retry = { attempts = 4, base = "1ms", cap = "2ms", budget = "100%" }"#)
        \(settings.contains("breaker") ? "" : "breaker = false")
        """
    }

    static func run(
        _ settings: String = "", hub: Bool = false, starts: SharedStarts? = nil,
        _ body: @escaping @Sendable (isolated PhaseScene) async throws -> Void
    ) async throws {
        let scene = try PhaseScene(settings, hub: hub, starts)
        try scene.start(name: "phases")
        defer { scene.loop.stop() }
        // With the loop preferred, as by all that it spawns: the thread pool might come late where the machine is busy.
        try await Task(executorPreference: scene.loop) { try await scene.perform(body) }.value
    }

    private func perform(_ body: @Sendable (isolated PhaseScene) async throws -> Void) async throws {
        bindReactor()
        defer {
            zuora.releaseAll()
            server.closeAll()
            zuoraServer.closeAll()
            client.close()
            endLog()
        }
        try await body(self)
    }

    /// Cuts what is under way, as a worker does at the end of a drain.
    func stop() {
        gateway.endWaits()
        server.closeAll()
        client.close()
    }

    /// From now on, nobody listens at the stand-in's address.
    func closeUpstream() {
        zuoraListener.stop()
        shutdown(zuoraSocket.descriptor, Int32(SHUT_RDWR))
    }

    // MARK: Callers

    /// A new caller.
    func connect() throws -> Caller {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        server.adopt(ends[0], listener: 0)
        return Caller(try Network.Stream(descriptor: ends[1], reactor: reactor))
    }

    /// A caller that has sent a request.
    func send(_ line: String, _ fields: [String] = [], content: String = "") throws -> Caller {
        let caller = try connect()
        caller.send(line, fields, content: content)
        return caller
    }

    /// One request and its response.
    func exchange(_ line: String, _ fields: [String] = [], content: String = "") async throws -> ReceivedResponse {
        try await send(line, fields, content: content).response()
    }

    // MARK: What is to be seen

    /// Requests refused because memory was short, by the metrics.
    var shedForMemory: Int { Int(recorder.report(WorkerGauges()).metrics.count(.shedForMemory)) }

    /// How many requests came to this, by the books.
    func recorded(_ outcome: RequestOutcome) -> Int {
        Int(recorder.report(WorkerGauges()).metrics.requests(snapshot.labels.tenants[0], outcome))
    }

    /// The last request's error, as the log has it.
    var lastError: RecentError? { recorder.report(WorkerGauges()).errors.first }

    /// The access log. Ends it.
    func logLines() -> [String] {
        endLog()
        return log.readAll().lines
    }

    private func endLog() {
        recorder.close()
        #expect(drain.finish(within: .seconds(10)))
        log.closeWriter()
    }

    /// Connections that the stand-in was called on.
    var connections: Int { zuoraServer.acceptedConnections }

    /// Requests whose head has come to the stand-in, and which it has not responded to.
    var arrivedCalls: Int { zuoraServer.activeRequests }

    /// Whether no request is under way, and nothing is held for one.
    var isAtRest: Bool {
        server.activeRequests == 0 && client.activeExchanges == 0 && tenant.admission.inFlight == 0
            && tenant.admission.queued == 0
    }

    /// A request that is under way upstream, and keeps the only slot.
    func occupy() async throws -> Caller {
        zuora.script = [.hold]
        let caller = try send(RetryPhaseTests.get)
        try await until("the slot is taken") { $0.zuora.heldCalls == 1 }
        return caller
    }

    /// Sets the loop's clock forward.
    func letPass(_ duration: Duration) {
        let clock = reactor.clock
        reactor.clock = { clock() + duration }
    }

    /// Lets the loop turn until all requests are over.
    func untilAtRest(_ location: SourceLocation = #_sourceLocation) async throws {
        try await until("all requests are over", location) { $0.isAtRest }
    }

    struct NeverHappened: Error, CustomStringConvertible { let description: String }

    /// Lets the loop turn until `condition` holds.
    /// - Throws: `NeverHappened` when it does not within 10 seconds.
    func until(
        _ what: String, _ location: SourceLocation = #_sourceLocation, _ condition: (isolated PhaseScene) -> Bool
    ) async throws {
        let end = Instant.now() + .seconds(10)
        while !condition(self) {
            guard Instant.now() < end else {
                Issue.record("within 10 s: \(what)", sourceLocation: location)
                throw NeverHappened(description: what)
            }
            await reactor.yield()
        }
    }
}

/// Gives out tokens by itself, numbered from 1.
final class TokenMint: Sendable {
    private struct State {
        var withheld: [FetchOrder] = []
        var isWithholding = false
        var granted = 0
        var lifetime = Duration.seconds(3600)
    }

    private let state = Mutex(State())
    let source: TokenSource

    init(_ key: CredentialKey) {
        let hook = Hook()
        source = TokenSource(key: key, host: "stand-in") { hook.mint.withLock { $0 }?.take($0) }
        hook.mint.withLock { $0 = self }
        if let order = source.update({ $0.secretRead(Secret(copying: "secret"), .now()) }) { grant(order) }
    }

    private final class Hook: Sendable { let mint = Mutex<TokenMint?>(nil) }

    /// Tokens that were granted.
    var granted: Int { state.withLock { $0.granted } }

    /// Calls for a token that get no response.
    var withheld: Int { state.withLock { $0.withheld.count } }

    private func take(_ work: TokenSource.Work) {
        guard case .fetch(let order) = work else { return }
        let isWithheld = state.withLock { state in
            if state.isWithholding { state.withheld.append(order) }
            return state.isWithholding
        }
        if !isWithheld { grant(order) }
    }

    private func grant(_ order: FetchOrder) {
        let (number, lifetime) = state.withLock { state in
            state.granted += 1
            return (state.granted, state.lifetime)
        }
        let grant = TokenGrant(secret: Secret(copying: "token-\(number)"), lifetime: lifetime)
        var random = SystemRandomNumberGenerator()
        _ = source.update { $0.fetched(grant, order.ticket, .now(), using: &random) }
    }

    /// Replaces the current token by one of that lifetime; later ones last an hour again.
    func replace(lifetime: Duration) -> Token? {
        state.withLock { $0.lifetime = lifetime }
        defer { state.withLock { $0.lifetime = .seconds(3600) } }
        if let token = current { _ = source.replace(token.version, .now()) }
        return current
    }

    /// Keeps everybody waiting who asks for a new token; the one that there is, is rejected.
    func withhold(rejecting token: Token?) {
        state.withLock { $0.isWithholding = true }
        if let token { _ = source.replace(token.version, .now()) }
    }

    var current: Token? {
        if case .token(let token) = source.request(.now(), needs: .zero) { token } else { nil }
    }

    func release() {
        let orders = state.withLock { state in
            defer { state.withheld = [] }
            state.isWithholding = false
            return state.withheld
        }
        for order in orders { grant(order) }
    }
}

/// A caller, at its end of a connection.
final class Caller {
    private let stream: Network.Stream
    private var input = ByteBuffer(capacity: 64 << 10)

    init(_ stream: Network.Stream) { self.stream = stream }

    /// - Parameter line: method and path.
    func send(_ line: String, _ fields: [String] = [], content: String = "") {
        let length = line.hasPrefix("POST") ? ["Content-Length: \(content.utf8.count)"] : []
        sendRaw(([line + " HTTP/1.1", "Host: localhost"] + fields + length).joined(separator: "\r\n") + "\r\n\r\n" + content)
    }

    func sendRaw(_ text: String) {
        let bytes = Array(text.utf8)
        _ = stream.write(bytes.span)
    }

    /// Sends more than the kernel takes at once.
    func sendAll(_ text: String) async {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            switch stream.write(bytes.span.extracting(sent..<bytes.count)) {
            case .bytes(let count): sent += count
            case .wouldBlock: _ = await stream.waitWritable(until: .now() + .seconds(20))
            case .end, .failed: return
            }
        }
    }

    func leave() { stream.close() }

    /// The next response, or what there was of it when the connection ended.
    func response() async -> ReceivedResponse {
        while true {
            if let response = ReceivedResponse(&input) { return response }
            guard await read() else { return ReceivedResponse(broken: input.slice(0..<input.count)) }
        }
    }

    /// Suspends until `text` has come.
    /// - Returns: false when the connection ended before.
    func receive(_ text: String) async -> Bool {
        while !String(decoding: input.slice(0..<input.count), as: UTF8.self).contains(text) {
            guard await read() else { return false }
        }
        return true
    }

    private func read() async -> Bool {
        input.reserve(16 << 10)
        while true {
            switch stream.read(into: &input) {
            case .bytes: return true
            case .wouldBlock: if await stream.waitReadable(until: .now() + .seconds(20)) != .ready { return false }
            case .end, .failed: return false
            }
        }
    }
}

/// A response as a caller gets it.
struct ReceivedResponse: Sendable {
    var status = 0
    var fields: [String: String] = [:]
    var content = ""
    var isWhole = true

    var outcome: String? { fields["gateway-outcome"] }
    /// Requests that were sent upstream for it.
    var attempts: Int { fields["gateway-attempts"].flatMap(Int.init) ?? 1 }
    /// The last part of the problem's type.
    var problem: String? {
        guard fields["content-type"] == "application/problem+json" else { return nil }
        return content.split(separator: "\"").first { $0.hasPrefix("urn:") }?.split(separator: ":").last.map(String.init)
    }

    /// Takes the first response out of `input`; nil when it is not whole yet.
    init?(_ input: inout ByteBuffer) {
        let text = String(decoding: input.slice(0..<input.count), as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let rest = text[end.upperBound...]
        if let length = fields["content-length"].flatMap(Int.init) {
            guard rest.utf8.count >= length else { return nil }
            content = String(decoding: rest.utf8.prefix(length), as: UTF8.self)
            input.consume(text[..<end.upperBound].utf8.count + length)
        } else {
            guard let last = rest.firstRange(of: "0\r\n\r\n") else { return nil }
            content = String(rest[..<last.lowerBound])
            input.consume(text[..<last.upperBound].utf8.count)
        }
    }

    init(broken bytes: ArraySlice<UInt8>) {
        content = String(decoding: bytes, as: UTF8.self)
        isWhole = false
    }
}

extension StringProtocol {
    fileprivate func components(separatedBy separator: String) -> [String] { split(separator: separator).map { String($0) } }
}
