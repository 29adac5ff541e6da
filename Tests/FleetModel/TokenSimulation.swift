import Policy
import Wire

/// Many members that need tokens at the same time, in virtual time, with the values that a gateway runs.
public struct TokenSimulation {
    public struct Plan: Sendable {
        public var members = 1000
        public var credentials = 3
        /// How many of the credentials a member has.
        public var credentialsEach = 3
        /// Over how long the members start.
        public var start = 10.0
        /// How long a call to the token endpoint takes.
        public var callTime = 0.2...1.5
        /// The first member that calls for a credential dies in the middle of it.
        public var fetcherDies = false
        /// How many members reach the store.
        public var connected = 1.0
        /// What the others know of the number of members.
        public var knownMembers = 1
        /// For how many seconds a token is good.
        public var tokenLife = 3600.0
        /// For how long to watch.
        public var span = 120.0

        public init() {}
    }

    public struct Result: Sendable {
        /// When each token call began, in seconds after the start.
        public var calls: [Double] = []
        /// Token calls by credential.
        public var callsEach: [Int] = []
        /// Waits that ended with a token, and those that did not within the span.
        public var served = 0
        public var failed = 0
        /// Successors that members got for a token of theirs, and tokens that ended before.
        public var refreshed = 0
        public var lapsed = 0
        /// The longest wait of those that were served, in seconds.
        public var longestWait = 0.0
        public var storeCommands = 0

        /// The most calls within any 60 s.
        public var mostPerMinute: Int {
            let sorted = calls.sorted()
            var (first, most) = (0, 0)
            for (last, time) in sorted.enumerated() {
                while sorted[first] <= time - 60 { first += 1 }
                most = max(most, last - first + 1)
            }
            return most
        }
    }

    private enum Event {
        case start(Int)
        case arrive(Int, Ask, asked: Instant)
        case reply(Int, Ask, RESPValue, asked: Instant)
        case timer(Int, Instant)
        case called(Int)
        case callAlone(Int)
        /// A member looks for the successor of its token.
        case refresh(Int)
    }
    private enum Ask {
        case token(TokenQuestion)
        case turn(isAwaited: Bool)
        case publish(TokenRecordFacts)
        case fail(fence: Int64, delay: Duration, kind: String)
    }
    private struct Fetch {
        var member: Int
        var credential: Int
        var machine: SharedFetch
        var since = Instant(nanoseconds: 0)
        var isDone = false
        var isDead = false
        var timer: Instant?
        var callBegun = Instant(nanoseconds: 0)
        /// The token that the member has; nil if it got one without the store.
        var generation: Int64?
        var goodUntil: Instant?
    }

    private let plan: Plan
    private var random: SplitMix64
    /// For the times of refreshes.
    private var refreshRandom: SplitMix64
    private var time = VirtualTime<Event>()
    private var store = StoreMachine()
    private var fetches: [Fetch] = []
    private var result = Result()
    private var hasDied: Set<Int> = []
    private let origin: Instant

    public static func run(_ plan: Plan, seed: UInt64) -> Result {
        var simulation = TokenSimulation(plan, seed: seed)
        return simulation.run()
    }

    private init(_ plan: Plan, seed: UInt64) {
        self.plan = plan
        random = SplitMix64(seed: seed)
        refreshRandom = SplitMix64(seed: ~seed)
        origin = time.now
        result.callsEach = Array(repeating: 0, count: plan.credentials)
    }

    private mutating func run() -> Result {
        for member in 0..<plan.members {
            let at = origin + random.seconds(0...plan.start)
            let first = member * plan.credentialsEach
            for offset in 0..<plan.credentialsEach {
                fetches.append(
                    Fetch(
                        member: member, credential: (first + offset) % plan.credentials,
                        machine: SharedFetch(member: "m\(member)", known: nil, rejected: false, isAwaited: true)))
                time.schedule(.start(fetches.count - 1), at: at)
            }
        }
        while let event = time.next(until: origin + .seconds(plan.span)) { handle(event) }
        result.failed = fetches.count { !$0.isDone && !$0.isDead }
        result.lapsed += fetches.count { !$0.isDead && $0.goodUntil.map { $0 <= time.now } ?? false }
        result.storeCommands = store.model.commands
        return result
    }

