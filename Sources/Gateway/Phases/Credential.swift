import Network
import Policy
import Wire

/// credential: a bearer token that will outlive the call, if that can be had.
extension Gateway {
    func takeToken(_ exchange: Exchange, _ tenant: TenantState) async throws(Problem) {
        let begin = reactor.now
        let answer = tenant.tokens.request(begin, needs: exchange.deadline.remaining(at: begin))
        try await settle(answer, exchange, tenant, replacing: nil)
        exchange.timings.token += reactor.now - begin
    }

    /// Gets a token other than the one that the API has just rejected.
    func replaceToken(_ exchange: Exchange, _ tenant: TenantState) async -> ExchangeEvent {
        guard let token = exchange.token else { return .tokenUnavailable(retryAfter: nil) }
        let begin = reactor.now
        do throws(Problem) {
            try await settle(tenant.tokens.replace(token.version, begin), exchange, tenant, replacing: token.version)
        } catch {
            return exchange.tokenFailure?.cause == .rejected ? .tokenStands : .tokenUnavailable(retryAfter: error.retryAfter)
        }
        exchange.timings.token += reactor.now - begin
        return .tokenReady
    }

    /// Has the token replaced that was refused with a request that cannot be sent again, for the requests to come.
    func giveTokenUp(_ exchange: Exchange, _ tenant: TenantState) {
        guard exchange.machine?.leavesTokenRefused == true, let token = exchange.token else { return }
        _ = tenant.tokens.replace(token.version, reactor.now)
    }

    private func settle(
        _ first: TokenSource.Answer, _ exchange: Exchange, _ tenant: TenantState, replacing rejected: TokenVersion?
    ) async throws(Problem) {
        var round = try accept(first, exchange, tenant, rejected)
        while let pending = round {
            await wait(exchange, tenant.tokens, pending)
            round = try accept(askAgain(exchange, tenant), exchange, tenant, rejected)
        }
    }

    // Out of line, so that their temporaries do not live in the task.

    /// - Returns: the round of fetching to wait for; nil: the exchange has its token.
    @inline(never)
    private func accept(
        _ answer: TokenSource.Answer, _ exchange: Exchange, _ tenant: TenantState, _ rejected: TokenVersion?
    ) throws(Problem) -> Int? {
        switch answer {
        case .wait(let round): return round
        case .token(let token) where token.version != rejected:
            exchange.token = token
            exchange.scope = token.scope
            return nil
        case .token: throw refuse(exchange, tenant, TokenFailure(.rejected), .seconds(5))
        case .refused(let failure, let retryAfter): throw refuse(exchange, tenant, failure, retryAfter)
        }
    }

    private func refuse(
        _ exchange: Exchange, _ tenant: TenantState, _ failure: TokenFailure, _ retryAfter: Duration
    ) -> Problem {
        exchange.tokenFailure = failure
        return Problem(failure, retryAfter: retryAfter, host: tenant.tokens.host)
    }

    @inline(never)
    private func askAgain(_ exchange: Exchange, _ tenant: TenantState) throws(Problem) -> TokenSource.Answer {
        if exchange.isClientGone, !(exchange.machine?.outlivesCaller ?? false) { throw .clientGone }
        if exchange.deadline.hasPassed(at: reactor.now) {
            throw Problem(
                .timedOut(.token, mayHaveReached: false, deadline: exchange.deadline, isCancel: exchange.isCancel),
                phase: "credential")
        }
        return tenant.tokens.request(reactor.now, needs: exchange.deadline.remaining(at: reactor.now))
    }

    private func wait(_ exchange: Exchange, _ tokens: TokenSource, _ round: Int) async {
        var timer: Timer?
        let reactor = reactor
        await tokens.waitForEnd(of: round) { id in
            timer = Timer(reactor.timers) { tokens.cancelWait(id) }
            timer?.schedule(at: exchange.deadline.end)
            exchange.onClientGone = { tokens.cancelWait(id) }
        }
        timer?.cancel()
        exchange.onClientGone = nil
    }
}
