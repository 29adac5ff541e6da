import Policy
import Testing
import Wire

@Suite struct ConcurrencyLimiterTests {
    private func limits(_ concurrency: Int, entity: Int? = nil, queue: Int = 3, timeout: Duration = .seconds(10))
        -> ConcurrencyLimiter.Limits
    {
        .init(concurrency: concurrency, entityConcurrency: entity, queue: queue, queueTimeout: timeout)
    }

    private func release(_ limiter: inout ConcurrencyLimiter, _ tenant: Int, entity: Int? = nil) -> [UInt64] {
        var granted: [UInt64] = []
        limiter.release(Lane(tenant: tenant, entity: entity), held: .milliseconds(100), granted: &granted)
        return granted
    }

    private func acquire(_ limiter: inout ConcurrencyLimiter, _ ids: ClosedRange<UInt64>, _ lane: Lane) -> [ConcurrencyLimiter
        .Decision]
    {
        ids.map { limiter.acquire($0, lane, now: .at(0)) }
    }

    @Test func `slots, then the queue, then a refusal`() {
        var limiter = ConcurrencyLimiter()
        let tenant = limiter.addTenant(limits(2))
        let decisions = acquire(&limiter, 1...6, Lane(tenant: tenant))
        #expect(decisions[0...4] == [.admitted, .admitted, .queued, .queued, .queued])
        guard case .refused(let refusal) = decisions[5] else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason == .queueFull)
        #expect(refusal.status == 429)
        #expect(refusal.retryAfter >= .seconds(1))
    }

    @Test func `slots go to those who wait in the order of their coming`() {
        var limiter = ConcurrencyLimiter()
        let tenant = limiter.addTenant(limits(1))
        _ = acquire(&limiter, 1...4, Lane(tenant: tenant))
        let granted = (0..<4).map { _ in release(&limiter, tenant) }
        #expect(granted == [[2], [3], [4], []])
        #expect(limiter.inFlight == 0)
    }

    @Test func `a queue of none refuses at once`() {
        var limiter = ConcurrencyLimiter()
        let tenant = limiter.addTenant(limits(1, queue: 0))
        let decisions = acquire(&limiter, 1...2, Lane(tenant: tenant))
        #expect(decisions[0] == .admitted)
        #expect(decisions[1] != .queued)
    }

    @Test func `one tenant's flood takes nothing from another`() {
        var limiter = ConcurrencyLimiter()
        let (loud, quiet) = (limiter.addTenant(limits(2, queue: 50)), limiter.addTenant(limits(2)))
        _ = acquire(&limiter, 1...60, Lane(tenant: loud))
        let decisions = acquire(&limiter, 100...101, Lane(tenant: quiet))
        #expect(decisions == [.admitted, .admitted])
    }

    @Test func `an entity's limit holds back its own requests only`() {
        var limiter = ConcurrencyLimiter()
        let tenant = limiter.addTenant(limits(3, entity: 1))
        let decisions = [
            limiter.acquire(1, Lane(tenant: tenant, entity: 0), now: .at(0)),
            limiter.acquire(2, Lane(tenant: tenant, entity: 0), now: .at(0)),
            limiter.acquire(3, Lane(tenant: tenant, entity: 1), now: .at(0)),
            limiter.acquire(4, Lane(tenant: tenant), now: .at(0)),
            limiter.acquire(5, Lane(tenant: tenant, entity: 1), now: .at(0)),
        ]
        #expect(decisions == [.admitted, .queued, .admitted, .admitted, .queued])
        // The slot of entity 1 goes to the one that waits for it, though another has waited for longer.
        #expect(release(&limiter, tenant, entity: 1) == [5])
        #expect(release(&limiter, tenant, entity: 0) == [2])
    }

    @Test func `who waits too long is let go`() {
        var limiter = ConcurrencyLimiter()
        let tenant = limiter.addTenant(limits(1))
        _ = limiter.acquire(1, Lane(tenant: tenant), now: .at(0))
        _ = limiter.acquire(2, Lane(tenant: tenant), now: .at(0))
        _ = limiter.acquire(3, Lane(tenant: tenant), now: .at(1), deadline: .at(4))
        #expect(limiter.nextExpiry == .at(4))
        var expired: [UInt64] = []
        limiter.expire(now: .at(3.9), into: &expired)
        #expect(expired.isEmpty)
        limiter.expire(now: .at(4), into: &expired)
        #expect(expired == [3])
        #expect(limiter.nextExpiry == .at(10))
        limiter.expire(now: .at(10), into: &expired)
        #expect(expired == [3, 2])
        #expect(limiter.nextExpiry == nil)
        #expect(release(&limiter, tenant).isEmpty)
        let late = limiter.acquire(4, Lane(tenant: tenant), now: .at(11))
        let spent = limiter.acquire(5, Lane(tenant: tenant), now: .at(11), deadline: .at(11))
        #expect(late == .admitted)
        #expect(spent == .refused(limiter.refusal(tenant: tenant)))
    }

    @Test func `who goes away while waiting leaves its place, and a granted slot is not lost`() {
        var limiter = ConcurrencyLimiter()
        let tenant = limiter.addTenant(limits(1))
        _ = acquire(&limiter, 1...3, Lane(tenant: tenant))
        let wasWaiting = limiter.cancel(2, tenant: tenant)
        #expect(wasWaiting)
        #expect(release(&limiter, tenant) == [3])
        let isWaiting = limiter.cancel(3, tenant: tenant)
        #expect(!isWaiting)
        #expect(limiter.inFlight(tenant: tenant) == 1)
    }

    @Test func `under a common bound a flood leaves others their share`() {
        var limiter = ConcurrencyLimiter(total: 8)
        let (loud, quiet) = (limiter.addTenant(limits(20, queue: 50)), limiter.addTenant(limits(20)))
        _ = acquire(&limiter, 1...40, Lane(tenant: loud))
        #expect(limiter.inFlight(tenant: loud) == 6)
        let decisions = acquire(&limiter, 100...102, Lane(tenant: quiet))
        #expect(decisions == [.admitted, .admitted, .queued])
        #expect(limiter.inFlight == 8)
    }

    @Test func `under a common bound those who wait take turns`() {
        var limiter = ConcurrencyLimiter(total: 2)
        let tenants = (0..<3).map { _ in limiter.addTenant(limits(10, queue: 10)) }
        for (index, tenant) in tenants.enumerated() {
            _ = acquire(&limiter, UInt64(index * 10)...UInt64(index * 10 + 3), Lane(tenant: tenant))
        }
        var order: [UInt64] = []
        var held = [0, 0]
        for _ in 0..<9 {
            let granted = release(&limiter, held.removeFirst())
            order += granted
            held += granted.map { Int($0 / 10) }
        }
        #expect(order == [2, 10, 20, 3, 11, 21, 12, 22, 13])
    }

    @Test func `a retired tenant keeps no share, and raised limits let waiters in`() {
        var limiter = ConcurrencyLimiter(total: 8)
        let (old, new) = (limiter.addTenant(limits(8)), limiter.addTenant(limits(2, queue: 20)))
        limiter.retire(old)
        _ = acquire(&limiter, 1...8, Lane(tenant: new))
        #expect(limiter.inFlight(tenant: new) == 2)
        var granted: [UInt64] = []
        limiter.update(new, limits(20), granted: &granted)
        #expect(granted == [3, 4, 5, 6, 7, 8])
    }

    @Test(arguments: 0..<60)
    func `no slot leaks, no bound breaks, nobody overtakes`(seed: Int) {
        var random = SeededRandom(state: UInt64(seed) << 17)
        let total: Int? = seed % 3 == 0 ? nil : Int.random(in: 1...12, using: &random)
        var limiter = ConcurrencyLimiter(total: total)
        let tenantLimits = (0..<3).map { _ in
            limits(
                Int.random(in: 1...5, using: &random), entity: Bool.random(using: &random) ? 2 : nil,
                queue: Int.random(in: 0...4, using: &random), timeout: .seconds(3))
        }
        for limits in tenantLimits { _ = limiter.addTenant(limits) }
        var model = LimiterModel()
        var now = 0.0
        for id in 1...UInt64(400) {
            now += Double.random(in: 0...0.5, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let lane = Lane(
                    tenant: Int.random(in: 0..<3, using: &random), entity: [nil, 0, 1].randomElement(using: &random) ?? nil)
                let decision = limiter.acquire(id, lane, now: .at(now))
                model.asked(id, lane, decision)
            case 5..<8:
                guard let holder = model.held.keys.sorted().randomElement(using: &random),
                    let lane = model.held.removeValue(forKey: holder)
                else { break }
                var granted: [UInt64] = []
                limiter.release(lane, held: .milliseconds(10), granted: &granted)
                for id in granted { model.granted(id) }
            case 8:
                guard let waiter = model.waiting.randomElement(using: &random) else { break }
                let wasWaiting = limiter.cancel(waiter.id, tenant: waiter.lane.tenant)
                #expect(wasWaiting)
                model.waiting.removeAll { $0.id == waiter.id }
            default:
                var expired: [UInt64] = []
                limiter.expire(now: .at(now), into: &expired)
                model.waiting.removeAll { expired.contains($0.id) }
            }
            model.check(limiter, tenantLimits, total)
        }
        // All go home: nothing is left behind, and nobody waits for a slot that is free.
        while let (id, lane) = model.held.first {
            model.held[id] = nil
            var granted: [UInt64] = []
            limiter.release(lane, held: .milliseconds(10), granted: &granted)
            for id in granted { model.granted(id) }
        }
        #expect(limiter.inFlight == 0)
        #expect(model.waiting.isEmpty && limiter.waiting == 0)
    }
}

