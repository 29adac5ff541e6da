import Policy
import Synchronization
import Wire

/// One tenant's slots, rate, breaker and retry budget, shared by all workers. Decisions are made under a lock that is held for
/// some nanoseconds; whoever has to wait suspends.
final class TenantAdmission: Sendable {
    private struct State {
        var limiter = ConcurrencyLimiter()
        var rate: RateLimiter
        var breaker: CircuitBreaker?
        var budget: RetryBudget
        var nextID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        /// Granted or expired before their task had suspended.
        var early: [UInt64: Bool] = [:]
        var observed: RateLimitFields?
    }

    private let state: Mutex<State>

    init(_ settings: TenantSettings, now: Instant) {
        var state = State(
            rate: RateLimiter(rate: settings.admission.rate, burst: settings.admission.burst, now: now),
            breaker: settings.breaker.map {
                CircuitBreaker(CircuitBreaker.Settings($0, probeTimeout: settings.upstream.timeout), now: now)
            },
            budget: RetryBudget(share: settings.retry.budget, now: now))
        _ = state.limiter.addTenant(ConcurrencyLimiter.Limits(settings.admission))
        self.state = Mutex(state)
    }

    enum Slot {
        case admitted
        case queued(id: UInt64)
        case refused(AdmissionRefusal)
    }

    func acquireSlot(entity: Int?, now: Instant, deadline: Instant) -> Slot {
        settle(granted: true) { state, ids in
            // Who waits comes first.
            state.limiter.advance(to: now, granted: &ids)
            state.nextID += 1
            return switch state.limiter.acquire(state.nextID, Lane(tenant: 0, entity: entity), now: now, deadline: deadline) {
            case .admitted: .admitted
            case .queued: .queued(id: state.nextID)
            case .refused(let refusal): .refused(refusal)
            }
        }
    }

    /// When somebody who waits should `look` again: what Zuora says of its own limits lapses without an event.
    static let lookInterval = UpstreamCeiling.validity

    /// Ends the waits whose time has come.
    func expire(now: Instant) {
        settle(granted: false) { state, ids in state.limiter.expire(now: now, into: &ids) }
    }

    /// Lets those go on who may by now.
    func look(now: Instant) {
        settle(granted: true) { state, ids in state.limiter.advance(to: now, granted: &ids) }
    }

    /// Suspends until the slot for which `id` waits is there.
    /// - Returns: false when it will not be: `expire` or `leave` ended the wait.
    func waitForSlot(_ id: UInt64) async -> Bool {
        await withCheckedContinuation { continuation in
            let early = state.withLock { state in
                if let early = state.early.removeValue(forKey: id) { return early as Bool? }
                state.waiting[id] = continuation
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }
    }

    /// A request that waits goes away.
    func leave(_ id: UInt64) {
        settle(granted: false) { state, ids in if state.limiter.cancel(id, tenant: 0) { ids.append(id) } }
    }

    /// Gives a slot back, which may let others in.
    func releaseSlot(entity: Int?, held: Duration, now: Instant) {
        settle(granted: true) { state, ids in
            state.limiter.advance(to: now, granted: &ids)
            state.limiter.release(Lane(tenant: 0, entity: entity), held: held, granted: &ids)
        }
    }

    private func settle<R: Sendable>(granted: Bool, _ change: (inout State, inout [UInt64]) -> R) -> R {
        let (result, resumed) = state.withLock { state in
            var ids: [UInt64] = []
            let result = change(&state, &ids)
            var resumed: [CheckedContinuation<Bool, Never>] = []
            for id in ids {
                if let continuation = state.waiting.removeValue(forKey: id) {
                    resumed.append(continuation)
                } else {
                    state.early[id] = granted
                }
            }
            return (result, resumed)
        }
        for continuation in resumed { continuation.resume(returning: granted) }
        return result
    }

    var queueRefusal: AdmissionRefusal { state.withLock { $0.limiter.refusal(tenant: 0) } }
    var inFlight: Int { state.withLock { $0.limiter.inFlight } }
    var queued: Int { state.withLock { $0.limiter.waiting } }

    // MARK: Rate

    func acquireTurn(now: Instant, patience: Duration) -> RateLimiter.Decision {
        state.withLock { $0.rate.acquire(now: now, patience: patience) }
    }

    func giveTurnBack() { state.withLock { $0.rate.giveBack() } }

    /// Learns from an answer what Zuora says of its own limits.
    func observe(_ fields: RateLimitFields, entity: Int?, now: Instant) {
        settle(granted: true) { state, ids in
            state.rate.observe(fields, now: now)
            state.limiter.observe(fields, Lane(tenant: 0, entity: entity), now: now, granted: &ids)
            state.observed = fields
        }
    }

    /// What Zuora last said of its own limits.
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

    /// Lets the exchange decide with the tenant's retry budget.
    func decide(
        _ machine: inout ExchangeMachine, _ event: ExchangeEvent, now: Instant, random: inout FastRandom
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
