public import Wire

/// Whether and when a failed attempt is repeated. Pure: the clock's reading, the budget and the random source are passed in.
///
/// - Never after 400, 403, 404, 409 and other 4xx, whatever the route.
/// - What never reached the upstream, and 429 (which says that nothing was done), on any route.
/// - 500, 502, 503, 504, lost answers and retryable body codes on idempotent routes only.
/// - 401 by its text: a refused token is replaced once, a hiccup is waited out.
///
/// Pauses: full jitter, random between 0 and min(cap, base * 2^(n-1)); never shorter than what `Retry-After` or an empty quota ask
/// for. A pause that would outlast the deadline, or is asked to be longer than `max_wait`, is not begun.
public struct RetryPolicy: Hashable, Sendable {
    /// An attempt that has less time than this is not begun.
    public static let shortestAttempt = Duration.milliseconds(50)

    public let settings: RetrySettings

    public init(_ settings: RetrySettings) { self.settings = settings }

    /// What is known when an attempt has ended.
    public struct Situation: Hashable, Sendable {
        /// Attempts made, this one included; those lost to an idle-connection race do not count.
        public var attempts = 1
        public var isIdempotent: Bool
        /// Whether the request can be sent again: its body, if any, is still there.
        public var isReplayable = true
        /// Whether the job can be looked at after an ambiguous failure: the cancel routes.
        public var isVerifiable = false
        /// Whether a fresh token was fetched for this exchange already.
        public var tokenWasReplaced = false
        /// Whether an idle-connection race was repeated already.
        public var raceWasRepeated = false
        /// What is left of the deadline.
        public var remaining: Duration

        public init(isIdempotent: Bool, remaining: Duration) {
            self.isIdempotent = isIdempotent
            self.remaining = remaining
        }
    }

    /// After an attempt without an answer.
    public func decide(
        _ failure: AttemptFailure, _ situation: Situation, budget: inout RetryBudget, now: Instant,
        random: inout some RandomNumberGenerator
    ) -> RetryDecision {
        if failure.isIdleConnectionRace, !situation.raceWasRepeated, !failure.requestSent || situation.isIdempotent {
            guard situation.isReplayable else { return .giveUp(.notReplayable) }
            guard fits(.zero, situation) else { return .giveUp(.deadline) }
            return .retry(after: .zero, freshConnection: true)
        }
        if failure.requestSent {
            guard situation.isIdempotent else { return .giveUp(.notSafe) }
            if situation.isVerifiable { return fits(.zero, situation) ? .verify(after: .zero) : .giveUp(.deadline) }
        }
        if failure.cause.isPermanent { return .giveUp(.final) }
        return retry(notBefore: nil, freshConnection: failure.requestSent, situation, &budget, now, &random)
    }

    /// After an answer.
    public func decide(
        _ answer: AttemptAnswer, _ situation: Situation, budget: inout RetryBudget, now: Instant,
        random: inout some RandomNumberGenerator
    ) -> RetryDecision {
        // A 401 whose body nobody read counts as a refused token.
        switch answer.verdict?.authentication ?? (answer.status == 401 ? .tokenRejected : .accepted) {
        case .tokenRejected:
            if situation.tokenWasReplaced { return .giveUp(.credential) }
            return situation.isReplayable ? .refreshToken : .giveUp(.notReplayable)
        case .backendTrouble:
            return retry(notBefore: answer.requestedWait, freshConnection: false, situation, &budget, now, &random)
        case .accepted: break
        }
        switch answer.status {
        case 429:
            return retry(notBefore: answer.requestedWait, freshConnection: false, situation, &budget, now, &random)
        case 502, 503, 504:
            guard situation.isIdempotent else { return .giveUp(.notSafe) }
            if situation.isVerifiable { return verify(notBefore: answer.requestedWait, situation) }
            return retry(notBefore: answer.requestedWait, freshConnection: false, situation, &budget, now, &random)
        case 500:
            guard situation.isIdempotent else { return .giveUp(.notSafe) }
            return retry(notBefore: answer.requestedWait, freshConnection: false, situation, &budget, now, &random)
        case 200...299:
            guard answer.verdict?.isRetryableCode == true else { return .giveUp(.final) }
            guard situation.isIdempotent else { return .giveUp(.notSafe) }
            return retry(notBefore: answer.requestedWait, freshConnection: false, situation, &budget, now, &random)
        default:
            return .giveUp(.final)
        }
    }

