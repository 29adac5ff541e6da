public import Wire

/// One exchange from its first attempt to its response: attempts, back-off, a fresh token, and for a cancel the verification
/// of the job if its outcome is ambiguous. Pure: maps events to actions, within one deadline.
///
/// A cancel is safe to repeat, but a retry after a lost response sees "cannot be cancelled" although the first one worked. So once
/// an attempt may have succeeded, no refusal is trusted until the job has been verified; and an ambiguous refusal
/// (90003) never is.
public struct ExchangeMachine: Sendable {
    let policy: RetryPolicy
    public let deadline: Deadline
    let kind: RouteSettings.Kind
    let isIdempotent: Bool
    let isReplayable: Bool
    let isStrict: Bool

    /// Requests sent, not counting verifications.
    public internal(set) var sends = 0
    /// Verifications of the job.
    public internal(set) var verifications = 0

    /// A retry was necessary, but the request's body was too large to be kept.
    public internal(set) var wasNotReplayable = false

    /// The token was refused and no other was requested: one should be requested for later requests.
    public internal(set) var leavesTokenRefused = false

    /// When the token at hand expires. After that, the next attempt needs another one first.
    public var tokenGoodUntil = Instant.distantFuture

    var stage = Stage.idle
    /// Attempts that count against the limit.
    var attempts = 0
    var tokenWasReplaced = false
    var raceWasRepeated = false
    /// The gateway stops: no more waits.
    var isStopping = false
    /// Whether any attempt may have reached the upstream, if only to be refused.
    var wasSent = false
    /// Whether any attempt may have been executed: it may have reached the upstream, and was not refused because of load or the token.
    var mayHaveReached = false
    /// Whether an attempt before the last response may have cancelled the job.
    var mayHaveWorked = false
    /// The response to the last attempt; nil if there was none.
    var lastResponse: AttemptResponse?

    enum Stage: Hashable {
        case idle
        case sending
        case verifying
        case pausing(Step)
        case refreshing(Step)
        case ended
    }

    /// The next step after a pause or a fresh token.
    enum Step: Hashable {
        case send(freshConnection: Bool)
        case verify(freshConnection: Bool)
    }

    /// - Parameters:
    ///   - isReplayable: whether the request can be sent again: it has no body, or all of it was kept.
    public init(
        policy: RetryPolicy, deadline: Deadline, kind: RouteSettings.Kind, isIdempotent: Bool, isReplayable: Bool = true,
        outcomeStatus: TenantSettings.OutcomeStatus
    ) {
        self.policy = policy
        self.deadline = deadline
        self.kind = kind
        self.isIdempotent = isIdempotent
        self.isReplayable = isReplayable
        isStrict = outcomeStatus == .strict
    }

    public var isCancel: Bool { kind.isCancel }

    /// Whether the exchange continues after its caller has disconnected: a cancel that was sent is finished, everything else stops.
    public var outlivesCaller: Bool { isCancel && (wasSent || stage == .sending) && stage != .ended }

    /// Handles an event.
    /// - Parameters:
    ///   - budget: the tenant's; the calling code must call `recordRequest()` once per exchange.
    public mutating func handle(
        _ event: ExchangeEvent, now: Instant, budget: inout RetryBudget, random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        switch (stage, event) {
        case (.idle, .started):
            attempts = 1
            return perform(.send(freshConnection: false), now)
        case (.sending, .responded(let response)):
            return attemptResponded(response, now, &budget, &random)
        case (.sending, .failed(let failure)):
            return attemptFailed(failure, now, &budget, &random)
        case (.verifying, .responded(let response)):
            return verificationResponded(response, now, &budget, &random)
        case (.verifying, .failed(let failure)):
            return verificationFailed(failure, now, &budget, &random)
        case (.pausing(let step), .pauseEnded), (.refreshing(let step), .tokenReady):
            return perform(step, now)
        case (.refreshing(.verify), .tokenUnavailable), (.refreshing(.verify), .tokenStands):
            return unverifiable()
        case (.refreshing, .tokenUnavailable(let retryAfter)):
            if mayHaveWorked { return unverifiable() }
            return end(.fail(.tokenUnavailable(mayHaveReached: mayHaveReached, isCancel: isCancel, retryAfter: retryAfter)))
        case (.refreshing, .tokenStands):
            return tokenStands()
        case (.ended, _):
            return .none
        case (.sending, .deadlinePassed):
            return attemptFailed(AttemptFailure(.totalTimeout, requestSent: true), now, &budget, &random)
        case (_, .deadlinePassed):
            return timeIsUp()
        case (_, .stopping):
            return stopped(now)
        default:
            return .none
        }
    }

