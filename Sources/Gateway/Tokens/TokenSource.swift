import Policy
import Synchronization
import Wire

/// One credential's tokens, shared by all workers and all tenants with the same credential. The machine decides under a lock;
/// calls to the token endpoint are made by the keeper, on the control loop.
final class TokenSource: Sendable {
    private struct State {
        var machine: CredentialMachine
        /// Incremented whenever waiting requests should ask again.
        var round = 0
        var waiting: [Wait] = []
        /// The properties of the token that was granted last.
        var lifetime: Duration?
        var scope: TokenScope?
    }

    let key: CredentialKey
    /// The host of the token endpoint, for messages.
    let host: String
    private let state: Mutex<State>
    /// Makes the keeper start a call, or check the machine's timer and the secret. May be called on any thread.
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

    enum Reply: Sendable {
        case token(Token)
        /// Wait for the end of this round, then ask again.
        case wait(round: Int)
        case refused(TokenFailure, retryAfter: Duration)
    }

    /// Requests a token that is valid now.
    /// - Parameter needs: how long it should remain valid, if possible.
    func request(_ now: Instant, needs: Duration) -> Reply {
        ask { machine, waiting in machine.request(now, needs: needs, waiting: waiting) }
    }

    /// Requests another token after the API has rejected one.
    func replace(_ rejected: TokenVersion, _ now: Instant) -> Reply {
        ask { machine, waiting in machine.rejected(rejected, now, waiting: waiting) }
    }

    private func ask(_ question: (inout CredentialMachine, Int) -> CredentialReaction) -> Reply {
        let (reaction, round) = state.withLock { state in (question(&state.machine, state.waiting.count), state.round) }
        if let order = reaction.fetch { notifyKeeper(.fetch(order)) }
        if reaction.rereadsSecret { notifyKeeper(.rereadSecret) }
        switch reaction.reply {
        case .serve(let token): return .token(token)
        case .wait: return .wait(round: round)
        case .refuse(let failure, let retryAfter): return .refused(failure, retryAfter: retryAfter)
        }
    }

    /// Ends `wait` at the end of the round.
    func attach(_ wait: Wait, to round: Int) {
        let isOver = state.withLock { state in
            guard state.round == round else { return true }
            state.waiting.append(wait)
            return false
        }
        if isOver { wait.end(.event) }
    }

    /// The wait has ended before the round.
    func detach(_ wait: Wait) { state.withLock { $0.waiting.removeAll { $0 === wait } } }

    // MARK: The keeper

    /// Changes the machine and wakes all waiting requests.
    func update<R: Sendable>(_ change: (inout CredentialMachine) -> R) -> R {
        let (result, resumed) = state.withLock { state in
            let result = change(&state.machine)
            state.round += 1
            let resumed = state.waiting
            state.waiting = []
            return (result, resumed)
        }
        for wait in resumed { wait.end(.event) }
        return result
    }

    /// Whether a request waits for the end of the round.
    var isAwaited: Bool { state.withLock { !$0.waiting.isEmpty } }

    /// Reads the machine.
    func inspect<R: Sendable>(_ look: (CredentialMachine) -> R) -> R { state.withLock { look($0.machine) } }

    /// Keeps the properties of the last grant, for the status page and the scope check.
    func noteGrant(lifetime: Duration, scope: TokenScope) {
        state.withLock {
            $0.lifetime = lifetime
            $0.scope = scope
        }
    }

    var lifetime: Duration? { state.withLock { $0.lifetime } }

    /// The scope of the last token; nil before the first one.
    var scope: TokenScope? { state.withLock { $0.scope } }

    func status(_ now: Instant) -> CredentialStatus { inspect { $0.status(now) } }
}
