import Network
import Policy
import Wire

/// A place among a tenant's requests in flight, and its breaker's leave. Ends, however the request ends: the slot goes to the next one in the
/// queue, and a breaker that has heard nothing hears that nothing is known.
struct Permit: ~Copyable {
    private let admission: TenantAdmission
    private let entity: Int?
    private let reactor: Reactor
    private let admittedAt: Instant
    private var breaker: CircuitBreaker.Permit?

    fileprivate init(_ operation: Operation, _ reactor: Reactor) {
        admission = operation.tenant.admission
        entity = operation.resolution.entity.index
        self.reactor = reactor
        admittedAt = reactor.now
    }

    deinit {
        if let breaker { admission.record(.neutral, breaker, now: reactor.now) }
        admission.releaseSlot(entity: entity, held: reactor.now - admittedAt, now: reactor.now)
    }

    /// Each attempt needs the breaker's leave.
    /// - Returns: why it is refused; nil if it is not.
    mutating func askBreaker() -> AdmissionRefusal? {
        guard breaker == nil else { return nil }
        switch admission.breakerDecision(now: reactor.now) {
        case .refused(let refusal): return refusal
        case .allowed(let permit): breaker = permit
        case nil: break
        }
        return nil
    }

    /// Tells the breaker how an attempt went.
    /// - Returns: whether that opened the breaker.
    mutating func report(_ result: CircuitBreaker.Result) -> Bool {
        guard let permit = breaker else { return false }
        breaker = nil
        return admission.record(result, permit, now: reactor.now)
    }
}

/// admit: a turn under the tenant's rate, a slot under its limits, and leave from its breaker. With all three at hand nothing suspends.
extension Gateway {
    func admit(_ operation: Operation, _ journal: Journal) async throws(Problem) -> Permit {
        let admission = operation.tenant.admission
        admission.recordRequest()
        try await takeTurn(operation)
        try await takeSlot(operation, isRepeat: false)
        var permit = Permit(operation, reactor)
        journal.entry.phases.set(.queue, from: journal.startedAt, to: reactor.now)
        if let refusal = permit.askBreaker() { throw Problem(refusal, tenant: operation.tenant.name) }
        return permit
    }

    /// After a back-off, in which the slot was given back: queues again. The place in the queue is not bounded by its length, since the request
    /// had been admitted before.
    func admitAgain(_ operation: Operation, _ journal: Journal) async throws(Problem) -> Permit {
        let begin = reactor.now
        try await takeSlot(operation, isRepeat: true)
        journal.entry.phases.add(.queue, from: begin, to: reactor.now)
        return Permit(operation, reactor)
    }

    private func takeTurn(_ operation: Operation) async throws(Problem) {
        let admission = operation.tenant.admission
        let patience = min(operation.tenant.settings.admission.queueTimeout, operation.deadline.remaining(at: reactor.now))
        switch admission.acquireTurn(now: reactor.now, patience: patience) {
        case .start: return
        case .refused(let refusal): throw Problem(refusal, tenant: operation.tenant.name)
        case .wait(let time):
            let ending = await operation.request.caller.until(time) { _ in }
            guard ending != .deadline else { return }
            admission.giveTurnBack()
            throw ending == .stopping ? .stopping : .callerGone
        }
    }

    private func takeSlot(_ operation: Operation, isRepeat: Bool) async throws(Problem) {
        let admission = operation.tenant.admission
        let entity = operation.resolution.entity.index
        switch admission.acquireSlot(entity: entity, now: reactor.now, deadline: operation.deadline.end, isRepeat: isRepeat) {
        case .admitted: return
        case .refused(let refusal): throw Problem(refusal, tenant: operation.tenant.name)
        case .queued(let ticket, let until):
            let ending = await waitInQueue(operation, ticket, until)
            if ending == .event { return }
            // The slot may have come in the same moment.
            if !admission.leave(ticket) { admission.releaseSlot(entity: entity, held: .zero, now: reactor.now) }
            switch ending {
            case .callerGone: throw .callerGone
            case .stopping: throw .stopping
            case .event, .deadline:
                guard !operation.deadline.hasPassed(at: reactor.now) else {
                    throw Problem(
                        .timedOut(.queue, mayHaveReached: false, deadline: operation.deadline, isCancel: operation.isCancel),
                        phase: "admit")
                }
                throw Problem(admission.queueRefusal, tenant: operation.tenant.name)
            }
        }
    }

    /// What Zuora says of its own limits lapses without an event: those who wait ask again from time to time.
    private func waitInQueue(_ operation: Operation, _ ticket: UInt64, _ until: Instant) async -> Wait.Ending {
        let admission = operation.tenant.admission
        while true {
            let next = min(reactor.now + TenantAdmission.askInterval, until)
            let ending = await operation.request.caller.until(next) { admission.attach($0, to: ticket) }
            guard ending == .deadline, reactor.now < until else { return ending }
            admission.detach(ticket)
            admission.advance(now: reactor.now)
        }
    }
}