/// What must be true of a limiter, kept apart from it.
private struct LimiterModel {
    var held: [UInt64: Lane] = [:]
    var waiting: [(id: UInt64, lane: Lane)] = []

    mutating func asked(_ id: UInt64, _ lane: Lane, _ decision: ConcurrencyLimiter.Decision) {
        switch decision {
        case .admitted:
            #expect(!waiting.contains { $0.lane == lane }, "\(id) overtook")
            held[id] = lane
        case .queued: waiting.append((id, lane))
        case .refused: break
        }
    }

    mutating func granted(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else {
            Issue.record("\(id) was granted a slot and did not wait")
            return
        }
        let lane = waiting.remove(at: index).lane
        #expect(!waiting[..<index].contains { $0.lane == lane }, "\(id) overtook")
        held[id] = lane
    }

    func check(_ limiter: ConcurrencyLimiter, _ limits: [ConcurrencyLimiter.Limits], _ total: Int?) {
        #expect(limiter.inFlight == held.count)
        #expect(limiter.waiting == waiting.count)
        if let total { #expect(held.count <= total) }
        for (tenant, limit) in limits.enumerated() {
            let lanes = held.values.filter { $0.tenant == tenant }
            #expect(lanes.count == limiter.inFlight(tenant: tenant))
            #expect(lanes.count <= limit.concurrency)
            #expect(limiter.waiting(tenant: tenant) <= limit.queue)
            if let bound = limit.entityConcurrency {
                for entity in 0..<2 { #expect(lanes.count { $0.entity == entity } <= bound) }
            }
        }
    }
}
