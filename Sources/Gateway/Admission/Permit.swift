import Network
import Policy
import Wire

/// A slot among a tenant's requests in flight, and permission of its breaker. Released however the request ends: the slot goes to the next
/// request in the queue, and a breaker without a recorded result gets an unknown one.
struct Permit: ~Copyable {
    private let admission: TenantAdmission
    private let entity: Int?
    private let reactor: Reactor
    private let admittedAt: Instant
    private var breaker: CircuitBreaker.Permit?

    init(_ admission: TenantAdmission, entity: Int?, _ reactor: Reactor) {
        self.admission = admission
        self.entity = entity
        self.reactor = reactor
        admittedAt = reactor.now
    }

    deinit {
        if let breaker { admission.record(.neutral, breaker, now: reactor.now) }
        admission.releaseSlot(entity: entity, held: reactor.now - admittedAt, now: reactor.now)
    }

    /// Each attempt needs the breaker's permission.
    /// - Returns: why it is refused; nil if it is permitted.
    mutating func askBreaker() -> AdmissionRefusal? {
        guard breaker == nil else { return nil }
        switch admission.breakerDecision(now: reactor.now) {
        case .refused(let refusal): return refusal
        case .allowed(let permit): breaker = permit
        case nil: break
        }
        return nil
    }

    /// Records the result of an attempt with the breaker.
    /// - Returns: whether that opened the breaker.
    mutating func report(_ result: CircuitBreaker.Result) -> Bool {
        guard let permit = breaker else { return false }
        breaker = nil
        return admission.record(result, permit, now: reactor.now)
    }
}
