import Configuration
import Network
import Policy
import Wire

/// forward: one attempt upstream, up to the answer's head, or its end if it is small.
extension Gateway {
    /// Sends the request with the exchange's token.
    func send(_ exchange: Exchange, _ tenant: TenantState, freshConnection: Bool) async throws(Problem) -> ExchangeEvent {
        if let refused = takePermit(exchange, tenant) { return refused }
        let transfer = try start(exchange, tenant, freshConnection)
        return await awaitAnswer(exchange, tenant, transfer, kind: exchange.kind)
    }

    // Out of line, so that their temporaries do not live in the task.

    @inline(never)
    private func start(_ exchange: Exchange, _ tenant: TenantState, _ freshConnection: Bool) throws(Problem) -> UpstreamExchange {
        guard let resolution = exchange.resolution, let token = exchange.token else { throw .internalError }
        let transfer = upstream.lend(tenant.target)
        exchange.transfer = transfer
        let http = exchange.http
        let head = http.head
        let recoding = exchange.requestRecoding
        let isWhole: Bool
        do throws(Denial) {
            isWhole = try http.withHeadBytes { bytes throws(Denial) in
                try token.secret.withBytes { secret throws(Denial) in
                    try exchange.snapshot.policy.writeUpstreamHeaders(
                        of: resolution, head, bytes, scope: exchange.scope, token: secret, trackID: exchange.trackID,
                        recoding: recoding, acceptsGzip: exchange.asksForGzip, into: &transfer.fields)
                }
            }
        } catch {
            discardTransfer(exchange)
            throw Problem(error)
        }
        guard isWhole else {
            discardTransfer(exchange)
            throw .internalError
        }
        addTrace(exchange, to: &transfer.fields)
        guard let method = UpstreamMethod(head.method, http) else { throw .internalError }
        let body: UpstreamBody =
            exchange.requestBody.isEmpty
            ? .none
            : exchange.requestBody.isWhole ? .bytes(exchange.requestBody.bytes) : .stream(length: exchange.requestBody.declared)
        let limits = limits(exchange, tenant)
        http.withHeadBytes { bytes in
            let target = head.pathRange.lowerBound..<(head.queryRange?.upperBound ?? head.pathRange.upperBound)
            transfer.start(
                method: method, path: bytes.extracting(target), body: body, limits: limits, freshConnection: freshConnection)
        }
        if case .stream = body { pumpBody(exchange, transfer) }
        return transfer
    }

    /// Looks at the job that was to be cancelled: `GET` of the same path.
    func look(_ exchange: Exchange, _ tenant: TenantState, freshConnection: Bool) async throws(Problem) -> ExchangeEvent {
        let transfer = try startLook(exchange, tenant, freshConnection)
        return await awaitAnswer(exchange, tenant, transfer, kind: exchange.kind, isLook: true)
    }

    @inline(never)
    private func startLook(_ exchange: Exchange, _ tenant: TenantState, _ freshConnection: Bool) throws(Problem)
        -> UpstreamExchange
    {
        guard let resolution = exchange.resolution, let token = exchange.token else { throw .internalError }
        let transfer = upstream.lend(tenant.target)
        exchange.lookTransfer = transfer
        let http = exchange.http
        let head = http.head
        do throws(Denial) {
            _ = try http.withHeadBytes { bytes throws(Denial) in
                try token.secret.withBytes { secret throws(Denial) in
                    try exchange.snapshot.policy.writeUpstreamHeaders(
                        of: resolution, head, bytes, scope: exchange.scope, token: secret, trackID: exchange.trackID,
                        into: &transfer.fields)
                }
            }
        } catch {
            throw Problem(error)
        }
        // What the cancel was tied to, or asked for a part of, is not what the look is after: the job as it is, and whole.
        transfer.fields.removeAll { name, bytes in name == .range || bytes.starts(withIgnoringCase: "if-") }
        addTrace(exchange, to: &transfer.fields)
        let limits = limits(exchange, tenant)
        http.withHeadBytes { bytes in
            transfer.start(method: .get, path: bytes.extracting(head.pathRange), limits: limits, freshConnection: freshConnection)
        }
        return transfer
    }

