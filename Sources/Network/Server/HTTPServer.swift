import Synchronization
public import Wire

/// An HTTP/1.1 server on one event loop (RFC 9112). It does not accept connections itself: listeners pass them to `adopt`.
public final class HTTPServer {
    public let settings: ServerSettings
    let reactor: Reactor
    let handler: any RequestHandler
    var memory: ConnectionMemory.Pool
    let memoryGauge: MemoryGauge
    private(set) lazy var pressure = MemoryPressure(
        memoryGauge, reactor: reactor, patience: settings.memoryPatience
    ) { [unowned self] in connections.values.filter { $0.stall != nil } }
    var date = DateField()
    private let gauge: ConnectionGauge
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var whenEmpty: [() -> Void] = []

    /// Whether connections close after their next request.
    public private(set) var isDraining = false
    /// How long idle connections wait for that request.
    private var idleEnd = Instant.distantFuture
    /// Requests being handled now.
    public internal(set) var activeRequests = 0
    /// TLS handshakes in progress, and successful and failed ones since the start.
    public internal(set) var handshakes = 0
    public internal(set) var finishedHandshakes = 0
    public internal(set) var failedHandshakes = 0
    /// Connections closed because too many handshakes were in progress.
    public private(set) var refusedHandshakes = 0
    /// Connections open now on this loop.
    public var openConnections: Int { connections.count }
    /// Idle ones that wait for a request, without buffers.
    var idleConnections: Int { connections.values.count { $0.isIdle && $0.lent == nil } }
    /// Tasks of connections, which wait for a request or handle one. A task keeps the memory of its deepest call, more than 10 KB: beyond
    /// so many, no connection keeps one for its next request.
    var tasks = 0
    static let mostKeptTasks = 256
    /// Writes that timed out although the client had read, and went on.
    var slowReads = 0
    /// Connections accepted so far.
    public private(set) var acceptedConnections = 0
    /// Connections rejected because `ServerSettings.connections` were open.
    public private(set) var refusedConnections = 0

    /// - Parameters:
    ///   - gauge: counts the connections of all servers that share one limit.
    ///   - memory: counts memory for the clients of all servers that share one limit; the default has none.
    public init(
        settings: ServerSettings, reactor: Reactor, gauge: ConnectionGauge, memory: MemoryGauge = MemoryGauge(),
        handler: any RequestHandler
    ) {
        self.settings = settings
        self.reactor = reactor
        self.gauge = gauge
        self.handler = handler
        memoryGauge = memory
        self.memory = ConnectionMemory.Pool(limits: settings.head, gauge: memory)
    }

    /// Serves a new connection.
    /// - Parameters:
    ///   - descriptor: connected and non-blocking; the server owns it from now on.
    ///   - tls: if given, the connection begins with a TLS handshake.
    public func adopt(_ descriptor: Int32, listener: Int, tls: TLSServerContext? = nil) {
        guard let stream = try? Stream(descriptor: descriptor, reactor: reactor) else { return }
        if settings.replacesSilent, gauge.value >= settings.connections { cutMostSilent() }
        guard gauge.increment(limit: settings.replacesSilent ? .max : settings.connections) else {
            refusedConnections += 1
            // A client waiting for a ServerHello cannot be told in plain HTTP.
            if tls == nil { refuseConnection(stream) } else { stream.reset() }
            return
        }
        if tls != nil, handshakes >= settings.handshakes {
            refusedHandshakes += 1
            gauge.decrement()
            stream.reset()
            return
        }
        let connection = Connection(
            stream: stream, info: ConnectionInfo(listener: listener, peer: stream.peerCredentials), server: self)
        if settings.namesClients.indices.contains(listener), settings.namesClients[listener] {
            connection.client = ConnectionClient(address: stream.peerAddress)
        }
        connections[ObjectIdentifier(connection)] = connection
        acceptedConnections += 1
        // Counted here, not when the task runs: a batch of new connections must not slip past the limit.
        if tls != nil { handshakes += 1 }
        reactor.spawn { if let tls { await connection.serveTLS(tls) } else { await connection.begin() } }
    }

    /// All have a request in progress: then there is one more for a while.
    private func cutMostSilent() {
        connections.values.filter { !$0.isServing }.min { $0.waitsSince < $1.waitsSince }?.cut()
    }

    func closed(_ connection: Connection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        gauge.decrement()
        if connections.isEmpty {
            let waiting = whenEmpty
            whenEmpty = []
            for resume in waiting { resume() }
        }
    }

    /// Best effort, without waiting: a client over the limit gets no task and no memory.
    private func refuseConnection(_ stream: Stream) {
        let response = closingResponse(503, "Service Unavailable", "Too many connections are open; try again soon", retryAfter: 1)
        _ = stream.write(response.span)
        stream.shutdownWrite()
        stream.close()
    }

    /// A response without an exchange, after which the connection is closed: problem details (RFC 9457).
    func closingResponse(_ status: Int, _ title: StaticString, _ detail: StaticString, retryAfter: Int? = nil) -> [UInt8] {
        var problem = JSONWriter()
        problem.object {
            $0.member("type", "about:blank")
            $0.member("title", title)
            $0.member("status", status)
            $0.member("detail", detail)
        }
        var response = ResponseWriter()
        response.status(status)
        date.update(.now())
        let now = date.bytes
        response.field("Date", now.span)
        response.field("Connection", literal: "close")
        response.field("Content-Type", literal: "application/problem+json")
        if let retryAfter { response.field("Retry-After", retryAfter) }
        response.framing(.length(problem.bytes.count))
        response.endHead()
        response.body(problem.bytes.span)
        return response.bytes
    }

