import Network
import Policy
import Wire

/// admit: a turn under the tenant's rate, a slot under its limits, and leave from its breaker.
extension Gateway {
    func admit(_ exchange: Exchange, _ tenant: TenantState) async throws(Problem) {
        let admission = tenant.admission
        admission.recordRequest()
        try await takeTurn(exchange, tenant)
        try await takeSlot(exchange, tenant)
        let now = reactor.now
        exchange.admittedAt = now
        exchange.holdsSlot = true
        exchange.timings.queue = now - exchange.startedAt
        switch admission.breakerDecision(now: now) {
        case .refused(let refusal): throw Problem(refusal, tenant: tenant.name)
        case .allowed(let permit): exchange.permit = permit
        case nil: break
        }
    }

    private func takeTurn(_ exchange: Exchange, _ tenant: TenantState) async throws(Problem) {
        let patience = min(tenant.settings.admission.queueTimeout, exchange.deadline.remaining(at: reactor.now))
        switch tenant.admission.acquireTurn(now: reactor.now, patience: patience) {
        case .start: return
        case .refused(let refusal): throw Problem(refusal, tenant: tenant.name)
        case .wait(let until):
            await pause(exchange, until: until)
            if exchange.isClientGone {
                tenant.admission.giveTurnBack()
                throw .clientGone
            }
        }
    }

    private func takeSlot(_ exchange: Exchange, _ tenant: TenantState) async throws(Problem) {
        let admission = tenant.admission
        let entity = exchange.resolution?.entity.index
        switch admission.acquireSlot(entity: entity, now: reactor.now, deadline: exchange.deadline.end) {
        case .admitted: return
        case .refused(let refusal): throw Problem(refusal, tenant: tenant.name)
        case .queued(let id):
            exchange.onClientGone = { admission.leave(id) }
            let isGranted = await waitForSlot(
                id, admission, until: min(reactor.now + tenant.settings.admission.queueTimeout, exchange.deadline.end))
            exchange.onClientGone = nil
            if exchange.isClientGone {
                if isGranted { admission.releaseSlot(entity: entity, held: .zero, now: reactor.now) }
                throw .clientGone
            }
            if isGranted { return }
            if exchange.deadline.hasPassed(at: reactor.now) {
                throw Problem(
                    .timedOut(.queue, mayHaveReached: false, deadline: exchange.deadline, isCancel: exchange.isCancel),
                    phase: "admit")
            }
            throw Problem(admission.queueRefusal, tenant: tenant.name)
        }
    }

    private func waitForSlot(_ id: UInt64, _ admission: TenantAdmission, until end: Instant) async -> Bool {
        let reactor = reactor
        var timer: Timer?
        let setTimer = { timer?.schedule(at: min(reactor.now + TenantAdmission.lookInterval, end)) }
        timer = Timer(reactor.timers) {
            if reactor.now >= end { return admission.expire(now: reactor.now) }
            admission.look(now: reactor.now)
            setTimer()
        }
        setTimer()
        let isGranted = await admission.waitForSlot(id)
        timer?.cancel()
        // It holds itself.
        timer = nil
        return isGranted
    }

    /// Gives back what `admit` took.
    func leave(_ exchange: Exchange, _ tenant: TenantState) {
        let now = reactor.now
        if let permit = exchange.permit {
            exchange.permit = nil
            tenant.admission.record(.neutral, permit, now: now)
        }
        guard exchange.holdsSlot, let admittedAt = exchange.admittedAt else { return }
        exchange.holdsSlot = false
        tenant.admission.releaseSlot(entity: exchange.resolution?.entity.index, held: now - admittedAt, now: now)
    }

    /// Suspends until `time`, or until the client goes away.
    func pause(_ exchange: Exchange, until time: Instant) async {
        if exchange.isClientGone, !(exchange.machine?.outlivesCaller ?? false) { return }
        await withCheckedContinuation { continuation in
            var waiting: CheckedContinuation<Void, Never>? = continuation
            let resume = {
                let continuation = waiting
                waiting = nil
                continuation?.resume()
            }
            let timer = Timer(reactor.timers, action: resume)
            timer.schedule(at: time)
            exchange.onClientGone = {
                if !(exchange.machine?.outlivesCaller ?? false) { resume() }
                _ = timer
            }
        }
        exchange.onClientGone = nil
    }
}

extension Problem {
    /// Nobody is there to be told; for the record only. 499 is what others write for it, too.
    static let clientGone = Problem(
        499, type: "client-gone", title: "The caller went away",
        detail: "The caller closed its connection before there was an answer",
        phase: "relay")
}
