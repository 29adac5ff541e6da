import Network
import Policy
import Wire

/// credential: a bearer token, if possible one that outlives the call.
extension Gateway {
    func credential(_ operation: Operation, _ journal: Journal) async throws(Problem) -> Token {
        guard let tokens = operation.tenant.tokens else { throw .inexpressible }
        let begin = reactor.now
        var isThere = false
        defer { journal.entry.phases.addWait(.token, from: begin, to: reactor.now, hasFailed: !isThere) }
        let needs = operation.deadline.remaining(at: begin)
        let token = try await token(operation, tokens, tokens.request(begin, needs: needs), rejected: nil)
        isThere = true
        return token
    }

    /// Replaces a token that the API has just rejected, or that has expired since the last attempt.
    /// - Returns: the event for `ExchangeMachine`. The token is unchanged unless it is `tokenReady`.
    func replace(_ old: inout Token, _ operation: Operation, _ journal: Journal) async -> ExchangeEvent {
        guard let tokens = operation.tenant.tokens else { return .tokenStands }
        let begin = reactor.now
        defer { journal.entry.phases.add(.token, from: begin, to: reactor.now) }
        let isExpired = begin >= old.goodUntil
        let first =
            isExpired
            ? tokens.request(begin, needs: operation.deadline.remaining(at: begin)) : tokens.replace(old.version, begin)
        do throws(Problem) {
            old = try await token(operation, tokens, first, rejected: isExpired ? nil : old.version)
            journal.spans?.note("token replaced", at: reactor.now)
            return .tokenReady
        } catch {
            switch error.type {
            case "token-rejected" where !isExpired: return .tokenStands
            case "timeout-token": return .deadlinePassed
            case "gateway-stopping": return .stopping
            default: return .tokenUnavailable(retryAfter: error.retryAfter)
            }
        }
    }

    private func token(
        _ operation: Operation, _ tokens: TokenSource, _ first: TokenSource.Reply, rejected: TokenVersion?
    ) async throws(Problem) -> Token {
        var reply = first
        while true {
            switch reply {
            case .token(let token):
                guard token.version == rejected else { return token }
                throw Problem(TokenFailure(.rejected), retryAfter: .seconds(5), host: tokens.host)
            case .refused(let failure, let retryAfter): throw Problem(failure, retryAfter: retryAfter, host: tokens.host)
            case .wait(let round):
                var wait: Wait?
                let ending = await operation.request.caller.until(operation.deadline.end) {
                    tokens.attach($0, to: round)
                    wait = $0
                }
                if ending != .event, let wait { tokens.detach(wait) }
                switch ending {
                case .event: break
                case .callerGone: throw .callerGone
                case .stopping: throw .stopping
                case .deadline:
                    // Why the last call failed says more than that time ran out during the next one.
                    if let failure = tokens.status(reactor.now).failure {
                        throw Problem(failure, retryAfter: .seconds(1), host: tokens.host)
                    }
                    throw Problem(
                        .timedOut(.token, mayHaveReached: false, deadline: operation.deadline, isCancel: operation.isCancel),
                        phase: "credential")
                }
                reply = tokens.request(reactor.now, needs: operation.deadline.remaining(at: reactor.now))
            }
        }
    }
}