    private func addTrace(_ exchange: Exchange, to headers: inout HeaderBlock) {
        guard exchange.startsTrace else { return }
        if exchange.replacesTrace {
            headers.remove(.traceparent)
            headers.remove(.tracestate)
        }
        headers.append(trace: exchange.trace)
    }

    /// Each attempt needs the breaker's leave; the first one's was given by `admit`.
    private func takePermit(_ exchange: Exchange, _ tenant: TenantState) -> ExchangeEvent? {
        guard exchange.permit == nil else { return nil }
        switch tenant.admission.breakerDecision(now: reactor.now) {
        case .refused: return .failed(AttemptFailure(.breakerOpen, requestSent: false))
        case .allowed(let permit): exchange.permit = permit
        case nil: break
        }
        return nil
    }

    private func limits(_ exchange: Exchange, _ tenant: TenantState) -> UpstreamLimits {
        // A file may take as long as it makes progress.
        let total = exchange.kind == .download ? Instant.distantFuture : exchange.deadline.end
        let firstByte = tenant.settings.upstream.firstByteTimeout
        let bounded =
            exchange.kind == .download
            ? min(firstByte ?? .seconds(86_400), exchange.deadline.remaining(at: reactor.now)) : firstByte
        return UpstreamLimits(total: total, firstByte: bounded, stall: tenant.settings.upstream.stallTimeout)
    }

    private func awaitAnswer(
        _ exchange: Exchange, _ tenant: TenantState, _ transfer: UpstreamExchange, kind: RouteSettings.Kind, isLook: Bool = false
    ) async -> ExchangeEvent {
        exchange.onClientGone = {
            if !(exchange.machine?.outlivesCaller ?? false), !exchange.isCancel { transfer.cancel() }
        }
        defer { exchange.onClientGone = nil }
        do throws(UpstreamFailure) {
            try await transfer.head()
            let answer = try await read(exchange, transfer, kind: kind, isLook: isLook)
            countHeld(exchange)
            exchange.failure = nil
            note(transfer, exchange)
            report(.init(status: transfer.status), exchange, tenant)
            return .answered(answer)
        } catch {
            note(transfer, exchange)
            if case .tls = error.kind { recorder?.count(.upstreamHandshakeFailures) }
            exchange.failure = error
            exchange.failureText = "\(tenant.target.authority): \(error.explanation)"
            let failure = AttemptFailure(error)
            report(.init(failure: failure), exchange, tenant)
            return .failed(failure)
        }
    }

    private func report(_ result: CircuitBreaker.Result, _ exchange: Exchange, _ tenant: TenantState) {
        guard let permit = exchange.permit else { return }
        exchange.permit = nil
        if tenant.admission.record(result, permit, now: reactor.now) { count(.breakerOpenings, exchange) }
    }

    func count(_ counter: TenantCounter, _ exchange: Exchange) {
        guard let resolution = exchange.resolution else { return }
        recorder?.count(counter, exchange.snapshot.labels.tenants[resolution.tenant])
    }

    private func note(_ transfer: UpstreamExchange, _ exchange: Exchange) {
        let timings = transfer.timings
        if !timings.isReused, timings.connect > .zero {
            exchange.timings.connect += timings.connect
            recorder?.count(timings)
        }
        exchange.timings.firstByte = timings.firstByte
        exchange.timings.bytesUp += timings.bytesSent
        exchange.timings.bytesDown += timings.bytesReceived
    }

    func discardTransfer(_ exchange: Exchange) {
        if let transfer = exchange.transfer {
            exchange.transfer = nil
            transfer.recycle()
        }
        if let transfer = exchange.lookTransfer {
            exchange.lookTransfer = nil
            transfer.recycle()
        }
    }
}
