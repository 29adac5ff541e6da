import Policy
import Synchronization
import Wire

/// One tenant's slots, rate limiter, breaker and retry budget, shared by all workers. Decisions are made under a lock that is held for
/// nanoseconds; a request that has to wait suspends.
final class TenantAdmission: Sendable {
    private struct State {
        var slots: SlotLimiter
        /// nil if rates and pauses are not shared.
        var starts: SharedStarts?
        var rate: RateLimiter
        var breaker: CircuitBreaker?
        var budget: RetryBudget
        var nextID: UInt64 = 0
        /// Queued requests whose task is suspended.
        var waiting: [UInt64: Wait] = [:]
        /// Tickets granted before their task was suspended.
        var granted: Set<UInt64> = []
        var observed: RateLimitFields?
    }

    private let state: Mutex<State>
    /// Told what is due to be said to the fleet's store; nil if nothing is shared with a fleet.
    private let onDue: (@Sendable (Due) -> Void)?
    /// Whether requests need a start that all members share.
    let sharesStarts: Bool

    /// What the drivers of a fleet have to do.
    struct Due: Sendable {
        /// Lanes whose report is due.
        var lanes: [Int] = []
        var starts = false
    }

    /// With a hub, which limits.
    private static let unlimited = AdmissionSettings(concurrency: .max, queue: 0, queueTimeout: .zero)

    /// - Parameters:
    ///   - lanes: this member's shares of the fleet's slots.
    ///   - starts: what it shares of rates and pauses.
    ///   - onDue: called on any thread.
    init(
        _ settings: TenantSettings, now: Instant, lanes: SlotLanes? = nil, starts: SharedStarts? = nil,
        onDue: (@Sendable (Due) -> Void)? = nil
    ) {
        self.onDue = lanes == nil && starts == nil ? nil : onDue
        sharesStarts = starts != nil
        state = Mutex(
            State(
                slots: SlotLimiter(settings.usesHub ? Self.unlimited : settings.admission, lanes: lanes),
                starts: starts,
                rate: RateLimiter(rate: settings.admission.rate, burst: settings.admission.burst, now: now),
                breaker: settings.breaker.map {
                    CircuitBreaker($0, probeTimeout: settings.upstream.timeout, now: now)
                },
                budget: RetryBudget(share: settings.retry.budget, now: now)))
    }

    /// Applies a new configuration of the same tenant at the same upstream: what is in flight, waits, or was learnt keeps counting.
    func adopt(_ settings: TenantSettings, now: Instant) {
        state.withLock { state in
            state.rate.adopt(rate: settings.admission.rate, burst: settings.admission.burst, now: now)
            state.budget.adopt(share: settings.retry.budget)
            let probeTimeout = settings.upstream.timeout
            if let breaker = settings.breaker {
                if state.breaker == nil { state.breaker = CircuitBreaker(breaker, probeTimeout: probeTimeout, now: now) }
                state.breaker?.adopt(breaker, probeTimeout: probeTimeout, now: now)
            } else {
                state.breaker = nil
            }
        }
        guard !settings.usesHub else { return }
        settle(nil, now) { slots, granted in
            slots.adopt(settings.admission, now: now, granted: &granted)
        }
    }

    // MARK: Slots

    enum Slot {
        case admitted
        /// Wait with `attach`, at most until then.
        case queued(ticket: UInt64, until: Instant)
        case refused(AdmissionRefusal)
    }

    /// - Parameter isRepeat: the request was admitted before, and released its slot for a back-off.
    func acquireSlot(entity: Int?, now: Instant, deadline: Instant, isRepeat: Bool) -> Slot {
        let now = current(now)
        let (slot, lanes): (Slot, [Int]) = state.withLock { state in
            let slot = acquireSlot(entity, now, deadline, isRepeat, &state)
            return (slot, onDue == nil ? [] : state.slots.takeDueLanes(entity, now))
        }
        if !lanes.isEmpty { onDue?(Due(lanes: lanes)) }
        return slot
    }

    private func acquireSlot(
        _ entity: Int?, _ now: Instant, _ deadline: Instant, _ isRepeat: Bool, _ state: inout State
    ) -> Slot {
        let ticket = state.nextID + 1
        switch state.slots.acquire(ticket, entity: entity, now: now, deadline: deadline, isRepeat: isRepeat) {
        case .admitted: return .admitted
        case .refused(let refusal): return .refused(refusal)
        case .queued(let until):
            state.nextID = ticket
            return .queued(ticket: ticket, until: until)
        }
    }

