import Configuration
import Network
import Policy
import Wire

/// Strings the phases together on one worker's loop:
///
///     accept -> identify -> authorise -> admit -> credential -> forward -> judge -> relay -> record
///
/// No phase knows the next one. Decisions are made by the pure values of Policy; the phases carry them out.
final class Gateway: RequestHandler {
    let reactor: Reactor
    let upstream: UpstreamClient
    let gzip: GzipPool
    /// The configuration for new requests.
    var snapshot: Snapshot
    var recorder: Recorder?
    var handshakes: HandshakeLog?
    /// nil: nothing is shed.
    var load: WorkerLoad?
    var random = FastRandom()

    init(reactor: Reactor, upstream: UpstreamClient, snapshot: Snapshot) {
        self.reactor = reactor
        self.upstream = upstream
        self.snapshot = snapshot
        gzip = GzipPool()
    }

    func handle(_ http: HTTPExchange) async {
        let (exchange, refusal) = accept(http)
        // Weak: the connection may outlive the exchange by a turn of the loop.
        http.onClientGone = { [weak exchange] in
            if let exchange, exchange.isClientGone { exchange.onClientGone?() }
        }
        do throws(Problem) {
            if let refusal { throw Problem(.badTrackID(refusal)) }
            if let refusal = http.contentRefusal { throw Problem(refusal) }
            try checkPage(http)
            if try await !answerTokenCall(exchange) { try await forward(exchange) }
        } catch {
            // It was let in, and memory ran out while its content came.
            if error.type == AdmissionRefusal.Reason.overload.rawValue, exchange.isCounted { recorder?.count(.shedForMemory) }
            // What the gateway itself refused left the job as it is, which is not known.
            if exchange.outcome == nil, error.outcome == nil, isForCancel(exchange) { exchange.outcome = .unknown }
            await answer(exchange, error)
        }
        await stopPump(exchange)
        if let tenant = exchange.tenant { leave(exchange, tenant) }
        discardTransfer(exchange)
        leaveLoad(exchange)
        http.onClientGone = nil
        record(exchange)
    }

    private func checkPage(_ http: HTTPExchange) throws(Problem) {
        let (listener, head) = (http.info.listener, http.head)
        guard snapshot.pageGuards.indices.contains(listener) else { return }
        let pageGuard = snapshot.pageGuards[listener]
        do throws(Denial) {
            try http.withHeadBytes { bytes throws(Denial) in try pageGuard.check(head, bytes) }
        } catch {
            throw Problem(error)
        }
    }

    /// Whether the request is for a cancel route, also where it was refused before that mattered.
    private func isForCancel(_ exchange: Exchange) -> Bool {
        if exchange.route != nil { return exchange.isCancel }
        let head = exchange.http.head
        let policy = exchange.snapshot.policy
        let match = exchange.http.withHeadBytes { policy.table.match(head, $0) }
        guard case .matched(let index, _) = match else { return false }
        return policy.routes[index].kind == .aquaCancel || policy.routes[index].kind == .dataQueryCancel
    }

    func refuse(_ refusal: Refusal, _ http: HTTPExchange) async {
        let exchange = Exchange(
            http, snapshot: snapshot, trackID: TrackID(using: &random), acceptEncoding: AcceptEncoding(), startedAt: reactor.now)
        if refusal.status == 503 { recorder?.count(.shedForMemory) }
        await answer(exchange, Problem(refusal))
        record(exchange)
    }

    func handshakeFailed(_ error: TLSError, _ info: ConnectionInfo, address: String?) {
        let listeners = snapshot.configuration.gateway.listen
        let listener = listeners.indices.contains(info.listener) ? "\(listeners[info.listener].address)" : ""
        handshakes?.note(error, listener: listener, address: address)
    }

