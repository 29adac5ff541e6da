import Network
import Policy
import Wire

/// credential: a bearer token, if possible one that outlives the call.
extension Gateway {
    func credential(_ operation: Operation, _ journal: Journal) async throws(Problem) -> Token {
        guard let tokens = operation.tenant.tokens else { throw .inexpressible }
        let begin = reactor.now
        let needs = operation.deadline.remaining(at: begin)
        let token = try await token(operation, tokens, tokens.request(begin, needs: needs), rejected: nil)
        journal.entry.phases.add(.token, from: begin, to: reactor.now)
        return token
    }

    /// A token other than the one that the API has just rejected.
    func replacement(for rejected: Token, _ operation: Operation, _ journal: Journal) async -> Result<Token, TokenRefusalReason> {
        guard let tokens = operation.tenant.tokens else { return .failure(.stands) }
        let begin = reactor.now
        defer { journal.entry.phases.add(.token, from: begin, to: reactor.now) }
        do throws(Problem) {
            return .success(
                try await token(operation, tokens, tokens.replace(rejected.version, begin), rejected: rejected.version))
        } catch {
            return .failure(error.type == "token-rejected" ? .stands : .unavailable(retryAfter: error.retryAfter))
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
                    // What the last call failed with says more than that the time is over while the next one is under way.
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

/// Why there is no replacement for a token that the API has rejected.
enum TokenRefusalReason: Error {
    /// There is no other one: it is static, or fresh ones keep being rejected as well.
    case stands
    case unavailable(retryAfter: Duration?)
}
