public import Wire

/// One member's share of a tenant's rate and pauses: starts are taken from the store in chunks, to avoid a command per request.
///
///     empty ──chunk()──▶ asked ──reply──▶ starts in hand ──used up, or a second old──▶ empty
///     no rate ▶ starts need no chunk; one a second tells of pauses and paces
///     a pause, from here or from any member ▶ nothing starts before its end
///     the store lost ▶ only local limits apply; a known pause remains in effect
public struct SharedRate: Sendable {
    public enum Decision: Hashable, Sendable {
        case start
        /// Send `chunk` to the store, unless one is pending, and try again after its reply.
        case ask
        /// Nothing starts before that time.
        case wait(until: Instant)
    }

    /// Unused starts expire after this time.
    public static let chunkLife = Duration.seconds(1)
    /// The store is asked no sooner after it had no starts.
    static let batching = Duration.milliseconds(10)
    /// The maximum pause: one wrong response must not block all members for a day.
    public static let longestPause = Duration.seconds(60)

    /// Requests per second, of all members; nil if only pauses apply.
    private var interval: Duration?
    private var burst: Int
    private var inHand = 0
    private var lapsesAt = Instant(nanoseconds: 0)
    private var nextAsk = Instant(nanoseconds: 0)
    /// Nothing starts before.
    public private(set) var pauseUntil = Instant(nanoseconds: 0)
    /// Without a rate: whether Zuora's quota is scarce, as far as known, so that starts are taken one by one. After a pause the store is
    /// asked first: else all members would start all that waits at once.
    private var isPaced = false
    /// Whether something has started since the last chunk was requested.
    private var isInUse = false
    /// Pauses since the start, by reason.
    public private(set) var pauses: [String: Int] = [:]
    private var isAsking = false
    private var isLost = false
    /// Starts since `countedFrom`, and in the second before: the next chunk's size.
    private var count = 0
    private var lastCount = 0
    private var countedFrom = Instant(nanoseconds: 0)

    /// - Parameter rate: requests per second, of all members; nil for no limit.
    public init(rate: Double?) {
        if let rate, rate > 0, rate.isFinite {
            interval = .microseconds(Int64(max(min(1e6 / rate, 3600e6), 1)))
            burst = max(1, Int(min(rate, 1e6)))
        } else {
            interval = nil
            burst = 1
        }
    }

    /// Whether a request may start.
    public mutating func start(_ now: Instant) -> Decision {
        if now < pauseUntil { return .wait(until: pauseUntil) }
        if isLost { return .start }
        roll(now)
        if interval == nil, !isPaced {
            isInUse = true
            count += 1
            return .start
        }
        if now >= lapsesAt { inHand = 0 }
        if inHand > 0 {
            inHand -= 1
            count += 1
            return .start
        }
        return now < nextAsk ? .wait(until: nextAsk) : .ask
    }

    /// Whether to take a chunk although no start waits for it: its reply tells of pauses.
    public func isCheckDue(_ now: Instant) -> Bool { isInUse && !isAsking && !isLost && now >= lapsesAt && now >= pauseUntil }

    /// Whether a chunk has been requested.
    public var isPending: Bool { isAsking }

    /// The command that requests more; nil while one is pending.
    /// - Parameters:
    ///   - key: `FleetKeys.rate`.
    ///   - waiting: requests that wait to start.
    public mutating func chunk(_ key: String, waiting: Int, _ now: Instant) -> ScriptCall? {
        guard !isAsking, !isLost else { return nil }
        isAsking = true
        isInUse = false
        roll(now)
        let need = max(1, waiting, lastCount, count)
        return ScriptCall(.rate, keys: [key], ["\(min(need, burst))", "\(interval?.microseconds ?? 0)", "\(burst)"])
    }

