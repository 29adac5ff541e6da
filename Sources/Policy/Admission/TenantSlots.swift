import Wire

/// One tenant's slots and those who wait for them.
struct TenantSlots: Sendable {
    var limits: ConcurrencyLimiter.Limits
    var isRetired = false
    /// Slots taken.
    private(set) var inFlight = 0
    /// Slots taken, by entity.
    private(set) var entityInFlight: [Int] = []
    /// What Zuora says of its own limits: for requests without an entity, then by entity. Empty until it said something.
    private var ceilings: [UpstreamCeiling?] = []
    /// In the order of arrival.
    private(set) var queue = WaitingLine<Waiter>()
    /// How long a slot is held, smoothed; for `Retry-After`.
    private var typicalHold: Duration = .milliseconds(500)

    struct Waiter: Hashable {
        var id: UInt64
        var entity: Int?
        var until: Instant
    }

    init(limits: ConcurrencyLimiter.Limits) { self.limits = limits }

    /// Whether the tenant's own limits, and Zuora's, leave a slot for this entity.
    func hasSlot(entity: Int?, _ now: Instant) -> Bool {
        guard inFlight < limits.concurrency else { return false }
        if let ceiling = ceiling(entity), inFlight(entity) >= ceiling.value(at: now) { return false }
        guard let entity, let limit = limits.entityConcurrency else { return true }
        return !entityInFlight.indices.contains(entity) || entityInFlight[entity] < limit
    }

    /// Learns what Zuora says of its own limits.
    mutating func observe(_ fields: RateLimitFields, entity: Int?, _ now: Instant) {
        let index = (entity ?? -1) + 1
        while ceilings.count <= index { ceilings.append(nil) }
        var ceiling = ceilings[index] ?? UpstreamCeiling(now: now)
        ceiling.observe(fields, inFlight: inFlight(entity), now: now)
        ceilings[index] = ceiling
    }

    private func ceiling(_ entity: Int?) -> UpstreamCeiling? {
        let index = (entity ?? -1) + 1
        return ceilings.indices.contains(index) ? ceilings[index] : nil
    }

    /// Slots taken for an entity; without one, of all.
    private func inFlight(_ entity: Int?) -> Int {
        guard let entity else { return inFlight }
        return entityInFlight.indices.contains(entity) ? entityInFlight[entity] : 0
    }

    mutating func take(entity: Int?) {
        inFlight += 1
        guard let entity, entity >= 0 else { return }
        while entityInFlight.count <= entity { entityInFlight.append(0) }
        entityInFlight[entity] += 1
    }

    mutating func giveBack(entity: Int?, held: Duration) {
        assert(inFlight > 0, "a slot was given back twice")
        inFlight = max(inFlight - 1, 0)
        if let entity, entityInFlight.indices.contains(entity) { entityInFlight[entity] = max(entityInFlight[entity] - 1, 0) }
        typicalHold += (held - typicalHold) / 8
    }

    mutating func enqueue(_ waiter: Waiter) { queue.append(waiter) }

    /// The first in the queue whose entity has a slot.
    func nextWaiter(_ now: Instant) -> Int? {
        guard inFlight < limits.concurrency else { return nil }
        return queue.firstIndex { hasSlot(entity: $0.entity, now) }
    }

    mutating func dequeue(at index: Int) -> Waiter { queue.remove(at: index) }

    mutating func leaveQueue(_ id: UInt64) -> Bool {
        guard let index = queue.firstIndex(where: { $0.id == id }) else { return false }
        _ = queue.remove(at: index)
        return true
    }

    mutating func removeExpired(_ now: Instant, into expired: inout [UInt64]) {
        for waiter in queue where waiter.until <= now { expired.append(waiter.id) }
        queue.removeAll { $0.until <= now }
    }

    /// When somebody who came now and waited would about have its turn: 1 to 30 s.
    var expectedWait: Duration {
        let wait = typicalHold * (queue.count + 1) / max(limits.concurrency, 1)
        return min(max(wait, .seconds(1)), .seconds(30))
    }
}
