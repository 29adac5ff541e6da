import Policy
import Synchronization
import Wire

/// One credential's tokens, shared by all workers and all tenants that have the same credential. The machine decides under a lock;
/// calls to the token endpoint are made by the keeper, on its own loop.
final class TokenSource: Sendable {
    private struct State {
        var machine: CredentialMachine
        /// Grows whenever those who wait should ask again.
        var round = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextID = 0
        /// Of the token that was granted last.
        var lifetime: Duration?
        var scope: TokenScope?
    }

    let key: CredentialKey
    /// The host of the token endpoint, for messages.
    let host: String
    private let state: Mutex<State>
    /// Has the keeper make a call, or look at the machine's timer and the secret again. May be called on any thread.
    private let notifyKeeper: @Sendable (Work) -> Void

    enum Work: Sendable {
        case fetch(FetchOrder)
        case rereadSecret
    }

    init(key: CredentialKey, host: String, notifyKeeper: @escaping @Sendable (Work) -> Void) {
        self.key = key
        self.host = host
        self.notifyKeeper = notifyKeeper
        state = Mutex(State(machine: CredentialMachine(key: key)))
    }

    // MARK: Callers

    enum Answer: Sendable {
        case token(Token)
        /// Wait for the end of this round, then ask again.
        case wait(round: Int)
        case refused(TokenFailure, retryAfter: Duration)
    }

    /// Asks for a token that is good now.
    /// - Parameter needs: how long it should last, if that can be had.
    func request(_ now: Instant, needs: Duration) -> Answer {
        ask { machine, waiting in machine.request(now, needs: needs, waiting: waiting) }
    }

    /// The API has rejected a token: asks for another.
    func replace(_ rejected: TokenVersion, _ now: Instant) -> Answer {
        ask { machine, waiting in machine.rejected(rejected, now, waiting: waiting) }
    }

    private func ask(_ question: (inout CredentialMachine, Int) -> CredentialReaction) -> Answer {
        let (reaction, round) = state.withLock { state in (question(&state.machine, state.waiting.count), state.round) }
        if let order = reaction.fetch { notifyKeeper(.fetch(order)) }
        if reaction.rereadsSecret { notifyKeeper(.rereadSecret) }
        switch reaction.reply {
        case .serve(let token): return .token(token)
        case .wait: return .wait(round: round)
        case .refuse(let failure, let retryAfter): return .refused(failure, retryAfter: retryAfter)
        }
    }

    /// Suspends until the round ends, or `cancelWait` is called with the id that `began` is given.
    func waitForEnd(of round: Int, began: (Int) -> Void) async {
        await withCheckedContinuation { continuation in
            let id: Int? = state.withLock { state in
                guard state.round == round else { return nil }
                state.nextID += 1
                state.waiting[state.nextID] = continuation
                return state.nextID
            }
            if let id { began(id) } else { continuation.resume() }
        }
    }

    func cancelWait(_ id: Int) {
        let continuation = state.withLock { $0.waiting.removeValue(forKey: id) }
        continuation?.resume()
    }

    // MARK: The keeper

    /// Changes the machine and wakes everybody who waits.
    func update<R: Sendable>(_ change: (inout CredentialMachine) -> R) -> R {
        let (result, resumed) = state.withLock { state in
            let result = change(&state.machine)
            state.round += 1
            let resumed = Array(state.waiting.values)
            state.waiting.removeAll()
            return (result, resumed)
        }
        for continuation in resumed { continuation.resume() }
        return result
    }

    /// Reads the machine.
    func inspect<R: Sendable>(_ look: (CredentialMachine) -> R) -> R { state.withLock { look($0.machine) } }

    /// Remembers what the last grant said, for the status page and the scope check.
    func noteGrant(lifetime: Duration, scope: TokenScope) {
        state.withLock {
            $0.lifetime = lifetime
            $0.scope = scope
        }
    }

    var lifetime: Duration? { state.withLock { $0.lifetime } }

    /// What the last token covers; nil before there was one.
    var scope: TokenScope? { state.withLock { $0.scope } }

    func status(_ now: Instant) -> CredentialStatus { inspect { $0.status(now) } }
}