    /// accept: the head is parsed; what every answer needs is read from it.
    private func accept(_ http: HTTPExchange) -> (Exchange, Refusal?) {
        let head = http.head
        var accept = AcceptEncoding()
        var random = random
        var trace: TraceContext?
        var traceparents = 0
        let (trackID, refusal) = http.withHeadBytes { bytes in
            for field in head.fields {
                switch field.name {
                case .acceptEncoding: accept.add(bytes.extracting(field.valueRange))
                case .traceparent:
                    traceparents += 1
                    trace = TraceContext(bytes.extracting(field.valueRange))
                default: break
                }
            }
            return TrackID.resolve(head, bytes, using: &random)
        }
        self.random = random
        let exchange = Exchange(http, snapshot: snapshot, trackID: trackID, acceptEncoding: accept, startedAt: reactor.now)
        // One that cannot be read, or is not the only one, counts as absent, and takes its `tracestate` along.
        if traceparents != 1 { trace = nil }
        exchange.startsTrace = trace == nil
        exchange.replacesTrace = exchange.startsTrace && traceparents > 0
        exchange.trace = trace ?? TraceContext.start(using: &self.random)
        return (exchange, refusal)
    }

    private func forward(_ exchange: Exchange) async throws(Problem) {
        try authorise(exchange)
        guard let tenant = exchange.tenant, let route = exchange.route else { throw .internalError }
        try enterLoad(exchange, tenant)
        try await readRequestBody(exchange)
        if exchange.isCancel, let coalescer = tenant.coalescer {
            try await serveCoalesced(exchange, tenant, route, coalescer)
        } else {
            try await serve(exchange, tenant, route)
        }
    }

    /// From admission to the last byte of the answer.
    func serve(_ exchange: Exchange, _ tenant: TenantState, _ route: Route) async throws(Problem) {
        // By themselves, since thousands may be waiting here.
        try await admit(exchange, tenant)
        try await takeToken(exchange, tenant)
        startMachine(exchange, tenant, route)
        try await run(exchange, tenant)
    }

    /// Events of the outside world in, actions of the machine out.
    @inline(never)
    private func run(_ exchange: Exchange, _ tenant: TenantState) async throws(Problem) {
        var event = ExchangeEvent.started
        while true {
            switch decide(exchange, tenant, event) {
            case .none: throw .internalError
            case .send(let freshConnection):
                recycle(&exchange.transfer)
                event = try await send(exchange, tenant, freshConnection: freshConnection)
            case .verify(let freshConnection):
                recycle(&exchange.lookTransfer)
                event = try await look(exchange, tenant, freshConnection: freshConnection)
            case .pause(let duration):
                await pause(exchange, until: min(reactor.now + duration, exchange.deadline.end))
                event = exchange.deadline.hasPassed(at: reactor.now) ? .deadlinePassed : .pauseEnded
            case .refreshToken: event = await replaceToken(exchange, tenant)
            case .relay(let answer): return try await relay(exchange, answer)
            case .fail(let problem):
                giveTokenUp(exchange, tenant)
                throw failed(exchange, tenant, problem)
            }
            if exchange.isClientGone, !outlivesCaller(exchange) { throw .clientGone }
            if let problem = exchange.bodyProblem { throw problem }
        }
    }

    // Out of line, so that their temporaries do not live in the task.

    @inline(never)
    private func startMachine(_ exchange: Exchange, _ tenant: TenantState, _ route: Route) {
        exchange.machine = ExchangeMachine(
            policy: RetryPolicy(tenant.settings.retry), deadline: exchange.deadline, kind: route.kind,
            isIdempotent: route.isIdempotent, isReplayable: exchange.requestBody.isWhole,
            outcomeStatus: tenant.settings.outcomeStatus)
    }

    @inline(never)
    private func failed(_ exchange: Exchange, _ tenant: TenantState, _ problem: ExchangeProblem) -> Problem {
        Problem(problem, exchange.failure, upstream: tenant.target)
    }

    @inline(never)
    private func outlivesCaller(_ exchange: Exchange) -> Bool { exchange.machine?.outlivesCaller ?? true }

    @inline(never)
    private func decide(_ exchange: Exchange, _ tenant: TenantState, _ event: ExchangeEvent) -> ExchangeAction {
        guard var machine = exchange.machine else { return .none }
        defer { exchange.machine = machine }
        return tenant.admission.decide(&machine, event, now: reactor.now, random: &random)
    }

    private func recycle(_ transfer: inout UpstreamExchange?) {
        transfer?.recycle()
        transfer = nil
    }
}
