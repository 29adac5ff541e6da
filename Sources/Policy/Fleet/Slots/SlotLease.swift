public import Wire

/// One member's share of the slots of a lane: its limit on calls in flight.
///
///     none ──report──▶ asked ──reply──▶ leased ──report (renew, more wanted, others wait)──▶ asked …
///       ▲                                 │ the lease's end by a fresh clock: no new calls until the next reply
///       └── idle: reports nothing wanted ◀┘
///     the store lost ▶ `whenLost`: an even share, or only what the lease still allows, until the next reply
///     the store learns ▶ `whenLost`: an even share, each slot reported as kept before it is used, or only what is in use
///
/// The member grows only after a reply, and shrinks before it reports. Calls in flight are never ended: their slots are
/// reported as kept, and the store counts them. The driver calls `start` with a current clock reading, `ended` after each call,
/// and sends a report whenever `report` returns one, at `nextReport` at the latest.
public struct SlotLease: Sendable {
    /// The behaviour without the store.
    public enum WhenLost: String, Hashable, Sendable, CaseIterable {
        /// Continue with an even share of the cap: approximate, always available.
        case local
        /// Start no calls beyond the lease: exact, not always available.
        case wait
    }

    public struct Settings: Hashable, Sendable {
        /// Calls in flight at once, of all members; at least 1.
        public var cap: Int
        /// The lifetime of a lease.
        public var life: Duration
        /// How long the slots of a lost member stay taken: as long as a call may take.
        public var hold: Duration
        public var whenLost: WhenLost
        /// The number of members, for the share without the store.
        public var members: Int
        /// The store is lost if it has not replied for so long.
        public var timeout: Duration

        public init(
            cap: Int, life: Duration = .seconds(6), hold: Duration = .seconds(130), whenLost: WhenLost = .local, members: Int = 1,
            timeout: Duration = .milliseconds(100)
        ) {
            self.cap = max(cap, 1)
            self.life = max(life, .milliseconds(10))
            self.hold = max(hold, .zero)
            self.whenLost = whenLost
            self.members = max(members, 1)
            self.timeout = max(timeout, .zero)
        }

        /// No call is started this close to the end of the lease: for the delay from reading the clock to sending, and clock
        /// drift.
        var margin: Duration { life / 20 }
        var share: Int { max(1, cap / members) }
    }

    public var settings: Settings
    /// Calls in flight.
    public private(set) var inFlight = 0
    /// Requests waiting for a slot; must be kept up to date.
    public var waiting = 0
    /// The last reply.
    public private(set) var lease: LeaseReply?

    private let member: String
    private var seq: Int64 = 0
    private var isLost = false
    /// The store is usable, but has not replied since it was lost, or could not run the last report.
    private var isUnanswered = false
    /// The end of the lease; `never` without one, or once its end was counted.
    private var goodUntil = Self.never
    /// The pending report, and the slots it keeps.
    private var pending: LeaseReport?
    private var reported: LeaseReport?
    private var askedAt = Self.never
    private var askAgain = Self.never
    /// No report before, after one that the store could not run.
    private var notBefore = Self.never
    private var lastUse = Self.never
    /// The member's configuration or process ends.
    private var isLeaving = false
    private var servesQueue = true
    /// Leases that ended before they were renewed.
    public private(set) var losses = 0

    /// - Parameter member: chosen at random when the process starts.
    public init(member: String, settings: Settings) {
        self.member = member
        self.settings = settings
    }

    /// How many calls may be in flight now.
    public func limit(_ now: Instant) -> Int {
        let leased = leasedLimit(now)
        guard settings.whenLost == .local else { return leased }
        if isLost { return max(leased, settings.share) }
        return isUnanswered && now >= goodUntil ? kept(settings.share) : leased
    }

    private func leasedLimit(_ now: Instant) -> Int { now < goodUntil ? kept(lease?.use ?? 0) : 0 }

    /// Until the reply, the store may give away all slots that the report does not keep.
    private func kept(_ slots: Int) -> Int { min(pending?.keep ?? .max, slots) }

