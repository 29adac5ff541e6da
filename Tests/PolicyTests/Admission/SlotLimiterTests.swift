import Policy
import Testing
import Wire

@Suite struct SlotLimiterTests {
    private func limiter(_ concurrency: Int, entity: Int? = nil, queue: Int = 3, timeout: Duration = .seconds(10)) -> SlotLimiter
    {
        SlotLimiter(.init(concurrency: concurrency, entityConcurrency: entity, queue: queue, queueTimeout: timeout))
    }

    private func release(_ limiter: inout SlotLimiter, entity: Int? = nil) -> [UInt64] {
        var granted: [UInt64] = []
        limiter.release(entity: entity, held: .milliseconds(100), now: .at(0), granted: &granted)
        return granted
    }

    private func acquire(_ limiter: inout SlotLimiter, _ ids: ClosedRange<UInt64>) -> [SlotLimiter.Decision] {
        ids.map { limiter.acquire($0, entity: nil, now: .at(0)) }
    }

    private let queued = SlotLimiter.Decision.queued(until: .at(10))

    @Test func `slots, then the queue, then a refusal`() {
        var limiter = limiter(2)
        let decisions = acquire(&limiter, 1...6)
        #expect(decisions[0...4] == [.admitted, .admitted, queued, queued, queued])
        guard case .refused(let refusal) = decisions[5] else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason == .queueFull)
        #expect(refusal.status == 429)
        #expect(refusal.retryAfter >= .seconds(1))
    }

    @Test func `with new limits, what is in flight and waits keeps counting`() {
        var limiter = limiter(2)
        _ = acquire(&limiter, 1...4)
        var granted: [UInt64] = []
        limiter.adopt(.init(concurrency: 3, queue: 0, queueTimeout: .seconds(1)), now: .at(0), granted: &granted)
        #expect(granted == [3] && limiter.inFlight == 3 && limiter.waiting == 1)
        limiter.adopt(.init(concurrency: 1, queue: 9, queueTimeout: .seconds(10)), now: .at(0), granted: &granted)
        #expect(acquire(&limiter, 5...5) == [queued])
        #expect([release(&limiter), release(&limiter), release(&limiter), release(&limiter)] == [[], [], [4], [5]])
    }

    @Test func `slots are granted in order of arrival`() {
        var limiter = limiter(1)
        _ = acquire(&limiter, 1...4)
        let granted = (0..<4).map { _ in release(&limiter) }
        #expect(granted == [[2], [3], [4], []])
        #expect(limiter.inFlight == 0)
    }

    @Test func `a queue of none refuses at once`() {
        var limiter = limiter(1, queue: 0)
        let decisions = acquire(&limiter, 1...2)
        #expect(decisions == [.admitted, .refused(AdmissionRefusal(.queueFull, retryAfter: .seconds(1)))])
    }

    @Test func `an entity's limit holds back its own requests only`() {
        var limiter = limiter(3, entity: 1)
        let decisions = [0, 0, 1, nil, 1].enumerated().map { index, entity in
            limiter.acquire(UInt64(index + 1), entity: entity, now: .at(0))
        }
        #expect(decisions == [.admitted, queued, .admitted, .admitted, queued])
        // The slot of entity 1 goes to the one that waits for it, though another has waited for longer.
        #expect(release(&limiter, entity: 1) == [5])
        #expect(release(&limiter, entity: 0) == [2])
    }

    @Test func `a wait ends at the queue's timeout or the request's deadline, whichever is first`() {
        var limiter = limiter(1)
        let decisions = [
            limiter.acquire(1, entity: nil, now: .at(0)), limiter.acquire(2, entity: nil, now: .at(0)),
            limiter.acquire(3, entity: nil, now: .at(1), deadline: .at(4)),
            limiter.acquire(4, entity: nil, now: .at(5), deadline: .at(5)),
        ]
        #expect(decisions == [.admitted, queued, .queued(until: .at(4)), .refused(limiter.refusal)])
    }

    @Test func `a repeat waits for a slot until its deadline, however full the queue is`() {
        var limiter = limiter(1, queue: 1)
        _ = acquire(&limiter, 1...2)
        let newcomer = limiter.acquire(3, entity: nil, now: .at(0), deadline: .at(60))
        let again = limiter.acquire(4, entity: nil, now: .at(0), deadline: .at(60), isRepeat: true)
        guard case .refused = newcomer else { return #expect(Bool(false)) }
        #expect(again == .queued(until: .at(60)))
    }

    @Test func `a cancelled request leaves the queue, and a granted slot is not lost`() {
        var limiter = limiter(1)
        _ = acquire(&limiter, 1...3)
        let wasWaiting = limiter.cancel(2)
        #expect(wasWaiting)
        #expect(release(&limiter) == [3])
        let isWaiting = limiter.cancel(3)
        #expect(!isWaiting)
        #expect(limiter.inFlight == 1)
    }

    @Test(arguments: 0..<60)
    func `no slot leaks, no limit is exceeded, no request overtakes`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed) << 17)
        let limits = AdmissionSettings(
            concurrency: Int.random(in: 1...5, using: &random), entityConcurrency: Bool.random(using: &random) ? 2 : nil,
            queue: Int.random(in: 0...4, using: &random), queueTimeout: .seconds(3))
        var limiter = SlotLimiter(limits)
        var model = LimiterModel()
        var now = 0.0
        for id in 1...UInt64(400) {
            now += Double.random(in: 0...0.5, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let entity = [nil, 0, 1].randomElement(using: &random) ?? nil
                model.asked(id, entity, limiter.acquire(id, entity: entity, now: .at(now)))
            case 5..<8:
                guard let holder = model.held.keys.sorted().randomElement(using: &random),
                    let entity = model.held.removeValue(forKey: holder)
                else { break }
                var granted: [UInt64] = []
                limiter.release(entity: entity, held: .milliseconds(10), now: .at(now), granted: &granted)
                for id in granted { model.granted(id) }
            default:
                guard let waiter = model.waiting.randomElement(using: &random) else { break }
                let wasWaiting = limiter.cancel(waiter.id)
                #expect(wasWaiting)
                model.waiting.removeAll { $0.id == waiter.id }
            }
            model.check(limiter, limits)
        }
        // All go home: nothing is left behind, and nobody waits for a slot that is free.
        while let (id, entity) = model.held.first {
            model.held[id] = nil
            var granted: [UInt64] = []
            limiter.release(entity: entity, held: .milliseconds(10), now: .at(now), granted: &granted)
            for id in granted { model.granted(id) }
        }
        #expect(limiter.inFlight == 0)
        #expect(model.waiting.isEmpty && limiter.waiting == 0)
    }
}

/// What must be true of a limiter, kept apart from it.
private struct LimiterModel {
    var held: [UInt64: Int?] = [:]
    var waiting: [(id: UInt64, entity: Int?)] = []

    mutating func asked(_ id: UInt64, _ entity: Int?, _ decision: SlotLimiter.Decision) {
        switch decision {
        case .admitted:
            #expect(!waiting.contains { $0.entity == entity }, "\(id) overtook")
            held.updateValue(entity, forKey: id)
        case .queued: waiting.append((id, entity))
        case .refused: break
        }
    }

    mutating func granted(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else {
            Issue.record("\(id) was granted a slot and did not wait")
            return
        }
        let entity = waiting.remove(at: index).entity
        #expect(!waiting[..<index].contains { $0.entity == entity }, "\(id) overtook")
        held.updateValue(entity, forKey: id)
    }

    func check(_ limiter: SlotLimiter, _ limits: AdmissionSettings) {
        #expect(limiter.inFlight == held.count)
        #expect(limiter.waiting == waiting.count)
        #expect(held.count <= limits.concurrency)
        #expect(waiting.count <= limits.queue)
        if let bound = limits.entityConcurrency {
            for entity in 0..<2 { #expect(held.values.count { $0 == entity } <= bound) }
        }
    }
}
