import Policy
import Wire

/// Members that share the slots of one lane, in virtual time, with the values that a gateway runs. The upstream keeps its own book: a call
/// is in flight from its start to its end there, whatever becomes of the member that made it.
public struct SlotSimulation {
    public struct Plan: Sendable {
        public var members = 1000
        public var cap = 40
        /// Members with callers, and how many callers each has. A caller makes one call after another.
        public var hotMembers = 10
        public var callersEach = 12
        /// How many callers the first member has, if not as many.
        public var callersOfFirst: Int?
        public var callTime = 0.3...2.0
        /// How long a caller thinks between two calls.
        public var pause = 0.0...0.0
        /// How long calls go on upstream when their member is gone.
        public var orphanTime = 0.0...120.0
        public var whenLost = SlotLease.WhenLost.wait
        public var life = Duration.seconds(6)
        public var hold = Duration.seconds(130)
        public var fault = Fault.none
        /// When the fault happens, and for how long to watch, in seconds.
        public var faultAt = 30.0
        public var span = 90.0

        public init() {}
    }

    public enum Fault: Hashable, Sendable {
        case none
        /// A share of the hot members is gone, while their calls go on.
        case crash(share: Double)
        /// A share of the hot members stands still for some seconds.
        case stop(share: Double, seconds: Double)
        /// Another node takes over, without the writes of the last seconds.
        case failOver(lost: Double)
        /// The clock of the store's machine is set, by seconds.
        case clock(Double)
        /// The lane's keys are gone.
        case flush
        /// The store does not reply for some seconds.
        case outage(seconds: Double)
        /// For some seconds a share of the hot members get no replies to what the store runs for them.
        case mute(share: Double, seconds: Double)
    }

    public struct Result: Sendable {
        /// The most calls that were in flight upstream at once.
        public var peak = 0
        /// Calls that were made.
        public var calls = 0
        /// The share of the cap that was in use, second by second.
        public var use: [Double] = []
        /// Calls by member, the hot ones only.
        public var callsEach: [Int] = []
        /// The longest that a caller waited for a slot, in seconds.
        public var longestWait = 0.0
        public var storeCommands = 0

        /// The mean use of the cap from one second up to another.
        public func use(_ from: Double, _ to: Double) -> Double {
            let part = use.dropFirst(Int(from)).prefix(Int(to - from))
            return part.isEmpty ? 0 : part.reduce(0, +) / Double(part.count)
        }
    }

    private enum Event {
        case arrive(Int, LeaseReport, epoch: Int)
        case reply(Int, LeaseReport, RESPValue, epoch: Int)
        case timer(Int, Instant)
        case call(Int, since: Instant)
        case end(Int)
        case orphanEnd
        case fault
        case snapshot
        case resume(Int)
        case regain(Int)
        case second
    }
    private struct Member {
        var lease: SlotLease
        var callers: [Instant] = []
        var timer: Instant?
        var isGone = false
        var stoppedUntil: Instant?
        var muteUntil: Instant?
        /// What happened while it stood still.
        var missed: [Event] = []
        /// Which connection to the store it has.
        var epoch = 0
        var calls = 0
    }

    private let plan: Plan
    private var random: SplitMix64
    private var time = VirtualTime<Event>()
    private var store = StoreMachine()
    private var snapshots: [(at: Instant, model: StoreModel)] = []
    private var downUntil: Instant?
    private var members: [Member] = []
    private var inFlight = 0
    private var busy = 0.0
    private var countedAt: Instant
    private var result = Result()
    private let origin: Instant
    private static let keys = ["l", "l:w", "l:x"]

    public static func run(_ plan: Plan, seed: UInt64) -> Result {
        var simulation = SlotSimulation(plan, seed: seed)
        return simulation.run()
    }

    private init(_ plan: Plan, seed: UInt64) {
        self.plan = plan
        random = SplitMix64(seed: seed)
        origin = time.now
        countedAt = origin
    }