    /// The slots that the member takes without asking, by reporting them as kept: its share, while the store learns. A report that
    /// arrived later would take slots that the store has given to others.
    private func claim(_ now: Instant) -> Int {
        guard settings.whenLost == .local, let lease, let reading = lease.reading,
            now + settings.timeout < reading.earliest(lease.learnUntil)
        else { return 0 }
        return settings.share
    }

    /// Takes a slot for a call.
    /// - Parameter now: a clock reading for this call.
    public mutating func start(_ now: Instant) -> Bool {
        lastUse = now
        guard inFlight < limit(now) else { return false }
        inFlight += 1
        return true
    }

    /// A call has ended.
    public mutating func ended(_ now: Instant) {
        lastUse = now
        inFlight = max(inFlight - 1, 0)
    }

    // MARK: Reports

    /// Gives up what is not needed, permanently: calls in flight keep their slots until they have ended.
    /// - Parameter servesQueue: whether requests that wait still get slots.
    public mutating func leave(servesQueue: Bool) {
        isLeaving = true
        self.servesQueue = servesQueue
    }

    /// Whether a report waits for its reply.
    public var isReporting: Bool { pending != nil }

    /// The slots that the store has granted and that are not over yet.
    public func leased(_ now: Instant) -> Int { now < goodUntil ? lease?.granted ?? 0 : 0 }

    /// Whether the store counts no slot for this member, and none is needed.
    public var isIdle: Bool {
        pending == nil && inFlight == 0 && waiting <= 0 && (reported?.want ?? lease?.granted ?? 0) == 0
    }

    /// The slots that the member requests: what it needs and, in a lane that is less than half full, a reserve, so that not every
    /// request costs a round trip.
    private func want(_ now: Instant) -> Int {
        guard servesQueue else { return inFlight }
        let demand = min(inFlight + max(waiting, 0), settings.cap)
        guard !isLeaving else { return demand }
        guard demand > 0 || now < lastUse + settings.life else { return 0 }
        guard !isCrowded else { return demand }
        return min(demand + max(1, demand / 2), settings.cap)
    }

    private var isCrowded: Bool {
        guard let lease else { return false }
        return (lease.total + lease.held) * 2 >= settings.cap || lease.use < lease.granted
    }

    /// Whether others wait for slots that are in use here.
    private var isSqueezed: Bool { lease.map { $0.use < $0.granted } ?? false }

    /// When the next report is due in the current state; nil if not before a change.
    public func nextReport(_ now: Instant) -> Instant? {
        guard !isLost, pending == nil else { return nil }
        return nextChange(now).map { max($0, notBefore) }
    }

    private func nextChange(_ now: Instant) -> Instant? {
        let want = want(now)
        // After a loss, slots that the store may still count are reported even if they are not needed anymore.
        guard let reported, let lease else { return want > 0 || (lease?.granted ?? 0) > 0 ? now : nil }
        if want == 0, reported.want == 0 { return nil }
        if isLeaving, reported.want > want { return now }
        // A new shortage is reported at once; a known one when the store asked for it.
        let isShort = inFlight + waiting > limit(now)
        let canClaim = limit(now) < min(want, claim(now))
        if isShort, lease.use >= reported.want || canClaim { return max(now, askedAt + Self.batching) }
        if isSqueezed, inFlight < reported.keep { return max(now, askedAt + Self.batching) }
        if want == 0 { return now }
        return isShort || isSqueezed ? min(askAgain, askedAt + settings.life / 3) : askedAt + settings.life / 3
    }

    private static let never = Instant(nanoseconds: 0)

    /// Reports closer together are combined.
    static let batching = Duration.milliseconds(10)

    /// The report to send now, if one is due. It is pending until `replied` or `storeLost`.
    public mutating func report(_ now: Instant) -> LeaseReport? {
        guard let due = nextReport(now), due <= now else { return nil }
        seq += 1
        let want = want(now)
        let limit = max(isUnanswered ? limit(now) : leasedLimit(now), claim(now))
        if now >= goodUntil, goodUntil > Self.never, let lease, lease.granted > 0 {
            losses += 1
            goodUntil = Self.never
        }
        // If others wait, only used slots are kept; otherwise nothing is released before the reply.
        let report = LeaseReport(
            member: member, seq: seq, want: want, keep: max(inFlight, isSqueezed ? 0 : min(limit, want)), settings: settings)
        pending = report
        askedAt = now
        return report
    }

