import Configuration
import Network
import Policy
import Wire

/// Processes requests on one worker's loop, in these phases:
///
///     accept -> identify -> authorise -> admit -> credential -> forward -> judge -> relay -> record
///
/// Each phase is a file in `Phases` with a typed input and output, and knows no other. Decisions are delegated to pure values of
/// `Policy`.
final class Gateway: RequestHandler {
    let reactor: Reactor
    let upstream: UpstreamClient
    let gzip = GzipPool()
    /// All waits of requests, and the back-offs among them.
    let waits = WaitList()
    private let backOffs = WaitList()
    /// The configuration for new requests.
    var snapshot: Snapshot
    var recorder: Recorder?
    var handshakes: HandshakeLog?
    var load: WorkerLoad
    var random = SplitMix64()
    /// Whether the process serves, for health checks on callers' listeners.
    var stage: ProcessStage?
    /// nil: nothing is traced.
    var tracer: Tracer?
    /// The exchanges of the requests that went upstream last.
    var recentTrackIDs: RecentTrackIDs

    init(reactor: Reactor, upstream: UpstreamClient, snapshot: Snapshot, load: WorkerLoad) {
        self.load = load
        self.reactor = reactor
        self.upstream = upstream
        self.snapshot = snapshot
        recentTrackIDs = RecentTrackIDs(using: &random)
    }

    func handle(_ http: HTTPExchange) async {
        if let path = snapshot.healthPath, isHealthCheck(http, path) { return await respondToHealthCheck(http) }
        let journal = Journal(startedAt: reactor.now)
        var caller: CallerWatch?
        do throws(Problem) {
            let request = try accept(http, journal)
            caller = request.caller
            if try await !respondToTokenCall(request, journal) { try await serve(request, journal) }
        } catch {
            // A request refused by the gateway did not change the job, whose status is unknown. One whose caller left gets no response.
            if error.status != 499, journal.outcome == nil, error.outcome == nil, isForCancel(http, journal) {
                journal.outcome = .unknown
            }
            await respond(error, http, journal)
        }
        journal.entry.isClientGone = journal.wasCallerGone ?? caller?.isGone ?? http.isClientGone
        caller?.end()
        record(http, journal)
    }

    private func serve(_ request: Request, _ journal: Journal) async throws(Problem) {
        let caller = try identify(request, journal)
        let operation = try authorise(request, caller, journal)
        let content = try await content(of: operation)
        journal.entry.gzipIn = content.gzipAction
        if operation.isCancel, let coalescer = operation.tenant.coalescer, operation.isShareable {
            try await serveShared(operation, content, coalescer, journal)
        } else {
            try await perform(operation, content, journal)
        }
    }

    private func content(of operation: Operation) async throws(Problem) -> RequestContent {
        if operation.http.declaredBodyLength != 0 { waits.add(operation.http) }
        defer { waits.remove(operation.http) }
        do throws(Problem) {
            return try await RequestContent(
                of: operation.http, until: operation.deadline, mode: operation.tenant.settings.gzip.request, operation.load,
                reactor, gzip)
        } catch {
            throw isCutOff(error, operation) ? .stopping : error
        }
    }

    /// Whether the end of a drain, and not the caller, ended the content.
    private func isCutOff(_ problem: Problem, _ operation: Operation) -> Bool {
        problem.status == Problem.callerGone.status && waits.isStopping && !operation.request.caller.isGone
    }

    /// From admission to the last byte of the response.
    /// - Parameter share: called when the response to the caller begins, for other requests that wait for this one.
    func perform(
        _ operation: Operation, _ content: RequestContent, _ journal: Journal,
        sharing share: ((UpstreamExchange, RelayedResponse) -> Void)? = nil
    ) async throws(Problem) {
        let upload = content.isWhole ? nil : Upload(content, of: operation.http, reactor, gzip)
        let result: Problem?
        do throws(Problem) {
            if operation.tenant.usesHub {
                try await exchangeWithHub(operation, content, upload, journal)
            } else {
                try await exchange(operation, content, upload, journal, share)
            }
            // Once it has the response, it may leave.
            if !operation.http.isCut { journal.wasCallerGone = operation.request.caller.isGone }
            result = nil
        } catch {
            result = error
        }
        await upload?.stop()
        if let result { throw result }
    }

