import Network
import Policy
import Wire

/// An attempt that got a response. Its exchange is returned to the upstream client at the end of this value's lifetime.
struct Attempt: ~Copyable {
    let exchange: UpstreamExchange
    let facts: ResponseFacts
    /// The decoded content, if the verdict needed it.
    var decoded: [UInt8]?

    fileprivate init(_ exchange: UpstreamExchange) {
        self.exchange = exchange
        facts = ResponseFacts(exchange)
    }

    deinit { exchange.recycle() }

    var status: Int { exchange.status }
}

/// The request sent upstream in an attempt.
enum Message {
    /// The caller's request.
    case request
    /// `GET` of the job to be cancelled.
    case verification
}

/// forward: one attempt upstream, up to the response's head.
extension Gateway {
    /// - Parameters:
    ///   - upload: streams the request's content if it is too large to be kept.
    ///   - token: the bearer token, or the key for a hub; nil for a hub without one.
    ///   - freshConnection: never reuse a connection.
    /// - Throws: a problem if nothing was sent because the request cannot be encoded for the upstream.
    func forward(
        _ message: Message, _ operation: Operation, _ content: RequestContent, _ upload: Upload?, _ token: Token?,
        freshConnection: Bool, _ journal: Journal
    ) async throws(Problem) -> Result<Attempt, UpstreamFailure> {
        // It may have disconnected while nothing waited for anything.
        if operation.request.caller.isOver { throw .callerGone }
        let exchange = upstream.lend(operation.tenant.target)
        do throws(Problem) {
            try start(message, exchange, operation, content, token, freshConnection, journal)
        } catch {
            exchange.recycle()
            throw error
        }
        journal.entry.attempts += 1
        journal.entry.phases[.firstByte] = nil
        recentTrackIDs.add(operation.request.trackID)
        if case .request = message {
            upload?.begin(to: exchange)
        } else {
            journal.entry.verifications += 1
        }
        let begin = reactor.now
        let caller = operation.request.caller
        // A cancel is executed even if its caller has disconnected.
        if !operation.isCancel { caller.onGone = { exchange.cancel() } }
        defer { caller.onGone = nil }
        do throws(UpstreamFailure) {
            try await exchange.head()
            // A download may continue as long as it makes progress: the deadline only covers the wait for its head.
            if operation.kind == .download { exchange.liftDeadline() }
            note(exchange, journal, since: begin)
            journal.spans?.endAttempt(status: exchange.status, at: reactor.now)
            return .success(Attempt(exchange))
        } catch {
            note(exchange, journal, since: begin)
            journal.spans?.endAttempt(status: 0, error, at: reactor.now)
            exchange.recycle()
            return .failure(error)
        }
    }

    // Not inlined, so that its temporaries do not take space in the task.
    @inline(never)
    private func start(
        _ message: Message, _ exchange: UpstreamExchange, _ operation: Operation, _ content: RequestContent, _ token: Token?,
        _ freshConnection: Bool, _ journal: Journal
    ) throws(Problem) {
        let http = operation.http
        let head = http.head
        let isVerification = if case .verification = message { true } else { false }
        let isWhole =
            try operation.tenant.usesHub
            ? writeHubFields(of: operation, content, token, to: exchange)
            : writeFields(of: operation, content, token, isVerification: isVerification, to: exchange)
        guard isWhole else { throw .inexpressible }
        operation.request.trace.add(to: &exchange.fields)
        if let spans = journal.spans {
            let method = isVerification ? .get : head.method
            let context = spans.beginAttempt(method, isVerification: isVerification, at: reactor.now, using: &random)
            journal.upstream = operation.tenant.target
            exchange.fields.remove(.traceparent)
            context.withText { _ = exchange.fields.append(.traceparent, value: $0) }
        }
        let limits = limits(operation)
        if isVerification {
            // It has no content, and the conditions and ranges of the cancel do not apply to it.
            exchange.fields.removeAll { name, bytes in
                name == .range || name == .digest || name == .reprDigest || bytes.starts(withIgnoringCase: "if-")
                    || bytes.starts(withIgnoringCase: "content-")
            }
            http.withHeadBytes { bytes in
                exchange.start(
                    method: "GET", path: bytes.extracting(head.pathRange), limits: limits, freshConnection: freshConnection)
            }
            return
        }
        http.withHeadBytes { bytes in
            exchange.start(
                method: bytes.extracting(head.methodRange), path: bytes.extracting(head.pathAndQuery), body: content.upstreamBody,
                limits: limits, freshConnection: freshConnection)
        }
    }

    /// Writes the fields of a request to Zuora.
    /// - Returns: false if they are not valid in a header, or there is no token: then nothing may be sent.
    private func writeFields(
        of operation: Operation, _ content: RequestContent, _ token: Token?, isVerification: Bool, to exchange: UpstreamExchange
    ) throws(Problem) -> Bool {
        guard let token else { return false }
        let head = operation.http.head
        do throws(Denial) {
            return try operation.http.withHeadBytes { bytes throws(Denial) in
                try token.secret.withBytes { secret throws(Denial) in
                    try operation.request.snapshot.policy.writeUpstreamHeaders(
                        of: operation.resolution, head, bytes, scope: token.scope, token: secret,
                        trackID: operation.request.trackID, recoding: isVerification ? .asSent : content.recoding,
                        acceptsGzip: isVerification || operation.asksForGzip, into: &exchange.fields)
                }
            }
        } catch {
            throw Problem(error)
        }
    }

    private func limits(_ operation: Operation) -> UpstreamLimits {
        let settings = operation.tenant.settings.upstream
        // A hub has the same deadline, and responds when it has passed.
        let grace = operation.tenant.usesHub ? HubAttempts.grace : .zero
        return UpstreamLimits(
            total: operation.deadline.end + grace, firstByte: settings.firstByteTimeout, stall: settings.stallTimeout)
    }

    private func note(_ exchange: UpstreamExchange, _ journal: Journal, since begin: Instant) {
        let timings = exchange.timings
        if !timings.isReused {
            // Without a connection, all the time was spent waiting for one.
            let isConnected = timings.connect > .zero
            let time = isConnected ? timings.connect + timings.tls : reactor.now - begin
            journal.entry.phases[.connect] = (journal.entry.phases[.connect] ?? .zero) + time
            recorder?.count(timings)
        }
        if timings.firstByte > .zero { journal.entry.phases[.firstByte] = timings.firstByte }
        if case .tls? = exchange.failure?.kind { recorder?.count(.upstreamHandshakeFailures) }
    }
}

extension RequestHead {
    /// The request target without an authority.
    var pathAndQuery: Range<Int> { pathRange.lowerBound..<(queryRange?.upperBound ?? pathRange.upperBound) }
}
