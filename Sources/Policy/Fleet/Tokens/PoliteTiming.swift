public import Wire

/// When to make token calls that no request waits for, so that many gateways that start, or get a new secret, at the same time do not
/// call at the same time. A request that waits is never delayed by it, unless members that know how many they are have lost their store.
public struct PoliteTiming: Hashable, Sendable {
    /// The least time over which first calls are spread.
    public static let window = Duration.seconds(60)
    /// The time between two calls of the many. Each comes at a random time, so that on average there are 60 a minute, and hardly ever more
    /// than 100, which is what Zuora allows one address.
    public static let interval = Duration.seconds(1)

    /// How many calls the gateways behind one address make altogether: members times credentials, as far as is known.
    public var calls: Int

    public init(members: Int = 1, credentials: Int = 1) {
        let (calls, overflow) = max(members, 1).multipliedReportingOverflow(by: max(credentials, 1))
        self.calls = overflow ? 1_000_000 : min(calls, 1_000_000)
    }

    /// Over how long the members' first calls are spread.
    public var spread: Duration { max(Self.window, Self.interval * calls) }

    /// When to fetch the first token of a credential, or of a new version of its secret, unless a request comes first.
    public func prefetch(_ now: Instant, using random: inout some RandomNumberGenerator) -> Instant {
        now + spread * Double.random(in: 0..<1, using: &random)
    }

    /// When a member that is without a token and has lost the store may call, though a request waits: at once if the address's budget bears
    /// the calls of all, and otherwise at a random time.
    public func alone(_ now: Instant, using random: inout some RandomNumberGenerator) -> Instant {
        guard calls > TokenTurn.burst else { return now }
        return now + Self.interval * calls * Double.random(in: 0..<1, using: &random)
    }

    /// When to ask for the successor of a token that all members share: at a random time in the first half of what is left after
    /// `refresh`. The first member that does so fetches it; the others find it there.
    public func ahead(_ facts: TokenRecordFacts, _ reading: StoreReading, using random: inout some RandomNumberGenerator)
        -> Instant
    {
        let left = max(facts.expiry - facts.refresh, .zero)
        return reading.earliest(facts.refresh) + left / 2 * Double.random(in: 0..<1, using: &random)
    }

    /// When to replace a token without the store: each member at its own time, as each makes a call of its own.
    /// - Parameters:
    ///   - begun: when the token's life began.
    ///   - goodUntil: when it is served no more.
    public func aloneRefresh(
        begun: Instant, goodUntil: Instant, now: Instant, using random: inout some RandomNumberGenerator
    ) -> Instant {
        let earliest = max(begun + (goodUntil - begun) * 0.7, now)
        return earliest + max(goodUntil - earliest, .zero) * Double.random(in: 0..<1, using: &random)
    }
}
