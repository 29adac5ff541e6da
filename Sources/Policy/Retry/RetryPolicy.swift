public import Wire

/// Whether and when a failed attempt is retried. Pure: the time, the budget and the random source are passed in.
///
/// - Never after 400, 403, 404, 409 and other 4xx, on any route.
/// - After failures that did not reach the upstream, and 429 (nothing was done), on any route.
/// - After 500, 502, 503, 504, lost responses and retryable body codes on idempotent routes only.
/// - After 401 depending on its text: a rejected token is replaced once, a transient failure is retried.
///
/// Back-off: full jitter, random between 0 and min(cap, base * 2^(n-1)); never shorter than required by `Retry-After` or an empty
/// quota. A pause that would exceed the deadline, or must be longer than `max_wait`, is not begun.
public struct RetryPolicy: Hashable, Sendable {
    /// An attempt is not begun with less time than this.
    public static let shortestAttempt = Duration.milliseconds(50)

    public let settings: RetrySettings

    public init(_ settings: RetrySettings) { self.settings = settings }

    /// The state at the end of an attempt.
    public struct Situation: Hashable, Sendable {
        /// Attempts so far, including this one; those lost to an idle-connection race do not count.
        public var attempts = 1
        public var isIdempotent: Bool
        /// Whether the request can be sent again: its body, if any, was kept.
        public var isReplayable = true
        /// Whether the job can be verified after an ambiguous failure: the cancel routes.
        public var isVerifiable = false
        /// Whether a fresh token was already fetched for this exchange.
        public var tokenWasReplaced = false
        /// Whether an idle-connection race was already retried.
        public var raceWasRepeated = false
        /// The time left until the deadline.
        public var remaining: Duration

        public init(isIdempotent: Bool, remaining: Duration) {
            self.isIdempotent = isIdempotent
            self.remaining = remaining
        }
    }

    /// After an attempt without a response.
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

    /// After a response.
    public func decide(
        _ response: AttemptResponse, _ situation: Situation, budget: inout RetryBudget, now: Instant,
        random: inout some RandomNumberGenerator
    ) -> RetryDecision {
        switch response.authentication {
        case .tokenRejected:
            if situation.tokenWasReplaced { return .giveUp(.credential) }
            return situation.isReplayable ? .refreshToken : .giveUp(.notReplayable)
        case .backendTrouble:
            return retry(notBefore: response.requestedWait, freshConnection: false, situation, &budget, now, &random)
        case .accepted: break
        }
        if response.isWrongEntity { return .giveUp(.final) }
        switch response.status {
        case 429:
            return retry(notBefore: response.requestedWait, freshConnection: false, situation, &budget, now, &random)
        case 502, 503, 504:
            guard situation.isIdempotent else { return .giveUp(.notSafe) }
            if situation.isVerifiable { return verify(notBefore: response.requestedWait, situation) }
            return retry(notBefore: response.requestedWait, freshConnection: false, situation, &budget, now, &random)
        case 500:
            guard situation.isIdempotent else { return .giveUp(.notSafe) }
            return retry(notBefore: response.requestedWait, freshConnection: false, situation, &budget, now, &random)
        case 200...299:
            guard response.verdict?.isRetryableCode == true else { return .giveUp(.final) }
            guard situation.isIdempotent else { return .giveUp(.notSafe) }
            return retry(notBefore: response.requestedWait, freshConnection: false, situation, &budget, now, &random)
        default:
            return .giveUp(.final)
        }
    }

    /// A pause before attempt number `attempts + 1`, at least `notBefore`, with full jitter.
    public func pause(
        afterAttempts attempts: Int, notBefore: Duration?, random: inout some RandomNumberGenerator
    ) -> Duration {
        let base = settings.base.nanoseconds
        let (grown, overflow) = base.multipliedReportingOverflow(by: 1 << Int64(min(max(attempts - 1, 0), 40)))
        let ceiling = max(overflow ? settings.cap.nanoseconds : min(grown, settings.cap.nanoseconds), 0)
        let backOff = Duration.nanoseconds(Int64.random(in: 0...ceiling, using: &random))
        guard let notBefore else { return backOff }
        // Clients with the same `Retry-After` should not retry at the same instant.
        let spread = min(max(base, 0), max(notBefore.nanoseconds, 0) / 4)
        return max(notBefore + .nanoseconds(Int64.random(in: 0...spread, using: &random)), backOff)
    }

    /// Whether a pause of this length leaves time for an attempt.
    func fits(_ pause: Duration, _ situation: Situation) -> Bool { pause + Self.shortestAttempt <= situation.remaining }

    /// The wait requested by the upstream is respected if there is time; otherwise one verification is made at once, which is
    /// better than none.
    private func verify(notBefore: Duration?, _ situation: Situation) -> RetryDecision {
        if let notBefore, notBefore <= settings.maxWait, fits(notBefore, situation) { return .verify(after: notBefore) }
        return fits(.zero, situation) ? .verify(after: .zero) : .giveUp(.deadline)
    }

    /// Another attempt after a pause, if allowed.
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
    /// The attempt's result is final.
    case giveUp(GiveUpReason)
    case retry(after: Duration, freshConnection: Bool)
    /// Get a new token, then send the same request again.
    case refreshToken
    /// Verify the job before anything else is sent: the cancel may have worked.
    case verify(after: Duration)

    public enum GiveUpReason: String, Hashable, Sendable, CaseIterable {
        /// Nothing to retry: a response that would be the same again, or a success.
        case final
        /// Repeating it is not safe.
        case notSafe = "not-safe"
        /// The request's body was not kept.
        case notReplayable = "not-replayable"
        case attempts
        case budget
        /// The pause would exceed the deadline.
        case deadline
        /// The upstream requests a longer wait than `max_wait`.
        case wait
        /// A fresh token was rejected as well.
        case credential
    }
}

/// Limits a tenant's retries to a share of its requests, so that a failing upstream gets little additional load.
///
/// Each request earns `share` of a retry. In addition there is a reserve of 10, refilled by one per second, so that a tenant with
/// little traffic can retry as well. So in any period: retries <= 10 + seconds + share * requests + saved retries
/// (at most 100).
public struct RetryBudget: Hashable, Sendable {
    public static let reserveSize = 10.0
    public static let earnedLimit = 100.0

    /// 0 to 1.
    public private(set) var share: Double
    private var reserve = Self.reserveSize
    private var earned = 0.0
    private var refilledAt: Instant

    public init(share: Double, now: Instant) {
        self.share = min(max(share, 0), 1)
        refilledAt = now
    }

    /// Applies a new configuration to what is earned from now on.
    public mutating func adopt(share: Double) { self.share = min(max(share, 0), 1) }

    /// Records a request (not a retry).
    public mutating func recordRequest() { earned = min(earned + share, Self.earnedLimit) }

    /// Takes one retry.
    /// - Returns: false if the budget is used up.
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
