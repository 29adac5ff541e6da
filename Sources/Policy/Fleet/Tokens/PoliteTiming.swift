public import Wire

/// The timing of token calls without a waiting request, so that many gateways that start, or get a new secret, at the same time do not
/// call at the same time. Waiting requests are never delayed by it, unless members of known number have lost their store.
public struct PoliteTiming: Hashable, Sendable {
    /// The minimum time over which first calls are spread.
    public static let window = Duration.seconds(60)
    /// The average time between two calls of all members. Each happens at a random time, so that on average there are 60 per minute, and
    /// rarely more than 100, Zuora's limit per address.
    public static let interval = Duration.seconds(1)

    /// The part of a token's lifetime after which members of a fleet look for a successor.
    public static let earliestRefresh = 0.7

    /// The total number of calls of the gateways behind one address: members times credentials, as far as known.
    public var calls: Int

    public init(members: Int = 1, credentials: Int = 1) {
        let (calls, overflow) = max(members, 1).multipliedReportingOverflow(by: max(credentials, 1))
        self.calls = overflow ? 1_000_000 : min(calls, 1_000_000)
    }

    /// The time over which the members' first calls are spread.
    public var spread: Duration { max(Self.window, Self.interval * calls) }

    /// When to fetch the first token of a credential, or of a new version of its secret, unless a request arrives first.
    public func prefetch(_ now: Instant, using random: inout some RandomNumberGenerator) -> Instant {
        now + spread * Double.random(in: 0..<1, using: &random)
    }

    /// When a member without a token and store may call for a waiting request: at once if the address's budget allows
    /// the calls of all, otherwise at a random time.
    public func alone(_ now: Instant, using random: inout some RandomNumberGenerator) -> Instant {
        guard calls > TokenTurn.burst else { return now }
        return now + Self.interval * calls * Double.random(in: 0..<1, using: &random)
    }

    /// When to request the successor of a token that all members share: at a random time in the first half of the time left after
    /// `refresh`. The first member fetches it; the others find it in the store.
    public func ahead(_ facts: TokenRecordFacts, _ reading: StoreReading, using random: inout some RandomNumberGenerator)
        -> Instant
    {
        let left = max(facts.expiry - facts.refresh, .zero)
        return reading.earliest(facts.refresh) + left / 2 * Double.random(in: 0..<1, using: &random)
    }

    /// When to replace a token without the store: at a different time for each member, since each makes a call.
    /// - Parameters:
    ///   - begun: the start of the token's lifetime.
    ///   - goodUntil: when it is no longer used.
    public func aloneRefresh(
        begun: Instant, goodUntil: Instant, now: Instant, using random: inout some RandomNumberGenerator
    ) -> Instant {
        let earliest = max(begun + (goodUntil - begun) * Self.earliestRefresh, now)
        return earliest + max(goodUntil - earliest, .zero) * Double.random(in: 0..<1, using: &random)
    }
}
