import EventLoop
import GatewayCore
import Timekeeping

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
        var answer = first
        while true {
            switch answer {
            case .token(let token):
                if token.version == rejected {
                    answer = .refused(TokenFailure(.rejected), retryAfter: .seconds(5))
                    continue
                }
                exchange.token = token
                exchange.scope = token.scope
                return
            case .refused(let failure, let retryAfter):
                exchange.tokenFailure = failure
                throw Problem(failure, retryAfter: retryAfter, host: tenant.tokens.host)
            case .wait(let round):
                await wait(exchange, tenant.tokens, round)
                if exchange.isClientGone, !(exchange.machine?.outlivesCaller ?? false) { throw .clientGone }
                if exchange.deadline.hasPassed(at: reactor.now) {
                    throw Problem(
                        .timedOut(.token, mayHaveReached: false, deadline: exchange.deadline, isCancel: exchange.isCancel),
                        phase: "credential")
                }
                answer = tenant.tokens.request(reactor.now, needs: exchange.deadline.remaining(at: reactor.now))
            }
        }
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