    private mutating func handle(_ event: Event) {
        let now = time.now
        switch event {
        case .start(let id):
            fetches[id].since = now
            if random.chance(plan.connected) {
                perform(fetches[id].machine.begin(), id)
            } else {
                let at = PoliteTiming(members: plan.knownMembers).alone(now, using: &random)
                time.schedule(.callAlone(id), at: at)
            }
        case .arrive(let id, let ask, let asked):
            let key = "c\(fetches[id].credential)"
            let call =
                switch ask {
                case .token(let question): question.call(key)
                case .turn(let isAwaited): TokenTurn.call("e", isAwaited: isAwaited)
                case .publish(let facts): facts.publication(key, sealed: Array("sealed".utf8))
                case .fail(let fence, let delay, let kind):
                    TokenRecordFacts.failure(key, fence: fence, delay: delay, kind: kind)
                }
            let reply = store.run(call, at: now)
            time.schedule(.reply(id, ask, reply, asked: asked), after: StoreMachine.latency(&random))
        case .reply(let id, let ask, let value, let asked):
            guard !fetches[id].isDead else { return }
            switch ask {
            case .token:
                guard let reply = TokenQuestion.Reply(value) else { preconditionFailure("no reply of TOKEN: \(value)") }
                perform(fetches[id].machine.replied(reply, asked: asked, now, using: &random), id)
            case .turn:
                guard let turn = TokenTurn(value) else { preconditionFailure("no reply of BUDGET: \(value)") }
                perform(fetches[id].machine.turn(turn, asked: asked, now, using: &random), id)
            case .publish, .fail: break
            }
        case .timer(let id, let at):
            guard fetches[id].timer == at, !fetches[id].isDead else { return }
            fetches[id].timer = nil
            perform(fetches[id].machine.tick(now), id)
        case .called(let id):
            guard !fetches[id].isDead else { return }
            let begun = fetches[id].callBegun
            let call = SharedFetch.Call.token(
                goodUntil: begun + .seconds(plan.tokenLife),
                refreshAt: begun + .seconds(plan.tokenLife * PoliteTiming.earliestRefresh))
            perform(fetches[id].machine.called(call, now), id)
        case .callAlone(let id):
            note(id)
            finish(id)
        case .refresh(let id):
            let fetch = fetches[id]
            fetches[id].machine = SharedFetch(
                member: "m\(fetch.member)", known: fetch.generation, rejected: false, isAwaited: false)
            perform(fetches[id].machine.begin(), id)
        }
    }

    private mutating func perform(_ actions: [SharedFetch.Action], _ id: Int) {
        for action in actions {
            switch action {
            case .ask(let question): send(.token(question), id)
            case .takeTurn(let isAwaited): send(.turn(isAwaited: isAwaited), id)
            case .publish(let facts):
                fetches[id].generation = facts.generation
                send(.publish(facts), id)
            case .fail(let fence, let delay, let kind): send(.fail(fence: fence, delay: delay, kind: kind), id)
            case .call:
                note(id)
                fetches[id].callBegun = time.now
                let credential = fetches[id].credential
                if plan.fetcherDies, hasDied.insert(credential).inserted {
                    fetches[id].isDead = true
                } else {
                    time.schedule(.called(id), after: random.seconds(plan.callTime))
                }
            case .end(.fetched):
                let begun = fetches[id].callBegun
                let share = Double.random(in: TokenTiming().refreshWindow, using: &refreshRandom)
                hold(id, until: begun + .seconds(plan.tokenLife), refreshAt: begun + .seconds(plan.tokenLife * share))
            case .end(.received(_, let facts, let reading)):
                fetches[id].generation = facts.generation
                let refreshAt = PoliteTiming().ahead(facts, reading, using: &refreshRandom)
                hold(id, until: reading.earliest(facts.expiry), refreshAt: refreshAt)
            case .end: break
            }
        }
        guard let next = fetches[id].machine.nextTimer, next != fetches[id].timer else { return }
        fetches[id].timer = next
        time.schedule(.timer(id, next), at: next)
    }

    private mutating func send(_ ask: Ask, _ id: Int) {
        time.schedule(.arrive(id, ask, asked: time.now), after: StoreMachine.latency(&random))
    }

    private mutating func note(_ id: Int) {
        result.calls.append((time.now - origin).seconds)
        result.callsEach[fetches[id].credential] += 1
    }

    private mutating func hold(_ id: Int, until goodUntil: Instant, refreshAt: Instant) {
        if let former = fetches[id].goodUntil {
            result.refreshed += 1
            if former <= time.now { result.lapsed += 1 }
        }
        fetches[id].goodUntil = goodUntil
        time.schedule(.refresh(id), at: refreshAt)
        finish(id)
    }

    private mutating func finish(_ id: Int) {
        guard !fetches[id].isDone else { return }
        fetches[id].isDone = true
        result.served += 1
        result.longestWait = max(result.longestWait, (time.now - fetches[id].since).seconds)
    }
}
