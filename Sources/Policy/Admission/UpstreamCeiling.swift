public import Wire

/// Limits requests in flight according to the concurrency limit that Zuora reports, so that the gateway queues requests
/// before Zuora refuses them. A tenth of the limit is left for other users of the same tenant.
///
/// Zuora counts all users of a tenant, or of each of its entities, and updates the reported values about once per second
/// (https://developer.zuora.com/rest-api/general-concepts/rate-concurrency-limits).
public struct UpstreamCeiling: Hashable, Sendable {
    /// How long a report about other users is valid.
    public static let validity = Duration.seconds(2)
    /// Within this time the ceiling is lowered only once: further responses report the same moment.
    static let renewal = Duration.seconds(1)

    private var limit: Int?
    private var value = Int.max
    private var validUntil: Instant
    private var loweredAt: Instant?

    public init(now: Instant) { validUntil = now }

    /// Updates the ceiling from a response. Ignored without `Concurrency-Limit-Remaining`.
    /// - Parameter inFlight: the gateway's requests in flight, including the one of this response.
    public mutating func observe(_ fields: RateLimitFields, inFlight: Int, now: Instant) {
        guard let remaining = fields.concurrencyRemaining else { return }
        limit = fields.concurrencyLimit ?? limit
        // The report may be older than requests that have begun since, which alone must not exceed the limit.
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

    /// At least 1, so that there is always a response with a new report. The known limit is kept.
    public func value(at now: Instant) -> Int {
        isValid(now) ? value : ownLimit
    }

    private var ownLimit: Int { limit.map { max($0 - reserve, 1) } ?? .max }

    private var reserve: Int { limit.map { $0 / 10 } ?? 1 }

    private func isValid(_ now: Instant) -> Bool { now < validUntil }
}
