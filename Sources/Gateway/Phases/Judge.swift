import Network
import Policy
import Wire

/// judge: what an attempt's result means, and the next step. `ExchangeMachine` makes the decisions; here the content is read as far as
/// needed for them, and left unchanged.
extension Gateway {
    /// - Returns: the attempt's result as an event for the machine.
    func judge(
        _ attempt: inout Attempt, of message: Message, _ operation: Operation, _ journal: Journal
    ) async -> ExchangeEvent {
        do throws(UpstreamFailure) {
            let owner = try trackOwner(of: attempt, operation)
            let response = try await read(&attempt, operation, journal)
            if response.verdict?.namesOtherJob == true {
                attempt.exchange.forbidsReuse = true
                // On a new connection, a response cannot be another request's. If the cancel's named another job as well, the upstream gives
                // the job that id.
                let isReused = attempt.exchange.timings.isReused
                let isKnown = journal.namedOtherJob
                if message == .request { journal.namedOtherJob = true }
                if isReused || message == .request || !isKnown {
                    throw .foreignResponse("the response names another job than the request", onReusedConnection: isReused)
                }
            }
            journal.detail = owner == .request ? nil : Self.strangeTrackID
            journal.failure = nil
            return .responded(response)
        } catch {
            journal.spans?.failAttempt(error.kind.errorType, at: reactor.now)
            return judge(error, operation, journal)
        }
    }

    func judge(_ failure: UpstreamFailure, _ operation: Operation, _ journal: Journal) -> ExchangeEvent {
        journal.detail = "\(operation.tenant.target.authority): \(failure.explanation)"
        journal.failure = failure
        return .failed(AttemptFailure(failure))
    }

    static let strangeTrackID = "the response has a track id unknown to this gateway"

    /// Checks the response's track id. A connection with a response for another id than the request's is not reused.
    func trackOwner(of attempt: borrowing Attempt, _ operation: Operation) throws(UpstreamFailure) -> RecentTrackIDs.Owner {
        guard let range = attempt.facts.trackID, !range.isEmpty else { return .request }
        let owner = attempt.exchange.withHead { recentTrackIDs.owner(of: $0.extracting(range), for: operation.request.trackID) }
        if owner != .request {
            attempt.exchange.forbidsReuse = true
            recorder?.count(.trackIDMismatches, operation.tenantLabel)
        }
        if owner == .otherRequest {
            throw .foreignResponse(
                "the response has the track id of another request", onReusedConnection: attempt.exchange.timings.isReused)
        }
        return owner
    }

    private func read(
        _ attempt: inout Attempt, _ operation: Operation, _ journal: Journal
    ) async throws(UpstreamFailure) -> AttemptResponse {
        let facts = attempt.facts
        if let range = facts.requestID {
            journal.entry.zuoraRequestID = attempt.exchange.withHead { InlineText($0.extracting(range)) }
        }
        if !facts.rateLimit.isEmpty {
            operation.tenant.admission.observe(facts.rateLimit, entity: operation.resolution.entity.index, now: reactor.now)
        }
        if attempt.status == 429, operation.tenant.admission.sharesStarts {
            operation.tenant.admission.refused(facts.rateLimit, retryAfter: facts.retryAfter)
        }
        var response = AttemptResponse(status: attempt.status, retryAfter: facts.retryAfter, quotaWait: facts.rateLimit.quotaWait)
        guard operation.isCancel || attempt.status >= 400 else {
            if mayRefuse(attempt, operation) { response.verdict = try await refusal(&attempt, operation) }
            return response
        }
        let isWhole = try await receive(attempt.exchange, upTo: OutcomeReader.bodyLimit, operation)
        response.verdict = verdict(&attempt, isWhole: isWhole, operation)
        if response.verdict?.shape == .unreadable { journal.spans?.failAttempt(Problem.badCodingError, at: reactor.now) }
        return response
    }