    /// A lease must not be used beyond its end by a worker whose loop, or process, has stalled.
    private func current(_ now: Instant) -> Instant { onDue == nil ? now : .now() }

    /// Ends `wait` when the slot is granted.
    func attach(_ wait: Wait, to ticket: UInt64) {
        let isGranted = state.withLock { state in
            if state.granted.remove(ticket) != nil { return true }
            state.waiting[ticket] = wait
            return false
        }
        if isGranted { wait.end(.event) }
    }

    /// The wait has ended without the slot.
    /// - Returns: false if the slot was granted after the end of the wait, and before this.
    func detach(_ ticket: UInt64) -> Bool { state.withLock { $0.waiting.removeValue(forKey: ticket) != nil } }

    /// Removes a request from the queue.
    /// - Returns: false if it had been granted a slot, which must be released.
    func leave(_ ticket: UInt64) -> Bool {
        state.withLock { state in
            state.waiting[ticket] = nil
            state.granted.remove(ticket)
            return state.slots.cancel(ticket)
        }
    }

    /// How often `advance` is to be called while requests wait: limits reported by Zuora expire without an event.
    static let askInterval = UpstreamCeiling.validity

    /// Grants slots that have become available by now.
    func advance(now: Instant) {
        let now = current(now)
        settle(nil, now) { slots, granted in slots.advance(to: now, granted: &granted) }
    }

    /// Releases a slot, which may admit waiting requests.
    func releaseSlot(entity: Int?, held: Duration, now: Instant) {
        let now = current(now)
        settle(entity, now) { slots, granted in slots.release(entity: entity, held: held, now: now, granted: &granted) }
    }

    /// - Parameter tellsDriver: not if it makes the change.
    private func settle(
        _ entity: Int?, _ now: Instant, tellsDriver: Bool = true, _ change: (inout SlotLimiter, inout [UInt64]) -> Void
    ) {
        let (resumed, lanes): ([Wait], [Int]) = state.withLock { state in
            var granted: [UInt64] = []
            change(&state.slots, &granted)
            let resumed = Self.resume(granted, &state)
            return (resumed, onDue == nil || !tellsDriver ? [] : state.slots.takeDueLanes(entity, now))
        }
        for wait in resumed { wait.end(.event) }
        if !lanes.isEmpty { onDue?(Due(lanes: lanes)) }
    }

    /// The waits to end, outside of the lock.
    private static func resume(_ granted: [UInt64], _ state: inout State) -> [Wait] {
        var resumed: [Wait] = []
        for ticket in granted {
            if let wait = state.waiting.removeValue(forKey: ticket) {
                resumed.append(wait)
            } else {
                state.granted.insert(ticket)
            }
        }
        return resumed
    }

    // MARK: Slots of a fleet

    /// The report of a lane to send now, or when one is due.
    func report(lane: Int, now: Instant) -> (report: LeaseReport?, next: Instant?) {
        state.withLock { $0.slots.report(lane: lane, now) }
    }

    /// Changes this member's share of a lane, which may admit waiting requests. The driver asks for the next report afterwards.
    func change(lane: Int, now: Instant, _ body: (inout SlotLease) -> Void) {
        settle(nil, now, tellsDriver: false) { slots, granted in slots.change(lane: lane, now, granted: &granted, body) }
    }

    /// This member's share of a lane.
    func lease(lane: Int) -> SlotLease? { state.withLock { $0.slots.lanes?[lane] } }

    // MARK: Starts of a fleet

    /// Takes a start, if it is shared: a rate, and pauses that Zuora asked any member for.
    /// - Parameter patience: how long the request can wait.
    func acquireStart(patience: Duration) -> Slot {
        let now = Instant.now()
        let (slot, isDue): (Slot, Bool) = state.withLock { state in
            let ticket = state.nextID + 1
            guard let decision = state.starts?.acquire(ticket, now, patience: patience) else { return (.admitted, false) }
            let isDue = state.starts?.takeDue(now) ?? false
            switch decision {
            case .start: return (.admitted, isDue)
            case .refused(let refusal): return (.refused(refusal), isDue)
            case .queued:
                state.nextID = ticket
                return (.queued(ticket: ticket, until: now + patience), isDue)
            }
        }
        if isDue { onDue?(Due(starts: true)) }
        return slot
    }

