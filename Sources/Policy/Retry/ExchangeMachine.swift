public import Wire

/// One exchange from its first attempt to its one answer: attempts, pauses, a fresh token, and for a cancel the look at the job
/// when only that can tell the truth. Pure: events in, actions out, all inside one deadline.
///
/// A cancel is safe to repeat, but a repeat after a lost answer sees "cannot be cancelled" though the first one worked. So from
/// the moment when an attempt may have done the work, no refusal is believed until the job itself was looked at; and a refusal
/// that has several meanings (90003) never is.
public struct ExchangeMachine: Sendable {
    let policy: RetryPolicy
    public let deadline: Deadline
    let kind: RouteSettings.Kind
    let isIdempotent: Bool
    let isReplayable: Bool
    let isStrict: Bool

    /// Requests sent, looks at the job not counted.
    public internal(set) var sends = 0
    /// Looks at the job.
    public internal(set) var verifications = 0

    /// A repeat was called for, and the request's body was too large to be kept for it.
    public internal(set) var wasNotReplayable = false

    /// The token was refused and no other was asked for: somebody should, for the sake of the requests to come.
    public internal(set) var leavesTokenRefused = false

    var stage = Stage.idle
    /// Attempts that count against the limit.
    var attempts = 0
    var tokenWasReplaced = false
    var raceWasRepeated = false
    /// The gateway stops: nothing is waited for any more.
    var isStopping = false
    /// Whether any attempt may have reached the upstream.
    var mayHaveReached = false
    /// Whether an attempt before the last answer may have cancelled the job.
    var mayHaveWorked = false
    /// The answer to the last attempt; nil if it came to none.
    var lastAnswer: AttemptAnswer?

    enum Stage: Hashable {
        case idle
        case sending
        case verifying
        case pausing(Step)
        case refreshing(Step)
        case ended
    }

    /// What comes after a pause or a fresh token.
    enum Step: Hashable {
        case send(freshConnection: Bool)
        case verify(freshConnection: Bool)
    }

    /// - Parameters:
    ///   - isReplayable: whether the request can be sent again: it has no body, or all of it is still there.
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

    public var isCancel: Bool { kind == .aquaCancel || kind == .dataQueryCancel }

    /// Whether the exchange goes on although its caller has gone: a cancel that was sent is finished, everything else stops.
    public var outlivesCaller: Bool { isCancel && (mayHaveReached || stage == .sending) && stage != .ended }

    /// Takes an event in.
    /// - Parameters:
    ///   - budget: the tenant's; `recordRequest()` is the caller's business, once an exchange.
    public mutating func handle(
        _ event: ExchangeEvent, now: Instant, budget: inout RetryBudget, random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        switch (stage, event) {
        case (.idle, .started):
            attempts = 1
            return perform(.send(freshConnection: false), now)
        case (.sending, .answered(let answer)):
            return attemptAnswered(answer, now, &budget, &random)
        case (.sending, .failed(let failure)):
            return attemptFailed(failure, now, &budget, &random)
        case (.verifying, .answered(let answer)):
            return verificationAnswered(answer, now, &budget, &random)
        case (.verifying, .failed(let failure)):
            return verificationFailed(failure, now, &budget, &random)
        case (.pausing(let step), .pauseEnded), (.refreshing(let step), .tokenReady):
            return perform(step, now)
        case (.refreshing(.verify), .tokenUnavailable), (.refreshing(.verify), .tokenStands):
            return unverifiable(limit: nil)
        case (.refreshing, .tokenUnavailable(let retryAfter)):
            if mayHaveWorked { return unverifiable(limit: nil) }
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

/// What happened to an exchange.
public enum ExchangeEvent: Hashable, Sendable {
    /// Admitted, with a token: the first event.
    case started
    /// The request or the look at the job that was under way was answered.
    case answered(AttemptAnswer)
    /// It came to no answer.
    case failed(AttemptFailure)
    case pauseEnded
    case tokenReady
    /// No fresh token can be had.
    case tokenUnavailable(retryAfter: Duration?)
    /// No other token is to be had: it is a static one, or fresh ones keep being refused too.
    case tokenStands
    /// The deadline passed while nothing was under way upstream. A transfer that is cut short at the deadline is a `failed` with the
    /// cause `totalTimeout`.
    case deadlinePassed
    /// The gateway stops while nothing is under way upstream: nothing is begun any more but a verification that is owed.
    case stopping
}

/// What is to be done for an exchange. `relay` and `fail` end it; exactly one of them comes.
public enum ExchangeAction: Hashable, Sendable {
    /// Nothing: the event came too late to matter.
    case none
    /// Send the request, and report `answered` or `failed`.
    case send(freshConnection: Bool)
    /// `GET` the job that was to be cancelled, and report `answered` or `failed`. The last answer to the cancel itself must be kept
    /// until the exchange ends.
    case verify(freshConnection: Bool)
    /// Report `pauseEnded` after this time.
    case pause(Duration)
    /// Get a token other than the one used last, and report `tokenReady` or `tokenUnavailable`.
    case refreshToken
    case relay(RelayedAnswer)
    case fail(ExchangeProblem)

    public var isFinal: Bool {
        switch self {
        case .relay, .fail: true
        default: false
        }
    }
}

/// An upstream answer that goes to the caller.
public struct RelayedAnswer: Hashable, Sendable {
    public var source: Source
    /// `Gateway-Outcome`; nil on routes that cancel nothing.
    public var outcome: CancelOutcome?
    /// The status in place of the upstream's; nil keeps it.
    public var status: Int?

    public init(_ source: Source, outcome: CancelOutcome? = nil, status: Int? = nil) {
        self.source = source
        self.outcome = outcome
        self.status = status
    }

    public enum Source: Hashable, Sendable {
        /// The last answer to the request.
        case attempt
        /// The last answer to the look at the job.
        case verification
    }
}