    /// Stops keeping connections alive: every response has `Connection: close` from now on. `adopt` still serves.
    ///
    /// An idle connection is not closed at once, since its next request may be in transit: it is read until that request has
    /// been served, or until `grace` is over. Then it is read once more and its sending side closed, so that a client that
    /// was not informed sees a clean close (RFC 9112 section 9.6).
    /// - Parameter grace: how long idle connections wait; the default is `ServerSettings.drainGrace`.
    public func drain(grace: Duration? = nil) {
        isDraining = true
        idleEnd = .now() + (grace ?? settings.drainGrace)
        for connection in connections.values { connection.recheckIfIdle() }
    }

    /// How long a connection that becomes idle at `now` waits for another request in a drain. Connections that could not announce that they
    /// would close, because the response had begun before, also get this time.
    func idleEnd(since now: Instant) -> Instant { max(idleEnd, now + settings.drainGrace) }

    /// Suspends until no connection is open.
    public func waitUntilEmpty() async {
        // Checked within the suspension: a task that does not prefer this loop may be queued between a check and the suspension,
        // and the last connection may close meanwhile.
        await unsafe withUnsafeContinuation { continuation in
            if connections.isEmpty { return unsafe continuation.resume() }
            whenEmpty.append { unsafe continuation.resume() }
        }
    }

    /// Aborts every open connection.
    public func closeAll() {
        for connection in connections.values { connection.cut() }
    }
}

/// How many connections are open on all loops together.
public final class ConnectionGauge: Sendable {
    private let count = Atomic<Int>(0)

    public init() {}

    /// Connections open now.
    public var value: Int { count.load(ordering: .relaxed) }

    /// - Returns: false, and nothing is counted, if `limit` are already open.
    func increment(limit: Int) -> Bool {
        if count.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
        decrement()
        return false
    }

    func decrement() { count.wrappingSubtract(1, ordering: .relaxed) }
}

/// Limits on clients' requests and connections.
public struct ServerSettings: Sendable {
    public var head = HeadLimits()
    /// Bytes of a request body, decoded from its framing; more get a 413.
    public var body = 16 << 20
    /// From the first byte of a head to its last; also how long a new connection may stay silent.
    public var headTimeout: Duration = .seconds(10)
    /// How long a connection may be idle between requests.
    public var idleTimeout: Duration = .seconds(75)
    /// A body may always take this long …
    public var bodyGrace: Duration = .seconds(10)
    /// … and must then have reached this rate, in bytes per second, so that slow clients do not occupy slots.
    public var bodyRate = 256
    /// How long a response may stall because the client does not read.
    public var writeStall: Duration = .seconds(30)
    /// Open connections on all loops together; further ones get a 503 and are closed.
    public var connections = 10_000
    /// Whether the connection that has been idle longest is closed for a new one at the limit.
    public var replacesSilent = false
    /// How long a TLS handshake may take.
    public var handshakeTimeout: Duration = .seconds(10)
    /// Concurrent TLS handshakes on one loop; further connections are closed.
    public var handshakes = 512
    /// The default for how long idle connections may still send one more request in a drain.
    public var drainGrace: Duration = .seconds(1)
    /// How long the client of an idle connection that is being closed may take to close its side.
    public var linger: Duration = .milliseconds(500)
    /// Bytes of an unread request body that are read and dropped after the response, to keep the connection.
    public var drainedBody = 64 << 10
    /// How long the rest of a larger one is read and dropped before the connection is closed, at most `body` bytes: many
    /// clients read the response only after sending everything, and a reset would destroy it (RFC 9112 section 9.6).
    public var discardTime: Duration = .seconds(30)
    /// How long such a client may be silent.
    public var discardSilence: Duration = .seconds(5)
    /// How long a client waits under memory pressure before it, or another, is refused.
    public var memoryPatience: Duration = .seconds(1)
    /// By listener: whether its clients' addresses are recorded, which costs a system call per connection.
    public var namesClients: [Bool] = []

    public init() {}
}

/// Handles a server's requests. Runs on the server's loop.
public protocol RequestHandler: AnyObject {
    /// Serves one request: responds through `exchange`, or aborts it. Without a response, a 500 is sent.
    func handle(_ exchange: HTTPExchange) async

    /// Responds to a request that was refused before it could be handled; its head is not available. The connection closes
    /// afterwards.
    func refuse(_ refusal: Refusal, _ exchange: HTTPExchange) async

    /// A client's TLS handshake failed.
    /// - Parameter address: the client's, without its port; nil if not TCP.
    func handshakeFailed(_ error: TLSError, _ info: ConnectionInfo, address: String?)
}

extension RequestHandler {
    public func handshakeFailed(_ error: TLSError, _ info: ConnectionInfo, address: String?) {}
}

/// The value of `Date` (RFC 9110 section 6.6.1), updated once per second.
struct DateField {
    private var second: Int64 = .min
    private(set) var bytes: [UInt8] = []

    mutating func update(_ now: WallTime) {
        guard now.seconds != second else { return }
        second = now.seconds
        bytes = Array(now.httpDate.utf8)
    }
}