    mutating func perform(_ step: Step, _ now: Instant) -> ExchangeAction {
        if deadline.hasPassed(at: now) { return timeIsUp() }
        if now >= tokenGoodUntil {
            stage = .refreshing(step)
            return .refreshToken
        }
        switch step {
        case .send(let freshConnection):
            stage = .sending
            sends += 1
            return .send(freshConnection: freshConnection)
        case .verify(let freshConnection):
            stage = .verifying
            verifications += 1
            return .verify(freshConnection: freshConnection)
        }
    }

    mutating func pause(_ duration: Duration, then step: Step, _ now: Instant) -> ExchangeAction {
        guard duration > .zero else { return perform(step, now) }
        stage = .pausing(step)
        return .pause(duration)
    }

    mutating func refreshToken(then step: Step) -> ExchangeAction {
        tokenWasReplaced = true
        stage = .refreshing(step)
        return .refreshToken
    }

    mutating func end(_ action: ExchangeAction) -> ExchangeAction {
        stage = .ended
        return action
    }

    func situation(_ now: Instant) -> RetryPolicy.Situation {
        var situation = RetryPolicy.Situation(isIdempotent: isIdempotent, remaining: deadline.remaining(at: now))
        situation.attempts = attempts
        situation.isReplayable = isReplayable
        situation.isVerifiable = isCancel
        situation.tokenWasReplaced = tokenWasReplaced
        situation.raceWasRepeated = raceWasRepeated
        return situation
    }
}

/// An event of an exchange.
public enum ExchangeEvent: Hashable, Sendable {
    /// Admitted, with a token: the first event.
    case started
    /// The pending request or verification got a response.
    case responded(AttemptResponse)
    /// It failed without a response.
    case failed(AttemptFailure)
    case pauseEnded
    case tokenReady
    /// No fresh token is available.
    case tokenUnavailable(retryAfter: Duration?)
    /// There is no other token than the rejected one: it is a static one, or fresh ones keep being refused as well.
    case tokenStands
    /// The deadline passed while nothing was in progress upstream. A transfer that is aborted at the deadline is a `failed` with the
    /// cause `totalTimeout`.
    case deadlinePassed
    /// The gateway stops while nothing is in progress upstream: only a required verification is still started.
    case stopping
}

/// The next action of an exchange. `relay` or `fail` ends it, exactly once.
public enum ExchangeAction: Hashable, Sendable {
    /// Nothing: the event was too late to matter.
    case none
    /// Send the request, and report `responded` or `failed`.
    case send(freshConnection: Bool)
    /// `GET` the job to be cancelled, and report `responded` or `failed`. The last response to the cancel must be kept
    /// until the exchange ends.
    case verify(freshConnection: Bool)
    /// Report `pauseEnded` after this time.
    case pause(Duration)
    /// Get a token other than the one used last, which was rejected or has expired, set `tokenGoodUntil`, and report `tokenReady` or
    /// `tokenUnavailable`.
    case refreshToken
    case relay(RelayedResponse)
    case fail(ExchangeProblem)

    public var isFinal: Bool {
        switch self {
        case .relay, .fail: true
        default: false
        }
    }
}

/// An upstream response that is relayed to the caller.
public struct RelayedResponse: Hashable, Sendable {
    public var source: Source
    /// `Gateway-Outcome`; nil on routes that cancel nothing.
    public var outcome: CancelOutcome?
    /// The status that replaces the upstream's; nil keeps it.
    public var status: Int?

    public init(_ source: Source, outcome: CancelOutcome? = nil, status: Int? = nil) {
        self.source = source
        self.outcome = outcome
        self.status = status
    }

    public enum Source: Hashable, Sendable {
        /// The last response to the request.
        case attempt
        /// The last response to a verification.
        case verification
    }
}
