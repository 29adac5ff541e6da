public import Wire

/// How many requests may be under way at once by what Zuora says of its own concurrency limit, so that the gateway holds requests
/// back before Zuora refuses them. A tenth of the limit is left for others who use the same tenant.
///
/// Zuora counts all users of a tenant, or of each of its entities, and renews what it says about once a second
/// (https://developer.zuora.com/rest-api/general-concepts/rate-concurrency-limits).
public struct UpstreamCeiling: Hashable, Sendable {
    /// How long what Zuora said of the others holds good.
    public static let validity = Duration.seconds(2)
    /// Within this time the ceiling comes down once: further answers tell of the same moment.
    static let renewal = Duration.seconds(1)

    private var limit: Int?
    private var value = Int.max
    private var validUntil: Instant
    private var loweredAt: Instant?

    public init(now: Instant) { validUntil = now }

    /// Learns from an answer. Without `Concurrency-Limit-Remaining` nothing is learned.
    /// - Parameter inFlight: the gateway's own requests under way, the one that was answered among them.
    public mutating func observe(_ fields: RateLimitFields, inFlight: Int, now: Instant) {
        guard let remaining = fields.concurrencyRemaining else { return }
        limit = fields.concurrencyLimit ?? limit
        // What is said may be older than the requests that have begun since: alone they may not exceed the limit.
        let next = min(max(inFlight + max(remaining, 0) - reserve, 1), ownLimit)
        if isValid(now), next < value {
            if let loweredAt, now - loweredAt < Self.renewal { return }
            loweredAt = now
        } else if !isValid(now) {
            loweredAt = now
        }
        value = next
        validUntil = now + Self.validity
    }

    /// At least 1, so that there is always an answer to learn from. What is known of the limit itself stays.
    public func value(at now: Instant) -> Int {
        isValid(now) ? value : ownLimit
    }

    private var ownLimit: Int { limit.map { max($0 - reserve, 1) } ?? .max }

    private var reserve: Int { limit.map { $0 / 10 } ?? 1 }

    private func isValid(_ now: Instant) -> Bool { now < validUntil }
}
