public import Wire

/// When a tenant's next request may start: according to the configured token bucket, if any, and Zuora's quota as reported in
/// its responses.
///
/// The last tenth of a quota is spread evenly over the time to its reset, so that it is not gone long before, but one request a minute
/// may start in any case, even when it is gone: one wrong response must not shut a tenant out for a day.
public struct RateLimiter: Hashable, Sendable {
    public enum Decision: Hashable, Sendable {
        case start
        /// It may start at that time, in order of arrival. It must return its token with `giveBack` if it does not start.
        case wait(until: Instant)
        case refused(AdmissionRefusal)
    }

    /// A quota is paced when less than this share of it is left.
    public static let scarceShare = 0.1
    /// The longest time between two starts for the sake of a quota, so the time between two tries of one that is said to be gone.
    public static let tryInterval = Duration.seconds(60)

    /// The average time between two starts; nil if there is no configured limit.
    private var interval: Duration?
    private var burst: Int
    /// When the bucket would be full again: one interval per start, counted from now at the earliest (GCRA).
    private var fullAt: Instant
    private var quota: Quota?

    private struct Quota: Hashable {
        var limit: Int?
        var remaining: Int
        var resetAt: Instant
        /// The earliest start while the quota is scarce.
        var nextStart: Instant
        /// When a response, or an attempt, last showed the state of the quota.
        var triedAt: Instant
    }

    /// - Parameters:
    ///   - rate: requests per second; nil for no limit.
    ///   - burst: how many may start at once after an idle period; at least 1.
    public init(rate: Double?, burst: Int, now: Instant) {
        interval = Self.interval(rate)
        self.burst = max(burst, 1)
        fullAt = now
    }

    /// Applies a new configuration. Zuora's quota, and starts that have been granted, keep counting, as many as the new burst has.
    public mutating func adopt(rate: Double?, burst: Int, now: Instant) {
        let next = Self.interval(rate)
        self.burst = max(burst, 1)
        if let interval, let next, fullAt > now {
            // The same number of starts, at the new rate.
            let starts = min((fullAt - now).seconds / interval.seconds, Double(self.burst))
            // Not more than a century, which fits.
            fullAt = now + .nanoseconds(Int64(min(starts * next.seconds, 3e9) * 1e9))
        } else {
            fullAt = now
        }
        interval = next
    }

    /// Takes a token.
    /// - Parameter patience: how long the request can wait; a longer wait is refused, without taking a token.
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

    /// Returns an unused token.
    public mutating func giveBack() {
        if let interval { fullAt = fullAt - interval }
        quota?.remaining += 1
    }

    /// Updates the quota from a response. Ignored without both `RateLimit-Remaining` and `RateLimit-Reset`.
    public mutating func observe(_ fields: RateLimitFields, now: Instant) {
        guard let remaining = fields.remaining, let reset = fields.reset else { return }
        let resetAt = now + reset
        // Within one window, responses may overtake each other: the smaller count is the later one.
        if let known = quota, known.resetAt > now, resetAt - known.resetAt < .seconds(2), known.resetAt - resetAt < .seconds(2) {
            quota?.remaining = min(known.remaining, remaining)
            quota?.limit = fields.limit ?? known.limit
            if known.remaining > 0 { quota?.triedAt = now }
        } else {
            quota = Quota(limit: fields.limit, remaining: remaining, resetAt: resetAt, nextStart: now, triedAt: now)
        }
    }

    /// When the configured bucket permits the next start.
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
