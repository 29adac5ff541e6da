import Policy
import Synchronization
import Wire

/// One tenant's slots, rate limiter, breaker and retry budget, shared by all workers. Decisions are made under a lock that is held for
/// nanoseconds; a request that has to wait suspends.
final class TenantAdmission: Sendable {
    private struct State {
        var slots: SlotLimiter
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

    /// With a hub, which limits.
    private static let unlimited = SlotLimiter.Limits(concurrency: .max, queue: 0, queueTimeout: .zero)

    init(_ settings: TenantSettings, now: Instant) {
        state = Mutex(
            State(
                slots: SlotLimiter(settings.usesHub ? Self.unlimited : SlotLimiter.Limits(settings.admission)),
                rate: RateLimiter(rate: settings.admission.rate, burst: settings.admission.burst, now: now),
                breaker: settings.breaker.map {
                    CircuitBreaker(CircuitBreaker.Settings($0, probeTimeout: settings.upstream.timeout), now: now)
                },
                budget: RetryBudget(share: settings.retry.budget, now: now)))
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
        state.withLock { state in
            let ticket = state.nextID + 1
            switch state.slots.acquire(ticket, entity: entity, now: now, deadline: deadline, isRepeat: isRepeat) {
            case .admitted: return .admitted
            case .refused(let refusal): return .refused(refusal)
            case .queued(let until):
                state.nextID = ticket
                return .queued(ticket: ticket, until: until)
            }
        }
    }

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
    func detach(_ ticket: UInt64) { state.withLock { $0.waiting[ticket] = nil } }

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
    func advance(now: Instant) { settle { slots, granted in slots.advance(to: now, granted: &granted) } }

    /// Releases a slot, which may admit waiting requests.
    func releaseSlot(entity: Int?, held: Duration, now: Instant) {
        settle { slots, granted in slots.release(entity: entity, held: held, now: now, granted: &granted) }
    }

    private func settle(_ change: (inout SlotLimiter, inout [UInt64]) -> Void) {
        let resumed: [Wait] = state.withLock { state in
            var granted: [UInt64] = []
            change(&state.slots, &granted)
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
        for wait in resumed { wait.end(.event) }
    }

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
        state.withLock { state in
            state.rate.observe(fields, now: now)
            state.observed = fields
        }
        settle { slots, granted in slots.observe(fields, entity: entity, now: now, granted: &granted) }
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

extension CircuitBreaker.Settings {
    init(_ settings: BreakerSettings, probeTimeout: Duration) {
        self.init()
        minimumVolume = settings.minimum
        failureShare = settings.failures
        window = settings.window
        openTime = settings.openTime
        longestOpenTime = settings.longestOpenTime
        self.probeTimeout = probeTimeout
    }
}
