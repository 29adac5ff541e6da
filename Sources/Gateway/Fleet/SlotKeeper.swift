import Logging
import Network
import Policy
import Wire

/// The lanes of this member, on the control loop: sends their reports to the store when they are due, and hands the replies to the tenants'
/// admission, where workers start calls.
final class SlotKeeper {
    private final class Lane {
        /// nil once the last request of a former configuration has ended.
        private(set) weak var admission: TenantAdmission?
        /// Kept until the store counts no slot for the lane.
        private var kept: TenantAdmission?
        let index: Int
        let keys: [String]
        let tenant: String
        /// nil for requests without an entity.
        let entity: String?
        var timer: Timer?
        private var lastLosses = 0

        init(_ admission: TenantAdmission, _ index: Int, keys: [String], tenant: String, entity: String?) {
            self.admission = admission
            kept = admission
            self.index = index
            self.keys = keys
            self.tenant = tenant
            self.entity = entity
        }

        var lease: SlotLease? { admission?.lease(lane: index) }
        /// Leases that ended before they were renewed.
        var losses: Int { lease?.losses ?? lastLosses }

        func change(_ now: Instant, _ body: (inout SlotLease) -> Void) { admission?.change(lane: index, now: now, body) }

        func keep() { kept = admission }

        func letGo() {
            lastLosses = losses
            kept = nil
        }
    }

    private let reactor: Reactor
    private let fleet: Fleet
    private var random = SplitMix64()
    /// By the number of the admission that they belong to.
    private var lanes: [Int: [Lane]] = [:]
    /// Admissions of former configurations, whose requests have not all ended.
    private var retired = Set<Int>()
    /// How many members there are, and when that many were last counted.
    private var counts: [(members: Int, at: Instant)] = []
    private var counter: Timer?
    /// Members that started at the same time are counted soon after.
    private static let secondCount = Duration.seconds(5)
    /// Leases that ended in lanes that are gone.
    private var formerLosses = 0
    private var onReply: (() -> Void)?

    init(_ fleet: Fleet, reactor: Reactor) {
        self.fleet = fleet
        self.reactor = reactor
        counter = Timer(reactor.timers) { [weak self] in self?.countMembers() }
    }

    // MARK: Tenants

    /// The lanes of a tenant's admission.
    /// - Parameters:
    ///   - id: the admission's number: for the store it is another member, since the calls of the one before it count as well.
    ///   - entities: how many entities the tenant has.
    /// - Returns: nil if its slots are not shared.
    func lanes(_ settings: TenantSettings, id: Int, entities: Int) -> SlotLanes? {
        guard let cap = settings.admission.fleetConcurrency, !settings.usesHub else { return nil }
        var share = SlotLease.Settings(cap: cap)
        share.life = fleet.settings.lease
        share.hold = fleet.settings.crashHold ?? settings.upstream.timeout
        share.whenLost = fleet.settings.whenLost
        share.members = members
        share.timeout = fleet.settings.timeout
        var lanes = SlotLanes(entities: entities, member: "\(fleet.member)-\(id)", settings: share)
        if case .lost = fleet.store.health.state { lanes.storeLost() }
        return lanes
    }

    /// Begins to drive an admission's lanes.
    /// - Parameter entities: the ids and names of the tenant's entities, in the order of their indexes.
    /// - Returns: false if OpenSSL is out of memory or broken.
    func add(_ admission: TenantAdmission, id: Int, tenant: String, entities: [(id: String, name: String)]) -> Bool {
        var made: [Lane] = []
        for index in 0...entities.count {
            let entity = index == 0 ? nil : entities[index - 1]
            guard let keys = fleet.keys.lane(tenant: tenant, entity: entity?.id ?? "") else { return false }
            let lane = Lane(admission, index, keys: keys, tenant: tenant, entity: entity?.name)
            lane.timer = Timer(reactor.timers) { [weak self, weak lane] in if let lane { self?.pump(lane) } }
            made.append(lane)
        }
        lanes[id] = made
        return true
    }

    /// Lanes of other admissions give up what is not in use, and end with their last request: one in a back-off will want a slot again.
    func keepOnly(_ admissions: [TenantAdmission]) {
        dropIdle()
        for (id, made) in lanes where !retired.contains(id) && !admissions.contains(where: { $0 === made.first?.admission }) {
            retired.insert(id)
            for lane in made {
                lane.change(.now()) { $0.leave(servesQueue: true) }
                pump(lane)
            }
        }
    }

    // MARK: Reports

    /// Something has happened in these lanes of an admission.
    func due(_ admission: Int, _ indexes: [Int]) {
        guard let made = lanes[admission] else { return }
        for index in indexes where made.indices.contains(index) { pump(made[index]) }
    }