    /// A pause before attempt number `attempts + 1`, as long as `notBefore` asks for and with full jitter.
    public func pause(
        afterAttempts attempts: Int, notBefore: Duration?, random: inout some RandomNumberGenerator
    ) -> Duration {
        let base = settings.base.nanoseconds
        let (grown, overflow) = base.multipliedReportingOverflow(by: 1 << Int64(min(max(attempts - 1, 0), 40)))
        let ceiling = max(overflow ? settings.cap.nanoseconds : min(grown, settings.cap.nanoseconds), 0)
        guard let notBefore else { return .nanoseconds(Int64.random(in: 0...ceiling, using: &random)) }
        // Those who were told the same time do not all come back in the same instant.
        let spread = min(max(base, 0), max(notBefore.nanoseconds, 0) / 4)
        return notBefore + .nanoseconds(Int64.random(in: 0...spread, using: &random))
    }

    /// Whether a pause of this length leaves time for an attempt.
    func fits(_ pause: Duration, _ situation: Situation) -> Bool { pause + Self.shortestAttempt <= situation.remaining }

    /// The wait that the upstream asked for is kept if there is time for it; otherwise one look is taken at once, which is
    /// better than none.
    private func verify(notBefore: Duration?, _ situation: Situation) -> RetryDecision {
        if let notBefore, notBefore <= settings.maxWait, fits(notBefore, situation) { return .verify(after: notBefore) }
        return fits(.zero, situation) ? .verify(after: .zero) : .giveUp(.deadline)
    }

    /// Another attempt after a pause, if everything allows it.
    func retry(
        notBefore: Duration?, freshConnection: Bool, _ situation: Situation, _ budget: inout RetryBudget, _ now: Instant,
        _ random: inout some RandomNumberGenerator
    ) -> RetryDecision {
        guard situation.isReplayable else { return .giveUp(.notReplayable) }
        guard situation.attempts < settings.attempts else { return .giveUp(.attempts) }
        if let notBefore, notBefore > settings.maxWait { return .giveUp(.wait) }
        let pause = pause(afterAttempts: situation.attempts, notBefore: notBefore, random: &random)
        guard fits(pause, situation) else { return .giveUp(.deadline) }
        guard budget.withdraw(at: now) else { return .giveUp(.budget) }
        return .retry(after: pause, freshConnection: freshConnection)
    }
}

/// What to do after an attempt.
public enum RetryDecision: Hashable, Sendable {
    /// The attempt's result is the result.
    case giveUp(GiveUpReason)
    case retry(after: Duration, freshConnection: Bool)
    /// Get a new token, then send the same request again.
    case refreshToken
    /// Look at the job before anything else is sent: the cancel may have worked.
    case verify(after: Duration)

    public enum GiveUpReason: String, Hashable, Sendable, CaseIterable {
        /// Nothing to repeat: an answer that would be the same again, or a success.
        case final
        /// Repeating it could do harm.
        case notSafe = "not-safe"
        /// The request's body is gone.
        case notReplayable = "not-replayable"
        case attempts
        case budget
        /// The pause would outlast the deadline.
        case deadline
        /// The upstream asks for a longer wait than `max_wait`.
        case wait
        /// A fresh token was refused too.
        case credential
    }
}

/// Bounds a tenant's retries to a share of its requests, so that an upstream in trouble gets little more load than usual.
///
/// Each request earns `share` of a retry. Beside that there is a reserve of 10, refilled by one a second, so that a tenant with
/// little traffic can retry too. In any stretch of time, then: retries <= 10 + seconds + share * requests + what was saved up
/// (at most 100).
public struct RetryBudget: Hashable, Sendable {
    public static let reserveSize = 10.0
    public static let earnedLimit = 100.0

    /// 0 to 1.
    public let share: Double
    private var reserve = Self.reserveSize
    private var earned = 0.0
    private var refilledAt: Instant

    public init(share: Double, now: Instant) {
        self.share = min(max(share, 0), 1)
        refilledAt = now
    }

    /// A request came in (not a retry).
    public mutating func recordRequest() { earned = min(earned + share, Self.earnedLimit) }

    /// Takes one retry out.
    /// - Returns: false if there is none.
    public mutating func withdraw(at now: Instant) -> Bool {
        if earned >= 1 {
            earned -= 1
            return true
        }
        reserve = min(reserve + max((now - refilledAt).seconds, 0), Self.reserveSize)
        refilledAt = max(now, refilledAt)
        guard reserve >= 1 else { return false }
        reserve -= 1
        return true
    }
}