    private mutating func run() -> Result {
        let settings = SlotLease.Settings(
            cap: plan.cap, life: plan.life, hold: plan.hold, whenLost: plan.whenLost, members: plan.members)
        for id in 0..<plan.members {
            members.append(Member(lease: SlotLease(member: "m\(id)", settings: settings)))
            guard id < plan.hotMembers else { continue }
            for _ in 0..<(id == 0 ? plan.callersOfFirst ?? plan.callersEach : plan.callersEach) {
                let at = origin + random.seconds(0...1)
                time.schedule(.call(id, since: at), at: at)
            }
        }
        for second in 1...Int(plan.span) {
            time.schedule(.second, at: origin + .seconds(second))
            time.schedule(.snapshot, at: origin + .milliseconds(1000 * second - 500))
        }
        if plan.fault != .none { time.schedule(.fault, at: origin + .seconds(plan.faultAt)) }
        while let event = time.next(until: origin + .seconds(plan.span)) { handle(event) }
        result.callsEach = members.prefix(plan.hotMembers).map(\.calls)
        result.storeCommands = store.model.commands
        return result
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .arrive(let id, let report, let epoch):
            let reply = store.run(report.call(Self.keys, run: store.run), at: time.now)
            time.schedule(.reply(id, report, reply, epoch: epoch), after: StoreMachine.latency(&random))
        case .reply(let id, _, _, _), .timer(let id, _), .call(let id, _), .end(let id), .regain(let id):
            guard !members[id].isGone else { return }
            guard members[id].stoppedUntil == nil else {
                // The upstream does not stand still.
                if case .end = event { count(-1) }
                members[id].missed.append(event)
                return
            }
            if case .end = event { count(-1) }
            happen(event, id)
        case .resume(let id):
            members[id].stoppedUntil = nil
            let missed = members[id].missed
            members[id].missed = []
            for event in missed { happen(event, id) }
        case .orphanEnd: count(-1)
        case .snapshot:
            snapshots.append((time.now, store.model))
            if snapshots.count > 8 { snapshots.removeFirst() }
        case .second:
            count(0)
            result.use.append(busy / Double(plan.cap))
            busy = 0
        case .fault: strike()
        }
    }

    private mutating func happen(_ event: Event, _ id: Int) {
        let now = time.now
        switch event {
        case .reply(_, let report, let value, let epoch):
            guard members[id].epoch == epoch else { return }
            guard let reply = try? LeaseReply.read(value) else { preconditionFailure("no reply of LEASE: \(value)") }
            members[id].lease.replied(reply, to: report, now, using: &random)
        case .timer(_, let at):
            guard members[id].timer == at else { return }
            members[id].timer = nil
        case .call(_, let since): members[id].callers.append(since)
        case .end:
            members[id].lease.ended(now)
            let at = now + random.seconds(plan.pause)
            time.schedule(.call(id, since: at), at: at)
        case .regain: members[id].lease.storeRegained(now)
        default: break
        }
        pump(id)
    }

    /// What a driver does after each event: start what may start, report what is due, and set the timer.
    private mutating func pump(_ id: Int) {
        let now = time.now
        while let since = members[id].callers.first, members[id].lease.start(now) {
            members[id].callers.removeFirst()
            members[id].calls += 1
            result.calls += 1
            result.longestWait = max(result.longestWait, (now - since).seconds)
            count(1)
            time.schedule(.end(id), after: random.seconds(plan.callTime))
        }
        members[id].lease.waiting = members[id].callers.count
        if let report = members[id].lease.report(now) {
            let isDown = downUntil.map { now < $0 } ?? false
            let isMute = members[id].muteUntil.map { now < $0 } ?? false
            if !isDown {
                time.schedule(.arrive(id, report, epoch: members[id].epoch), after: StoreMachine.latency(&random))
            }
            // The command times out, and the member goes on without the store.
            if isDown || isMute { lose(id, until: downUntil ?? now) }
        }
        guard let next = members[id].lease.nextReport(now), next != members[id].timer else { return }
        members[id].timer = next
        time.schedule(.timer(id, next), at: next)
    }

    private mutating func lose(_ id: Int, until: Instant) {
        members[id].epoch += 1
        members[id].lease.storeLost()
        time.schedule(.regain(id), at: until + random.seconds(0.5...1.5))
    }

    private mutating func count(_ change: Int) {
        busy += Double(inFlight) * (time.now - countedAt).seconds
        countedAt = time.now
        inFlight += change
        result.peak = max(result.peak, inFlight)
    }

    private mutating func strike() {
        let now = time.now
        switch plan.fault {
        case .none: break
        case .crash(let share):
            for id in 0..<max(1, Int(Double(plan.hotMembers) * share)) {
                members[id].isGone = true
                for _ in 0..<members[id].lease.inFlight { time.schedule(.orphanEnd, after: random.seconds(plan.orphanTime)) }
            }
        case .stop(let share, let seconds):
            for id in 0..<max(1, Int(Double(plan.hotMembers) * share)) {
                members[id].stoppedUntil = now + .seconds(seconds)
                time.schedule(.resume(id), after: .seconds(seconds))
            }
        case .failOver(let lost):
            let old = snapshots.last { $0.at <= now - .seconds(lost) } ?? snapshots.first
            if let old { store.model = old.model }
            store.run += "+"
            for id in members.indices where !members[id].isGone { lose(id, until: now + .milliseconds(200)) }
        case .clock(let seconds): store.offset += Int64(seconds * 1e6)
        case .flush: for key in Self.keys { store.model.forget(key) }
        case .outage(let seconds): downUntil = now + .seconds(seconds)
        case .mute(let share, let seconds):
            for id in 0..<max(1, Int(Double(plan.hotMembers) * share)) { members[id].muteUntil = now + .seconds(seconds) }
        }
    }
}
