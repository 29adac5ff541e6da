import Network
import Policy
import Wire

/// admit: a token of the tenant's rate limiter, a slot under its limits, its breaker's permission, and one of the starts that a fleet
/// shares. Does not suspend if all are available.
extension Gateway {
    func admit(_ operation: Operation, _ journal: Journal) async throws(Problem) -> Permit {
        let admission = operation.tenant.admission
        admission.recordRequest()
        let begin = reactor.now
        var isAdmitted = false
        defer { journal.entry.phases.addWait(.queue, from: begin, to: reactor.now, hasFailed: !isAdmitted) }
        switch admission.acquireRateToken(now: reactor.now, patience: patience(operation)) {
        case .start: break
        case .refused(let refusal): throw Problem(refusal, tenant: operation.tenant.name)
        case .wait(let time): try await waitForTurn(operation, until: time)
        }
        do throws(Problem) {
            let permit = admission.sharesStarts ? try await startShared(operation) : try await start(operation)
            isAdmitted = true
            return permit
        } catch {
            admission.returnRateToken()
            throw error
        }
    }

    /// Takes a slot and asks the breaker.
    private func start(_ operation: Operation) async throws(Problem) -> Permit {
        let admission = operation.tenant.admission
        switch try await takeSlot(operation, isRepeat: false) {
        case .event: break
        case .callerGone: throw .callerGone
        case .stopping: throw .stopping
        case .deadline:
            guard operation.deadline.hasPassed(at: reactor.now) else {
                throw Problem(admission.queueRefusal, tenant: operation.tenant.name)
            }
            throw Problem(
                .timedOut(.queue, mayHaveReached: false, deadline: operation.deadline, isCancel: operation.isCancel),
                phase: "admit")
        }
        var permit = Permit(admission, entity: operation.resolution.entity.index, reactor)
        if let refusal = permit.askBreaker() { throw Problem(refusal, tenant: operation.tenant.name) }
        return permit
    }

    /// The same, and then takes a start under the rate and the pauses that a fleet shares. This comes last, so that a start is used as
    /// soon as it is taken.
    private func startShared(_ operation: Operation) async throws(Problem) -> Permit {
        let permit = try await start(operation)
        switch await takeSharedStart(operation, patience: patience(operation)) {
        case .event: return permit
        case .callerGone: throw .callerGone
        case .stopping: throw .stopping
        case .deadline: throw Problem(operation.tenant.admission.startRefusal, tenant: operation.tenant.name)
        }
    }

    /// After a back-off, for which the slot was released: queues again. The queue's limit does not apply, since the request
    /// had been admitted before.
    /// - Parameter event: set to the reason if there is no slot in time. The request may have reached the upstream, so `ExchangeMachine`
    ///   decides what the caller gets.
    func admitAgain(_ operation: Operation, _ journal: Journal, _ event: inout ExchangeEvent) async throws(Problem) -> Permit? {
        let begin = reactor.now
        defer { journal.entry.phases.add(.queue, from: begin, to: reactor.now) }
        var ending = try await takeSlot(operation, isRepeat: true)
        var permit: Permit?
        if ending == .event {
            permit = Permit(operation.tenant.admission, entity: operation.resolution.entity.index, reactor)
            if operation.tenant.admission.sharesStarts {
                ending = await takeSharedStart(operation, patience: operation.deadline.remaining(at: reactor.now))
            }
        }
        switch ending {
        case .event: return permit
        case .callerGone: throw .callerGone
        case .stopping: event = .stopping
        case .deadline: event = .deadlinePassed
        }
        return nil
    }

    private func waitForTurn(_ operation: Operation, until time: Instant) async throws(Problem) {
        let ending = await operation.request.caller.until(time) { _ in }
        guard ending != .deadline else { return }
        operation.tenant.admission.returnRateToken()
        throw ending == .stopping ? .stopping : .callerGone
    }

    private func patience(_ operation: Operation) -> Duration {
        min(operation.tenant.settings.admission.queueTimeout, operation.deadline.remaining(at: reactor.now))
    }

    /// Waits up to `patience` for a start that the fleet shares.
    /// - Returns: `event` once the request has its start, `deadline` if none became available in time; otherwise why the wait was cut short.
    private func takeSharedStart(_ operation: Operation, patience: Duration) async -> Wait.Ending {
        let admission = operation.tenant.admission
        switch admission.acquireStart(patience: patience) {
        case .admitted: return .event
        case .refused: return .deadline
        case .queued(let ticket, let until):
            let ending = await operation.request.caller.until(until) { admission.attach($0, to: ticket) }
            guard ending != .event else { return .event }
            // A start may have been granted just before the request left the queue.
            let hasStart = !admission.leaveStarts(ticket)
            return hasStart && ending == .deadline ? .event : ending
        }
    }

    /// - Returns: `event` once the request has its slot; otherwise why the wait ended.
    private func takeSlot(_ operation: Operation, isRepeat: Bool) async throws(Problem) -> Wait.Ending {
        let admission = operation.tenant.admission
        let entity = operation.resolution.entity.index
        switch admission.acquireSlot(entity: entity, now: reactor.now, deadline: operation.deadline.end, isRepeat: isRepeat) {
        case .admitted: return .event
        case .refused(let refusal):
            // A repeat is refused only if its deadline has passed.
            if isRepeat { return .deadline }
            throw Problem(refusal, tenant: operation.tenant.name)
        case .queued(let ticket, let until):
            let ending = await waitInQueue(operation, ticket, until)
            // The slot may have been granted at the same moment.
            if ending != .event, !admission.leave(ticket) {
                admission.releaseSlot(entity: entity, held: .zero, now: reactor.now)
            }
            return ending
        }
    }

    /// Limits reported by Zuora expire without an event, so waiting requests check again periodically.
    private func waitInQueue(_ operation: Operation, _ ticket: UInt64, _ until: Instant) async -> Wait.Ending {
        let admission = operation.tenant.admission
        while true {
            let next = min(reactor.now + TenantAdmission.askInterval, until)
            let ending = await operation.request.caller.until(next) { admission.attach($0, to: ticket) }
            guard ending == .deadline, reactor.now < until else { return ending }
            guard admission.detach(ticket) else { return .event }
            admission.advance(now: reactor.now)
        }
    }
}