    /// LEASE's reply; one to an earlier report is ignored.
    public mutating func replied(
        _ reply: LeaseReply?, to report: LeaseReport, _ now: Instant, using random: inout some RandomNumberGenerator
    ) {
        guard report.seq == pending?.seq else { return }
        pending = nil
        isUnanswered = false
        reported = report
        // A later report arrived first, after its reply timed out here: the reply's content is unknown.
        guard var reply else {
            goodUntil = min(goodUntil, now)
            askAgain = now
            return
        }
        let reading = StoreReading(time: reply.time, asked: askedAt, received: now)
        reply.reading = reading
        lease = reply
        goodUntil = reading.earliest(reply.time + settings.life) - settings.margin
        let again = min(reply.again, settings.life) * Double.random(in: 0.75...1.25, using: &random)
        askAgain = now + max(again, Self.batching)
    }

    /// The store cannot run reports of this lane now, and knows nothing of this one: what it granted before stands.
    public mutating func unanswered(_ report: LeaseReport, _ now: Instant) {
        guard report.seq == pending?.seq else { return }
        pending = nil
        isUnanswered = true
        notBefore = now + settings.life / 12
    }

    /// The store is no longer usable.
    public mutating func storeLost() {
        isLost = true
        // The store may have the report, and have given away what it did not keep.
        if let pending, let lease { self.lease?.use = min(lease.use, pending.keep) }
        pending = nil
    }

    public mutating func storeRegained(_ now: Instant) {
        isUnanswered = isLost || isUnanswered
        isLost = false
        reported = nil
        askAgain = now
    }
}

/// A member's report of a lane (LEASE). Reports are states, not changes: lost or repeated ones are harmless.
public struct LeaseReport: Hashable, Sendable {
    public var member: String
    public var seq: Int64
    public var want: Int
    /// Slots in use, or that may be used before the reply.
    public var keep: Int
    public var settings: SlotLease.Settings

    public init(member: String, seq: Int64, want: Int, keep: Int, settings: SlotLease.Settings) {
        self.member = member
        self.seq = seq
        self.want = want
        self.keep = keep
        self.settings = settings
    }

    /// - Parameters:
    ///   - keys: `FleetKeys.lane`.
    ///   - run: the store's `run_id`, as its INFO said on this connection.
    public func call(_ keys: [String], run: String) -> ScriptCall {
        let numbers = [
            seq, Int64(settings.cap), Int64(want), Int64(keep), settings.life.microseconds, settings.hold.microseconds,
        ]
        return ScriptCall(.lease, keys: keys, [member, run] + numbers.map(String.init))
    }
}

/// The store's grant.
public struct LeaseReply: Hashable, Sendable {
    public var time: StoreTime
    /// The slots that the store counts for this member.
    public var granted: Int
    /// How many calls to have in flight. If fewer than granted, others wait for slots used here.
    public var use: Int
    /// Slots of all members, and of lost ones.
    public var total: Int
    public var held: Int
    /// When to report again if more are needed.
    public var again: Duration
    /// Until then the store only records slots in use.
    public var learnUntil: StoreTime
    /// Set when it is received.
    var reading: StoreReading?

    public enum Malformed: Error { case reply }

    /// - Returns: nil if a later report arrived first.
    public static func read(_ value: RESPValue) throws(Malformed) -> LeaseReply? {
        guard let reply = ScriptReply(value) else { throw .reply }
        if reply.word == "stale" { return nil }
        guard reply.word == "lease", let granted = reply.count(0), let use = reply.count(1), let total = reply.count(2),
            let held = reply.count(3), let again = reply.duration(4), let learnUntil = reply.time(5)
        else { throw .reply }
        return LeaseReply(
            time: reply.time, granted: granted, use: use, total: total, held: held, again: again, learnUntil: learnUntil)
    }
}
