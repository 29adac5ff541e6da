public import Wire

/// When a tenant's next request may start: a token bucket of the gateway's own, if one is configured, and Zuora's quota, as its
/// answers tell it.
///
/// The last tenth of a quota is spread evenly over the time to its reset, so that it is not gone long before, but one request a minute
/// may start in any case, even when it is gone: one wrong response must not shut a tenant out for a day.
public struct RateLimiter: Hashable, Sendable {
    public enum Decision: Hashable, Sendable {
        case start
        /// It has its turn at that time, in the order of asking; until then it waits. It must `giveBack` its turn if it does not start.
        case wait(until: Instant)
        case refused(AdmissionRefusal)
    }

    /// A quota is spared when less than this share of it is left.
    public static let scarceShare = 0.1
    /// The longest time between two starts for the sake of a quota, so the time between two tries of one that is said to be gone.
    public static let tryInterval = Duration.seconds(60)

    /// The time between two starts in the long run; nil: no limit of the gateway's own.
    private var interval: Duration?
    private var burst: Int
    /// When the bucket would be full again: one interval a start, counted from no earlier than now (GCRA).
    private var fullAt: Instant
    private var quota: Quota?

    private struct Quota: Hashable {
        var limit: Int?
        var remaining: Int
        var resetAt: Instant
        /// The earliest start while the quota is scarce.
        var nextStart: Instant
        /// When an answer, or a try, last showed how it stands.
        var triedAt: Instant
    }

    /// - Parameters:
    ///   - rate: requests a second; nil for no limit of the gateway's own.
    ///   - burst: how many may start at once after a quiet time; at least 1.
    public init(rate: Double?, burst: Int, now: Instant) {
        interval = Self.interval(rate)
        self.burst = max(burst, 1)
        fullAt = now
    }

    /// Takes new settings; what was learned of the quota stays.
    public mutating func update(rate: Double?, burst: Int) {
        interval = Self.interval(rate)
        self.burst = max(burst, 1)
    }

    /// Asks for a turn.
    /// - Parameter patience: how long the request can wait; a longer wait is a refusal, and takes no turn.
    public mutating func acquire(now: Instant, patience: Duration) -> Decision {
        let ownStart = ownStart(now)
        let quotaStart = quotaStart(now)
        let start = max(ownStart, quotaStart)
        guard start - now <= patience else {
            return .refused(AdmissionRefusal(quotaStart > ownStart ? .quota : .rate, retryAfter: start - now))
        }
        if let interval { fullAt = max(fullAt, now) + interval }
        if var known = quota {
            known.remaining = max(known.remaining - 1, 0)
            if known.remaining == 0 { known.triedAt = start }
            known.nextStart = max(start, known.nextStart) + pace(known, now)
            quota = known
        }
        return start > now ? .wait(until: start) : .start
    }

    /// A turn was not used.
    public mutating func giveBack() {
        if let interval { fullAt = fullAt - interval }
        quota?.remaining += 1
    }

    /// Learns from an answer. Without both `RateLimit-Remaining` and `RateLimit-Reset` nothing is learned.
    public mutating func observe(_ fields: RateLimitFields, now: Instant) {
        guard let remaining = fields.remaining, let reset = fields.reset else { return }
        let resetAt = now + reset
        // Within one window, answers may overtake each other: the smaller count is the later one.
        if let known = quota, known.resetAt > now, resetAt - known.resetAt < .seconds(2), known.resetAt - resetAt < .seconds(2) {
            quota?.remaining = min(known.remaining, remaining)
            quota?.limit = fields.limit ?? known.limit
            if known.remaining > 0 { quota?.triedAt = now }
        } else {
            quota = Quota(limit: fields.limit, remaining: remaining, resetAt: resetAt, nextStart: now, triedAt: now)
        }
    }

    /// When the gateway's own bucket lets one start.
    private func ownStart(_ now: Instant) -> Instant {
        guard let interval else { return now }
        let allowance = interval * (burst - 1)
        return max(fullAt - allowance, now)
    }

    private mutating func quotaStart(_ now: Instant) -> Instant {
        guard let known = quota else { return now }
        if known.resetAt <= now {
            quota = nil
            return now
        }
        if known.remaining == 0 { return max(min(known.resetAt, known.triedAt + Self.tryInterval), now) }
        return pace(known, now) > .zero ? min(max(known.nextStart, now), known.resetAt) : now
    }

    /// The time between two starts while the quota is scarce; zero while it is not.
    private func pace(_ quota: Quota, _ now: Instant) -> Duration {
        guard quota.remaining > 0, quota.resetAt > now else { return .zero }
        guard let limit = quota.limit, Double(quota.remaining) < Double(limit) * Self.scarceShare else { return .zero }
        return min((quota.resetAt - now) / quota.remaining, Self.tryInterval)
    }

    private static func interval(_ rate: Double?) -> Duration? {
        guard let rate, rate > 0, rate.isFinite else { return nil }
        return .nanoseconds(Int64(max(min(1e9 / rate, 3600e9), 1)))
    }
}
