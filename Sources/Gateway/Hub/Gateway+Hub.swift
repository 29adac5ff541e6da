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
        let passed = operation.http.withHeadBytes { operation.http.head.gatewaysPassed($0) }
        guard passed < RequestHead.gatewayLimit else {
            throw Problem(.hubLoop(isCancel: operation.isCancel), phase: "forward")
        }
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
                    journal.spans?.failAttempt(error.kind.errorType, at: reactor.now)
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
                do throws(UpstreamFailure) {
                    journal.problem = try await problem(of: attempt.exchange, attempt.facts, operation)
                } catch {
                    journal.spans?.failAttempt(error.kind.errorType, at: reactor.now)
                    failure = error
                    break
                }
                return try await relay(attempt, ofHubFor: operation, journal)
            case .failure(let error): failure = error
            }
            if operation.request.caller.isOver { throw .callerGone }
            if let problem = problem(of: upload, operation, journal) { throw problem }
            let isLate = isLate(failure, operation)
            journal.detail = isLate ? nil : "\(operation.tenant.target.authority): \(failure.explanation)"
            if let problem = attempts.failed(isLate ? .late : AttemptFailure(failure), now: reactor.now) {
                throw Problem(problem, isLate ? nil : failure, upstream: operation.tenant.target)
            }
            isFresh = true
        }
    }

    /// The hub's own problem, which is relayed and recorded like one of this gateway; nil if the response is another one.
    private func problem(
        of exchange: UpstreamExchange, _ facts: ResponseFacts, _ operation: Operation
    ) async throws(UpstreamFailure) -> Problem? {
        let status = exchange.status
        let isPossible = exchange.withHead { head in
            RelayedProblem.isPossible(status: status, contentType: head.extracting(facts.contentType ?? 0..<0), facts.coding)
        }
        guard isPossible, operation.http.head.method != .head,
            try await receive(exchange, upTo: RelayedProblem.limit, operation)
        else { return nil }
        return exchange.withContent { RelayedProblem.read($0, status: status) }
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
        if let range = attempt.facts.requestID {
            journal.entry.zuoraRequestID = attempt.exchange.withHead { InlineText($0.extracting(range)) }
        }
        let outcome = operation.isCancel ? attempt.hubOutcome ?? .unknown : nil
        try await relay(RelayedResponse(.attempt, outcome: outcome), attempt, operation, journal, sharing: nil)
    }

    /// Writes the fields of the request to the hub.
    /// - Parameter key: nil for a hub without one.
    /// - Returns: false if they are not valid in a header: then nothing may be sent.
    func writeHubFields(
        of operation: Operation, _ content: RequestContent, _ key: Token?, to exchange: UpstreamExchange
    ) -> Bool {
        guard let key else {
            let none: [UInt8] = []
            return writeHubFields(of: operation, content, key: none.span, to: exchange)
        }
        return key.secret.withBytes { writeHubFields(of: operation, content, key: $0, to: exchange) }
    }

    private func writeHubFields(
        of operation: Operation, _ content: RequestContent, key: Span<UInt8>, to exchange: UpstreamExchange
    ) -> Bool {
        let head = operation.http.head
        let remaining = operation.deadline.remaining(at: reactor.now)
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

    /// The hub's `Gateway-Outcome`.
    fileprivate var hubOutcome: CancelOutcome? {
        exchange.withHead { bytes in
            exchange.responseHead.fields.first { $0.name == .gatewayOutcome }.flatMap { field in
                CancelOutcome(rawValue: String(decoding: bytes.copy(field.valueRange), as: UTF8.self))
            }
        }
    }
}
