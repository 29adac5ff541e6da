public import Wire

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