    /// RATE's reply.
    public mutating func replied(_ reply: RateReply, asked: Instant, _ now: Instant) {
        isAsking = false
        let reading = StoreReading(time: reply.time, asked: asked, received: now)
        // Only a pause and a pace make a chunk without a rate end later than it begins.
        isPaced = interval == nil && reply.at > reply.time
        inHand = reply.granted
        if reply.pauseUntil > reply.time {
            // An unknown reason from the store must not become a metric label.
            let reason = PauseReason(rawValue: reply.kind) ?? .refusal
            pause(until: reading.latest(reply.pauseUntil), kind: reason.rawValue, now)
        }
        lapsesAt = now + Self.chunkLife
        if reply.granted == 0 { nextAsk = min(max(reading.latest(reply.at), now + Self.batching), lapsesAt) }
    }

    /// Zuora asked this member to back off, or its quota is nearly exhausted: informs all members.
    /// - Parameters:
    ///   - delay: how long nothing starts; zero for a pace only.
    ///   - pace: the interval between two requests, and how long it applies.
    public mutating func pause(
        _ key: String, for delay: Duration, kind: String, pace: (interval: Duration, span: Duration)? = nil, _ now: Instant
    ) -> ScriptCall {
        let delay = max(min(delay, Self.longestPause), .zero)
        if delay > .zero { pause(until: now + delay, kind: kind, now) }
        let numbers = [pace?.interval ?? .zero, pace?.span ?? .zero].map { "\(max($0.microseconds, 0))" }
        return ScriptCall(.pause, keys: [key], ["\(delay.microseconds)", kind] + numbers)
    }

    public mutating func storeLost() {
        isLost = true
        isAsking = false
        inHand = 0
    }

    public mutating func storeRegained() {
        isLost = false
        // What was requested before it could be used has no reply.
        isAsking = false
    }

    private mutating func pause(until: Instant, kind: String, _ now: Instant) {
        let until = min(until, now + Self.longestPause)
        guard until > pauseUntil else { return }
        if now >= pauseUntil { pauses[kind, default: 0] += 1 }
        inHand = 0
        isPaced = interval == nil
        pauseUntil = until
    }

    private mutating func roll(_ now: Instant) {
        guard now >= countedFrom + .seconds(1) else { return }
        lastCount = now < countedFrom + .seconds(2) ? count : 0
        count = 0
        countedFrom = now
    }
}

/// A reply of RATE.
public struct RateReply: Hashable, Sendable {
    public var time: StoreTime
    public var granted: Int
    public var at: StoreTime
    public var pauseUntil: StoreTime
    public var kind: String

    /// - Returns: nil if it is not a reply of RATE.
    public init?(_ value: RESPValue) {
        guard let reply = ScriptReply(value), reply.word == "rate", let granted = reply.count(0), let at = reply.time(1),
            let pauseUntil = reply.time(2), let kind = reply.text(3)
        else { return nil }
        (time, self.granted, self.at, self.pauseUntil, self.kind) = (reply.time, granted, at, pauseUntil, kind)
    }
}

/// The number of members (MEMBERS), which determines a member's share without the store.
public enum MemberCount {
    /// A member is counted for this long after its last command, and sends one every third of it.
    public static let life = Duration.seconds(90)

    /// - Parameters:
    ///   - key: `FleetKeys.members`.
    ///   - life: zero for a client that is not a member.
    public static func call(_ key: String, member: String, life: Duration = life) -> ScriptCall {
        ScriptCall(.members, keys: [key], [member, "\(life.microseconds)"])
    }

    /// - Returns: nil if it is not a reply of MEMBERS.
    public static func read(_ value: RESPValue) -> Int? {
        guard let reply = ScriptReply(value), reply.word == "members" else { return nil }
        return reply.count(0)
    }
}

/// Why Zuora asked for fewer requests, as members tell each other.
public enum PauseReason: String, Sendable, CaseIterable {
    /// Its quota of requests is used up.
    case quota
    /// Its limit on calls in flight is reached, which is over sooner than its `Retry-After` says.
    case concurrency
    /// Any other 429.
    case refusal = "rate-limited"

    /// The longest pause for this reason.
    var longest: Duration {
        switch self {
        case .quota: SharedRate.longestPause
        case .concurrency: .seconds(1)
        case .refusal: .seconds(10)
        }
    }
}
