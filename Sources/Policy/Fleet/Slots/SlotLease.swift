public import Wire

/// One member's share of the slots of a lane: how many calls it may have in flight.
///
///     none ──report──▶ asked ──reply──▶ leased ──report (renew, more wanted, others wait)──▶ asked …
///       ▲                                 │ the lease's end by a fresh clock: no new calls until the next reply
///       └── idle: reports nothing wanted ◀┘
///     the store lost ▶ `whenLost`: a share of its own, or only what the lease still allows
///
/// The member grows only when a reply says so, and shrinks before it reports. A call that is in flight is never ended: what it uses is
/// reported as kept, and the store counts it. Whoever drives it calls `start` with a clock that was read just then, `ended` after each call,
/// and sends a report whenever `report` returns one, at `nextReport` at the latest.
public struct SlotLease: Sendable {
    /// What to do without the store.
    public enum WhenLost: String, Hashable, Sendable, CaseIterable {
        /// Serve on with an even share of the cap: approximate, always available.
        case local
        /// Start no calls beyond the lease: exact, not always available.
        case wait
    }

    public struct Settings: Hashable, Sendable {
        /// Calls in flight at once, of all members; at least 1.
        public var cap: Int
        /// The life of a lease.
        public var life: Duration
        /// How long the slots of a member that is gone stay taken: as long as a call may take.
        public var hold: Duration
        public var whenLost: WhenLost
        /// How many members there are, for a share without the store.
        public var members: Int

        public init(
            cap: Int, life: Duration = .seconds(6), hold: Duration = .seconds(130), whenLost: WhenLost = .local, members: Int = 1
        ) {
            self.cap = max(cap, 1)
            self.life = max(life, .milliseconds(10))
            self.hold = max(hold, .zero)
            self.whenLost = whenLost
            self.members = max(members, 1)
        }

        /// No call is started this close to the end of the lease: for the time from the clock to the wire, and clocks that run at unlike
        /// speeds.
        var margin: Duration { life / 20 }
        var share: Int { max(1, cap / members) }
    }

    public var settings: Settings
    /// Calls in flight.
    public private(set) var inFlight = 0
    /// Requests that wait for a slot; to be kept up to date.
    public var waiting = 0
    /// What the last reply said.
    public private(set) var lease: LeaseReply?

    private let member: String
    private var seq: Int64 = 0
    private var isLost = false
    private var goodUntil = Instant(nanoseconds: 0)
    /// The report under way, and what it keeps.
    private var pending: LeaseReport?
    private var reported: LeaseReport?
    private var askedAt = Instant(nanoseconds: 0)
    private var askAgain = Instant(nanoseconds: 0)
    private var lastUse = Instant(nanoseconds: 0)

    /// - Parameter member: drawn at random when the process starts.
    public init(member: String, settings: Settings) {
        self.member = member
        self.settings = settings
    }

    /// How many calls may be in flight now.
    public func limit(_ now: Instant) -> Int {
        let leased = now < goodUntil ? leasedLimit : 0
        guard settings.whenLost == .local, isLost || isLearning(now) else { return leased }
        return max(leased, settings.share)
    }

    /// Until the reply is here, the store may give away all but what the report keeps.
    private var leasedLimit: Int { min(pending?.keep ?? .max, lease?.use ?? 0) }

    private func isLearning(_ now: Instant) -> Bool {
        guard let lease, let reading = lease.reading else { return false }
        return now < reading.latest(lease.learnUntil)
    }

    /// Takes a slot for a call.
    /// - Parameter now: read from the clock for this call.
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

    /// What the member would like to have: what it needs and, in a lane that is less than half full, room for more, so that not every
    /// request costs a round trip.
    private func want(_ now: Instant) -> Int {
        let demand = min(inFlight + max(waiting, 0), settings.cap)
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

    /// When the next report is due, as things stand; nil: not before something changes here.
    public func nextReport(_ now: Instant) -> Instant? {
        guard !isLost, pending == nil else { return nil }
        let want = want(now)
        guard let reported, let lease else { return want > 0 ? now : nil }
        if want == 0, reported.want == 0 { return nil }
        // What is short now and was not at the last report is asked for at once; what was, when the store said.
        let isShort = inFlight + waiting > limit(now)
        if isShort, lease.use >= reported.want { return max(now, askedAt + Self.batching) }
        if isSqueezed, inFlight < reported.keep { return max(now, askedAt + Self.batching) }
        if want == 0 { return now }
        return isShort || isSqueezed ? min(askAgain, askedAt + settings.life / 3) : askedAt + settings.life / 3
    }

    /// Reports closer together are one.
    static let batching = Duration.milliseconds(10)

    /// The report to send now, if one is due. It is under way until `replied` or `storeLost`.
    public mutating func report(_ now: Instant) -> LeaseReport? {
        guard let due = nextReport(now), due <= now else { return nil }
        seq += 1
        let want = want(now)
        let limit = now < goodUntil ? leasedLimit : 0
        // Where others wait, only what is in use is kept; otherwise nothing is given up while the reply is on its way.
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
        reported = report
        // A later report was there first, which only a reply that was given up can explain: what it said is not known.
        guard var reply else {
            goodUntil = Instant(nanoseconds: 0)
            askAgain = now
            return
        }
        let reading = StoreReading(time: reply.time, asked: askedAt, received: now)
        reply.reading = reading
        lease = reply
        goodUntil = reading.earliest(reply.time + settings.life) - settings.margin
        askAgain = now + reply.again * Double.random(in: 0.75...1.25, using: &random)
    }

    /// The store is of no use any more.
    public mutating func storeLost() {
        isLost = true
        pending = nil
    }

    public mutating func storeRegained(_ now: Instant) {
        isLost = false
        reported = nil
        askAgain = now
    }
}

/// A member's report of a lane (LEASE). Reports are states, not changes: one that is lost or comes twice does no harm.
public struct LeaseReport: Hashable, Sendable {
    public var member: String
    public var seq: Int64
    public var want: Int
    /// What is in use, or may come to be before the reply is here.
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

/// What the store grants.
public struct LeaseReply: Hashable, Sendable {
    public var time: StoreTime
    /// What the store counts for this member.
    public var granted: Int
    /// How many calls to have in flight. Fewer than granted: others wait for what is in use here.
    public var use: Int
    /// Slots of all members, and of those that are gone.
    public var total: Int
    public var held: Int
    /// When to ask again if more are wanted.
    public var again: Duration
    /// Until then the store only takes note of what is in use.
    public var learnUntil: StoreTime
    /// Set when it is received.
    var reading: StoreReading?

    public enum Malformed: Error { case reply }

    /// - Returns: nil if a later report was there first.
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
