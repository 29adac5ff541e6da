public import Wire

/// The starts of one tenant's requests under what all members share: its rate, pauses and paces. Requests for which there is no start wait
/// in order of arrival.
///
/// A request has one id from `acquire` on. A waiting one is granted a start by `advance`, or removed by `cancel`. The driver sends what
/// `step` returns, hands in the replies, and comes back when `step` says.
public struct SharedStarts: Sendable {
    public enum Decision: Hashable, Sendable {
        case start
        case queued
        case refused(AdmissionRefusal)
    }

    /// The key of the tenant's rate in the store.
    public let key: String
    private var rate: SharedRate
    private var queue = WaitingLine<UInt64>()
    /// What other members are to be told.
    private var notices: [ScriptCall] = []
    private var noticedAt = Instant(nanoseconds: 0)
    /// When the driver comes back without being told; nil if it does not.
    private var expected: Instant?
    /// Notices closer together say the same.
    private static let noticeInterval = Duration.seconds(1)

    /// - Parameters:
    ///   - key: `FleetKeys.rate`.
    ///   - rate: requests per second, of all members; nil for no limit.
    public init(key: String, rate: Double?) {
        self.key = key
        self.rate = SharedRate(rate: rate)
    }

    public var waiting: Int { queue.count }
    public var pauses: [String: Int] { rate.pauses }

    /// - Parameters:
    ///   - id: unique among waiting requests.
    ///   - patience: how long it can wait.
    public mutating func acquire(_ id: UInt64, _ now: Instant, patience: Duration) -> Decision {
        if rate.pauseUntil - now > patience { return .refused(refusal(now)) }
        if queue.isEmpty, rate.start(now) == .start { return .start }
        guard patience > .zero else { return .refused(refusal(now)) }
        queue.append(id)
        return .queued
    }

    /// - Parameter granted: receives the ids of requests that may start.
    public mutating func advance(_ now: Instant, granted: inout [UInt64]) {
        while let id = queue.first, rate.start(now) == .start {
            _ = queue.remove(at: 0)
            granted.append(id)
        }
    }

    /// - Returns: false if it did not wait: it may start.
    public mutating func cancel(_ id: UInt64) -> Bool {
        guard let index = queue.firstIndex(of: id) else { return false }
        _ = queue.remove(at: index)
        return true
    }

    /// For a request that could not start in time.
    public func refusal(_ now: Instant) -> AdmissionRefusal {
        let isPaused = rate.pauseUntil > now
        return AdmissionRefusal(isPaused ? .quota : .rate, retryAfter: isPaused ? rate.pauseUntil - now : .seconds(1))
    }

    // MARK: Zuora's limits

    /// A response with 429.
    public mutating func refused(_ fields: RateLimitFields, retryAfter: Duration?, _ now: Instant) {
        let reason: PauseReason = fields.remaining == 0 ? .quota : fields.concurrencyRemaining == 0 ? .concurrency : .refusal
        let asked = max(retryAfter ?? .zero, fields.quotaWait ?? .zero)
        pause(for: asked > .zero ? asked : .seconds(1), reason, now)
    }

    /// The limits in any response: the last tenth of a quota is spread over the time to its reset, among all members.
    public mutating func observe(_ fields: RateLimitFields, _ now: Instant) {
        guard let remaining = fields.remaining, let reset = fields.reset, reset > .zero else { return }
        if remaining <= 0 { return pause(for: reset, .quota, now) }
        guard let limit = fields.limit, Double(remaining) < Double(limit) * RateLimiter.scarceShare,
            now >= noticedAt + Self.noticeInterval
        else { return }
        noticedAt = now
        let pace = (interval: min(reset / remaining, RateLimiter.tryInterval), span: min(reset, SharedRate.longestPause))
        notices.append(rate.pause(key, for: .zero, kind: PauseReason.quota.rawValue, pace: pace, now))
    }

    /// Calls that were in flight are refused at about the same time: one notice is enough.
    private mutating func pause(for asked: Duration, _ reason: PauseReason, _ now: Instant) {
        let delay = min(asked, reason.longest)
        guard now + delay > rate.pauseUntil + min(Self.noticeInterval, delay / 2) else { return }
        noticedAt = now
        // A quota that is gone for longer is tried by one request a minute, of all members.
        let interval = RateLimiter.tryInterval
        let pace = reason == .quota && asked > delay ? (interval: interval, span: min(asked, delay + interval)) : nil
        notices.append(rate.pause(key, for: delay, kind: reason.rawValue, pace: pace, now))
    }

    // MARK: The driver

    /// Whether the driver has to be told now that it is needed before it expects it.
    public mutating func takeDue(_ now: Instant) -> Bool {
        guard let next = next(now), next < expected ?? .distantFuture else { return false }
        expected = next
        return true
    }

    /// What to send now, and when to come back: `chunk` has a reply to hand in.
    public mutating func step(_ now: Instant) -> (notices: [ScriptCall], chunk: ScriptCall?, next: Instant?) {
        let notices = notices
        self.notices = []
        var chunk: ScriptCall?
        if let next = next(now), next <= now { chunk = rate.chunk(key, waiting: queue.count, now) }
        expected = next(now)
        return (notices, chunk, expected)
    }

    /// RATE's reply.
    public mutating func replied(_ reply: RateReply, asked: Instant, _ now: Instant) {
        rate.replied(reply, asked: asked, now)
    }

    public mutating func storeLost() { rate.storeLost() }
    public mutating func storeRegained() { rate.storeRegained() }

    private func next(_ now: Instant) -> Instant? {
        if !notices.isEmpty { return now }
        guard !queue.isEmpty else { return rate.isCheckDue(now) ? now : nil }
        var probe = rate
        switch probe.start(now) {
        case .start: return now
        case .wait(let until): return until
        case .ask: return rate.isPending ? nil : now
        }
    }
}