    /// Removes a request that waits for a start.
    /// - Returns: false if it may start.
    func leaveStarts(_ ticket: UInt64) -> Bool {
        state.withLock { state in
            state.waiting[ticket] = nil
            state.granted.remove(ticket)
            return state.starts?.cancel(ticket) ?? false
        }
    }

    var startRefusal: AdmissionRefusal {
        state.withLock { $0.starts?.refusal(.now()) } ?? AdmissionRefusal(.rate, retryAfter: .seconds(1))
    }

    /// Records a response with 429: all members pause.
    func refused(_ fields: RateLimitFields, retryAfter: Duration?) {
        let now = Instant.now()
        let isDue = state.withLock { state in
            state.starts?.refused(fields, retryAfter: retryAfter, now)
            return state.starts?.takeDue(now) ?? false
        }
        if isDue { onDue?(Due(starts: true)) }
    }

    /// Changes what is shared of starts, lets requests start that may, and says what the driver has to do.
    func stepStarts(
        _ now: Instant, _ change: (inout SharedStarts) -> Void = { _ in }
    ) -> (notices: [ScriptCall], chunk: ScriptCall?, next: Instant?) {
        typealias Step = (notices: [ScriptCall], chunk: ScriptCall?, next: Instant?)
        let (step, resumed): (Step?, [Wait]) = state.withLock { state in
            var granted: [UInt64] = []
            guard var starts = state.starts else { return (nil, []) }
            change(&starts)
            starts.advance(now, granted: &granted)
            let step = starts.step(now)
            state.starts = starts
            return (step, Self.resume(granted, &state))
        }
        for wait in resumed { wait.end(.event) }
        return step ?? ([], nil, nil)
    }

    /// What is shared of starts.
    var starts: SharedStarts? { state.withLock { $0.starts } }

    var queueRefusal: AdmissionRefusal { state.withLock { $0.slots.refusal } }
    var inFlight: Int { state.withLock { $0.slots.inFlight } }
    var queued: Int { state.withLock { $0.slots.waiting } }

    // MARK: Rate

    func acquireRateToken(now: Instant, patience: Duration) -> RateLimiter.Decision {
        state.withLock { $0.rate.acquire(now: now, patience: patience) }
    }

    func returnRateToken() { state.withLock { $0.rate.giveBack() } }

    /// Records the rate limits that Zuora reported in a response.
    func observe(_ fields: RateLimitFields, entity: Int?, now: Instant) {
        let now = current(now)
        state.withLock { state in
            state.rate.observe(fields, now: now)
            state.observed = fields
            state.starts?.observe(fields, now)
        }
        settle(entity, now) { slots, granted in slots.observe(fields, entity: entity, now: now, granted: &granted) }
    }

    /// The rate limits that Zuora last reported.
    var observedRateLimit: RateLimitFields? { state.withLock { $0.observed } }

    // MARK: Breaker

    /// - Returns: nil without a breaker.
    func breakerDecision(now: Instant) -> CircuitBreaker.Decision? { state.withLock { $0.breaker?.admit(now: now) } }

    /// - Returns: whether that opened the breaker.
    @discardableResult
    func record(_ result: CircuitBreaker.Result, _ permit: CircuitBreaker.Permit, now: Instant) -> Bool {
        var random = SystemRandomNumberGenerator()
        return state.withLock { $0.breaker?.record(result, permit, now: now, random: &random) } ?? false
    }

    func breakerState(now: Instant) -> CircuitBreaker.State? { state.withLock { $0.breaker?.state(at: now) } }

    // MARK: Retries

    func recordRequest() { state.withLock { $0.budget.recordRequest() } }

    /// Gives the exchange access to the tenant's retry budget.
    func decide(
        _ machine: inout ExchangeMachine, _ event: ExchangeEvent, now: Instant, random: inout SplitMix64
    ) -> ExchangeAction {
        state.withLock { machine.handle(event, now: now, budget: &$0.budget, random: &random) }
    }
}
