import Network
import Policy
import Wire

/// A tenant whose upstream is another gateway, the hub: the phases from admit to judge are the hub's. Here the request is sent with
/// this gateway's own key or certificate, and the response is relayed as the hub wrote it.
extension Gateway {
    /// One attempt, or two if the connection had been closed while idle or the key had just been rotated.
    func exchangeWithHub(
        _ operation: Operation, _ content: RequestContent, _ upload: Upload?, _ journal: Journal
    ) async throws(Problem) {
        // Never waits: the hub limits. It counts the request, for the limits of the process and the status page.
        _ = operation.tenant.admission.acquireSlot(
            entity: nil, now: reactor.now, deadline: operation.deadline.end, isRepeat: true)
        defer { operation.tenant.admission.releaseSlot(entity: nil, held: .zero, now: reactor.now) }
        var attempts = HubAttempts(
            deadline: operation.deadline, isIdempotent: operation.route.isIdempotent, isReplayable: content.isWhole,
            isCancel: operation.isCancel)
        var key = try hubKey(operation)
        var isFresh = false
        while true {
            if waits.isStopping { throw .stopping }
            // A cancel that was sent is finished, everything else stops with its caller.
            operation.request.caller.outlivesCaller = operation.isCancel
            let failure: UpstreamFailure
            switch try await forward(.request, operation, content, upload, key, freshConnection: isFresh, journal) {
            case .success(let attempt):
                do throws(UpstreamFailure) {
                    journal.detail = try trackOwner(of: attempt, operation) == .request ? nil : Self.strangeTrackID
                } catch {
                    failure = error
                    break
                }
                if attempt.refusesThisGateway {
                    journal.detail = "\(operation.tenant.target.authority): refuses this gateway's key or certificate"
                    let other = try hubKey(operation)
                    let hasOther = other?.version != key?.version
                    if let problem = attempts.refused(hasOtherKey: hasOther, now: reactor.now) {
                        throw Problem(problem, nil, upstream: operation.tenant.target)
                    }
                    key = other
                    continue
                }
                return try await relay(attempt, ofHubFor: operation, journal)
            case .failure(let error): failure = error
            }
            if operation.request.caller.isOver { throw .callerGone }
            if let problem = upload?.problem { throw problem }
            journal.detail = "\(operation.tenant.target.authority): \(failure.explanation)"
            if let problem = attempts.failed(AttemptFailure(failure), now: reactor.now) {
                throw Problem(problem, failure, upstream: operation.tenant.target)
            }
            isFresh = true
        }
    }

    /// This gateway's key for the hub; nil if it has none.
    private func hubKey(_ operation: Operation) throws(Problem) -> Token? {
        guard let keys = operation.tenant.tokens else { return nil }
        guard case .token(let key) = keys.request(reactor.now, needs: .zero) else {
            throw Problem(.hubKeyMissing(isCancel: operation.isCancel), phase: "credential")
        }
        return key
    }

    private func relay(
        _ attempt: consuming Attempt, ofHubFor operation: Operation, _ journal: Journal
    ) async throws(Problem) {
        let outcome = attempt.hubOutcome
        if let range = attempt.facts.requestID {
            journal.entry.zuoraRequestID = attempt.exchange.withHead { ShortText($0.extracting(range)) }
        }
        journal.relaysHub = true
        do throws(Problem) {
            try await relay(
                RelayedResponse(.attempt, outcome: operation.isCancel ? outcome ?? .unknown : nil), attempt, operation, journal,
                sharing: nil)
        } catch {
            // The response is this gateway's own.
            journal.relaysHub = false
            throw error
        }
    }

    /// Begins the request to the hub.
    func startAtHub(
        _ exchange: UpstreamExchange, _ operation: Operation, _ content: RequestContent, _ key: Token?, _ freshConnection: Bool
    ) throws(Problem) {
        let http = operation.http
        let head = http.head
        let remaining = operation.deadline.remaining(at: reactor.now)
        let isWhole: Bool
        if let key {
            isWhole = key.secret.withBytes { writeFields(of: operation, content, key: $0, remaining, to: exchange) }
        } else {
            let none: [UInt8] = []
            isWhole = writeFields(of: operation, content, key: none.span, remaining, to: exchange)
        }
        guard let method = UpstreamMethod(http), isWhole else { throw .inexpressible }
        operation.request.trace.add(to: &exchange.fields)
        let settings = operation.tenant.settings.upstream
        let patience = remaining + HubAttempts.grace
        // As for an upstream: a file has no limit while it makes progress.
        let limits =
            operation.kind == .download
            ? UpstreamLimits(
                total: .distantFuture, firstByte: min(settings.firstByteTimeout ?? patience, patience),
                stall: settings.stallTimeout)
            : UpstreamLimits(
                total: operation.deadline.end + HubAttempts.grace, firstByte: settings.firstByteTimeout,
                stall: settings.stallTimeout)
        http.withHeadBytes { bytes in
            exchange.start(
                method: method, path: bytes.extracting(head.pathAndQuery), body: content.upstreamBody, limits: limits,
                freshConnection: freshConnection)
        }
    }

    private func writeFields(
        of operation: Operation, _ content: RequestContent, key: Span<UInt8>, _ remaining: Duration, to exchange: UpstreamExchange
    ) -> Bool {
        let head = operation.http.head
        return operation.http.withHeadBytes { bytes in
            operation.request.snapshot.policy.writeHubHeaders(
                of: operation.resolution, head, bytes, key: key, timeout: remaining, trackID: operation.request.trackID,
                recoding: content.recoding, acceptsGzip: operation.asksForGzip, into: &exchange.fields)
        }
    }
}

extension Attempt {
    /// A gateway relays no upstream's challenge, so this one is for this gateway, not for its caller.
    fileprivate var refusesThisGateway: Bool {
        status == 401 && exchange.responseHead.fields.contains { $0.name == .wwwAuthenticate }
    }

    /// What the hub says that became of the job.
    fileprivate var hubOutcome: CancelOutcome? {
        exchange.withHead { bytes in
            exchange.responseHead.fields.first { $0.name == .gatewayOutcome }.flatMap { field in
                CancelOutcome(rawValue: String(decoding: bytes.copy(field.valueRange), as: UTF8.self))
            }
        }
    }
}

extension SlotLimiter.Limits {
    static let unlimited = SlotLimiter.Limits(concurrency: .max, queue: 0, queueTimeout: .zero)
}