    /// From admission to the last byte of Zuora's response.
    private func exchange(
        _ operation: Operation, _ content: RequestContent, _ upload: Upload?, _ journal: Journal,
        _ share: ((UpstreamExchange, RelayedResponse) -> Void)?
    ) async throws(Problem) {
        let permit = try await admit(operation, journal)
        journal.spans?.note("slot taken", at: reactor.now)
        let token = try await credential(operation, journal)
        journal.spans?.note("token ready", at: reactor.now)
        try await runAttempts(operation, content, upload, permit, token, journal, share)
    }

    /// Attempts, back-offs and verifications, until there is a response to relay.
    // Not inlined, so that a request that waits for a slot or a token does not hold the memory for all this.
    @inline(never)
    private func runAttempts(
        _ operation: Operation, _ content: RequestContent, _ upload: Upload?, _ first: consuming Permit, _ token: Token,
        _ journal: Journal, _ share: ((UpstreamExchange, RelayedResponse) -> Void)?
    ) async throws(Problem) {
        var permit: Permit? = first
        var token = token
        var machine = ExchangeMachine(operation, content)
        machine.tokenGoodUntil = token.goodUntil
        var response: Attempt?
        var verification: Attempt?
        var event = ExchangeEvent.started
        while true {
            let action = operation.tenant.admission.decide(&machine, event, now: reactor.now, random: &random)
            operation.request.caller.outlivesCaller = machine.outlivesCaller
            journal.entry.wasNotReplayable = machine.wasNotReplayable
            switch action {
            case .send(let isFresh):
                event = try await attempt(.request, operation, content, upload, token, isFresh, &permit, &response, journal)
            case .verify(let isFresh):
                // Without a slot after a back-off that a drain has ended.
                if permit == nil {
                    event = .pauseEnded
                    permit = try await admitAgain(operation, journal, &event)
                    if event != .pauseEnded { continue }
                }
                event = try await attempt(
                    .verification, operation, content, nil, token, isFresh, &permit, &verification, journal)
            case .pause(let duration):
                permit = nil
                event = await backOff(duration, operation)
                if operation.request.caller.isOver { throw .callerGone }
                if event == .pauseEnded { permit = try await admitAgain(operation, journal, &event) }
            case .refreshToken:
                event = await replace(&token, operation, journal)
                machine.tokenGoodUntil = token.goodUntil
            case .relay(let relayed):
                let attempt = relayed.source == .verification ? verification.take() : response.take()
                guard let attempt else { throw .inexpressible }
                return try await relay(relayed, attempt, operation, journal, sharing: share)
            case .fail(let problem):
                if machine.leavesTokenRefused { _ = operation.tenant.tokens?.replace(token.version, reactor.now) }
                throw Problem(problem, journal.failure, upstream: operation.tenant.target)
            case .none: throw .inexpressible
            }
            if operation.request.caller.isOver { throw .callerGone }
            if let problem = problem(of: upload, operation, journal) { throw problem }
        }
    }

    /// One attempt and what it means.
    // Not inlined: twice in `runAttempts`, its memory would be held twice.
    @inline(never)
    private func attempt(
        _ message: Message, _ operation: Operation, _ content: RequestContent, _ upload: Upload?, _ token: Token, _ isFresh: Bool,
        _ permit: inout Permit?, _ attempt: inout Attempt?, _ journal: Journal
    ) async throws(Problem) -> ExchangeEvent {
        // Do not start work that cannot finish, even if a slot became free at the last moment: the last response may be relayed.
        if waits.isStopping { return .stopping }
        if permit?.askBreaker() != nil { return .failed(AttemptFailure(.breakerOpen, requestSent: false)) }
        attempt = nil
        let event: ExchangeEvent
        let begin = reactor.now
        var hadItsTime = false
        switch try await forward(message, operation, content, upload, token, freshConnection: isFresh, journal) {
        case .failure(let failure) where isLate(failure, operation): event = .failed(.late)
        case .failure(let failure):
            event = judge(failure, operation, journal)
            hadItsTime =
                upload?.isRunning != true
                && operation.deadline.leftTime(from: begin, tenantTimeout: operation.tenant.settings.upstream.timeout)
        case .success(var responded):
            event = await judge(&responded, of: message, operation, journal)
            attempt = consume responded
        }
        let result = CircuitBreaker.Result(event, hadItsTime: hadItsTime)
        if permit?.report(result) == true { recorder?.count(.breakerOpenings, operation.tenantLabel) }
        return event
    }