    private func pump(_ lane: Lane) {
        guard fleet.store.health.isUp, let admission = lane.admission else { return }
        let (report, next) = admission.report(lane: lane.index, now: .now())
        if let report {
            lane.keep()
            lane.timer?.cancel()
            fleet.store.run(report.call(lane.keys, run: fleet.store.runID ?? "")) { [weak self] value, _ in
                self?.replied(value, to: report, lane)
            }
        } else if let next {
            lane.timer?.schedule(at: next)
        } else {
            lane.timer?.cancel()
            dropIdle()
        }
    }

    private func replied(_ value: RESPValue, to report: LeaseReport, _ lane: Lane) {
        let now = Instant.now()
        if case .error = value {
            lane.change(now) { $0.unanswered(report, now) }
        } else {
            let reply: LeaseReply?
            do throws(LeaseReply.Malformed) { reply = try LeaseReply.read(value) } catch { return fleet.store.malformed() }
            lane.change(now) { $0.replied(reply, to: report, now, using: &random) }
        }
        pump(lane)
        onReply?()
    }

    private func dropIdle() {
        for id in retired {
            guard let made = lanes[id], made.allSatisfy({ $0.lease?.isIdle ?? true }) else { continue }
            for lane in made { lane.letGo() }
            guard made.first?.admission == nil else { continue }
            formerLosses += made.reduce(0) { $0 + $1.losses }
            lanes[id] = nil
            retired.remove(id)
        }
    }

    private var all: [Lane] { lanes.values.flatMap(\.self) }

    private func changeAll(_ body: (inout SlotLease) -> Void) {
        let now = Instant.now()
        for lane in all { lane.change(now, body) }
    }

    func storeRegained() {
        countMembers()
        let now = Instant.now()
        changeAll { $0.storeRegained(now) }
        for lane in all { pump(lane) }
    }

    func storeLost() {
        counter?.cancel()
        changeAll { $0.storeLost() }
        for lane in all { lane.timer?.cancel() }
        onReply?()
    }

    // MARK: Members

    /// How many members share the slots without the store: as configured or, if more, as last counted. The highest of the last counts,
    /// since a store without its data counts from one.
    private var members: Int { max(fleet.settings.members ?? 1, counts.map(\.members).max() ?? 1) }

    /// How many members the store has counted of late; nil if it has not.
    var counted: Int? {
        let now = Instant.now()
        return counts.filter { now - $0.at < MemberCount.life }.map(\.members).max()
    }

    private func countMembers() {
        guard fleet.store.health.isUp, let key = fleet.keys.members() else { return }
        counter?.schedule(at: .now() + (counts.count < 2 ? Self.secondCount : MemberCount.life / 3))
        fleet.store.run(MemberCount.call(key, member: fleet.member)) { [weak self] value, _ in
            guard let self else { return }
            guard let members = MemberCount.read(value) else { return fleet.store.malformed() }
            let now = Instant.now()
            counts = counts.filter { now - $0.at < MemberCount.life } + [(members, now)]
            let share = self.members
            changeAll { $0.settings.members = share }
        }
    }

    // MARK: The end

    /// Gives all slots back that are not in use, so that others need not wait for the leases to end. The slots of calls in flight stay
    /// taken as if this process had crashed.
    /// - Parameter patience: how long to wait for the store.
    func giveBack(patience: Duration) async {
        counter?.cancel()
        guard fleet.store.health.isUp else { return }
        for lane in all {
            lane.change(.now()) { $0.leave(servesQueue: false) }
            pump(lane)
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            var isOver = false
            let end = { [weak self] in
                guard !isOver else { return }
                isOver = true
                self?.onReply = nil
                continuation.resume()
            }
            let timer = Timer(reactor.timers) { end() }
            timer.schedule(at: .now() + patience)
            let check = { [weak self] in
                guard let self, fleet.store.health.isUp, all.contains(where: { $0.lease?.isReporting ?? false }) else {
                    return end()
                }
                withExtendedLifetime(timer) {}
            }
            onReply = check
            check()
        }
    }

    // MARK: Status

    /// The lanes that have been reported since the start.
    var status: [FleetStatus.Lane] {
        let now = Instant.now()
        var status: [FleetStatus.Lane] = []
        // The newest admission of a tenant last: what it knows of the other members counts.
        for lane in lanes.sorted(by: { $0.key < $1.key }).flatMap(\.value) {
            guard let lease = lane.lease, let reply = lease.lease else { continue }
            var facts = FleetStatus.Lane(tenant: lane.tenant, entity: lane.entity)
            facts.leased = lease.leased(now)
            facts.used = lease.inFlight
            facts.free = max(lease.settings.cap - reply.total - reply.held, 0)
            facts.held = reply.held
            if let index = status.firstIndex(where: { $0.tenant == facts.tenant && $0.entity == facts.entity }) {
                facts.leased += status[index].leased
                facts.used += status[index].used
                status[index] = facts
            } else {
                status.append(facts)
            }
        }
        return status
    }

    var losses: Int { all.reduce(formerLosses) { $0 + $1.losses } }
}