    /// Suspends until this much content, or all of it, has arrived. Ends if the caller disconnects, except for a cancel.
    func receive(
        _ exchange: UpstreamExchange, upTo limit: Int, _ operation: Operation
    ) async throws(UpstreamFailure) -> Bool {
        if exchange.isComplete { return true }
        let caller = operation.request.caller
        if !operation.isCancel { caller.onGone = { exchange.cancel() } }
        defer { caller.onGone = nil }
        return try await exchange.collect(upTo: limit)
    }

    /// A success on a route whose responses are only relayed need not be read, unless it may contain a refusal.
    private func mayRefuse(_ attempt: borrowing Attempt, _ operation: Operation) -> Bool {
        let facts = attempt.facts
        guard attempt.status == 200, operation.http.head.method != .head, facts.coding == .identity || facts.coding == .gzip,
            let contentType = facts.contentType
        else { return false }
        return attempt.exchange.withHead { head in
            RefusalEnvelope.isPossible(
                contentType: head.extracting(contentType), length: facts.contentLength, isCoded: facts.coding != .identity)
        }
    }

    /// Reads as much content as needed to rule out a refusal.
    /// - Returns: the verdict of a rejected token; nil for any other content, which is relayed unchanged.
    private func refusal(_ attempt: inout Attempt, _ operation: Operation) async throws(UpstreamFailure) -> UpstreamVerdict? {
        let exchange = attempt.exchange
        var isWhole = false
        if attempt.facts.coding == .gzip {
            isWhole = try await receive(exchange, upTo: RefusalEnvelope.codedLimit + 1, operation)
            guard isWhole, exchange.contentCount <= RefusalEnvelope.codedLimit else { return nil }
        } else {
            var finding = exchange.withContent { RefusalEnvelope.find(in: $0) }
            while case .undecided = finding {
                guard !isWhole, exchange.contentCount < RefusalEnvelope.limit else { return nil }
                isWhole = try await receive(exchange, upTo: exchange.contentCount + 1, operation)
                finding = exchange.withContent { RefusalEnvelope.find(in: $0) }
            }
            guard case .whole = finding else { return nil }
        }
        let verdict = verdict(&attempt, isWhole: isWhole, operation)
        return verdict.authentication == .tokenRejected ? verdict : nil
    }

    @inline(never)
    private func verdict(_ attempt: inout Attempt, isWhole: Bool, _ operation: Operation) -> UpstreamVerdict {
        let facts = attempt.facts
        let exchange = attempt.exchange
        var isReadable = true
        if facts.coding == .gzip, exchange.contentCount > 0 {
            attempt.decoded = exchange.withContent { try? gzip.inflated($0, maximumOutput: OutcomeReader.bodyLimit) }
            isReadable = attempt.decoded != nil
        }
        operation.load.countResponse(exchange.contentCount + (attempt.decoded?.count ?? 0))
        var verdict: UpstreamVerdict
        if facts.coding == .gzip {
            let decoded = attempt.decoded ?? []
            verdict = outcome(decoded.span, isWhole: isWhole && isReadable, exchange, facts, operation)
        } else {
            verdict = exchange.withContent { outcome($0, isWhole: isWhole, exchange, facts, operation) }
        }
        if !isReadable {
            verdict.shape = .unreadable
            verdict.isUndecodable = true
        }
        return verdict
    }

    private func outcome(
        _ body: Span<UInt8>, isWhole: Bool, _ exchange: UpstreamExchange, _ facts: ResponseFacts, _ operation: Operation
    ) -> UpstreamVerdict {
        operation.http.withHeadBytes { request in
            exchange.withHead { head in
                OutcomeReader.read(
                    status: exchange.status, contentType: head.extracting(facts.contentType ?? 0..<0),
                    body: body.extracting(first: OutcomeReader.bodyLimit),
                    isComplete: isWhole && body.count <= OutcomeReader.bodyLimit,
                    job: request.extracting(operation.isCancel ? operation.resolution.identifier ?? 0..<0 : 0..<0))
            }
        }
    }
}