    /// Whether an attempt ended at the deadline, which ends the wait for the caller's content or for the response, whichever it is: the
    /// caller is told the same of both.
    func isLate(_ failure: UpstreamFailure, _ operation: Operation) -> Bool {
        failure.kind == .requestIncomplete && operation.deadline.hasPassed(at: reactor.now)
    }

    /// Why the caller's content could not be sent upstream to its end, unless time was up. A part of the request has been sent.
    func problem(of upload: Upload?, _ operation: Operation, _ journal: Journal) -> Problem? {
        guard let problem = upload?.problem, !operation.deadline.hasPassed(at: reactor.now) else { return nil }
        journal.detail = nil
        if isCutOff(problem, operation) { return Problem(.stopping(mayHaveReached: true, isCancel: operation.isCancel)) }
        return problem.afterPartialSend(isCancel: operation.isCancel)
    }

    /// Waits without holding resources: the slot was released, and the request queues again afterwards.
    private func backOff(_ duration: Duration, _ operation: Operation) async -> ExchangeEvent {
        var wait: Wait?
        let end = min(reactor.now + duration, operation.deadline.end)
        let ending = await operation.request.caller.until(end) {
            backOffs.add($0)
            wait = $0
        }
        if let wait { backOffs.remove(wait) }
        if ending == .stopping { return .stopping }
        return operation.deadline.hasPassed(at: reactor.now) ? .deadlinePassed : .pauseEnded
    }

    /// A drain begins: back-offs end, without a retry.
    func beginDrain() { backOffs.stop() }

    /// Shortly before the drain times out: rejects requests that are still waiting.
    func endWaits() { waits.stop() }

    /// Whether the request is for a cancel route, also where it was refused before that mattered.
    private func isForCancel(_ http: HTTPExchange, _ journal: Journal) -> Bool {
        if journal.entry.route != nil { return journal.isCancel }
        let head = http.head
        guard case .matched(let index, _) = http.withHeadBytes({ snapshot.policy.table.match(head, $0) }) else { return false }
        return snapshot.policy.routes[index].kind.isCancel
    }

    func refuse(_ refusal: Refusal, _ http: HTTPExchange) async {
        let journal = Journal(startedAt: reactor.now)
        journal.entry.trackID = TrackID(using: &random)
        journal.entry.note(http.info, http.client, snapshot.labels)
        await respond(Problem(refusal), http, journal)
        record(http, journal)
    }

    func handshakeFailed(_ error: TLSError, _ info: ConnectionInfo, address: String?) {
        let listeners = snapshot.configuration.gateway.listen
        let listener = listeners.indices.contains(info.listener) ? "\(listeners[info.listener].address)" : ""
        handshakes?.note(error, listener: listener, address: address)
    }
}

extension ExchangeMachine {
    init(_ operation: Operation, _ content: RequestContent) {
        let settings = operation.tenant.settings
        self.init(
            policy: RetryPolicy(settings.retry), deadline: operation.deadline, kind: operation.kind,
            isIdempotent: operation.route.isIdempotent, isReplayable: content.isWhole, outcomeStatus: settings.outcomeStatus)
    }
}

extension CircuitBreaker.Result {
    /// The breaker's view of an attempt.
    fileprivate init(_ event: ExchangeEvent, hadItsTime: Bool) {
        switch event {
        case .responded(let response): self.init(status: response.status)
        case .failed(let failure): self.init(failure: failure, hadItsTime: hadItsTime)
        default: self = .neutral
        }
    }
}
