public import Wire

/// Who may have a request under way: slots a tenant and an entity, with a bounded first-come-first-served queue a tenant, and
/// optionally a bound on all tenants together.
///
/// Fairness: a tenant's slots are its own, so that a flood on one never takes another's. Under a common bound each tenant keeps a
/// guaranteed share (half of the bound divided evenly) that others cannot use up, the rest goes to whoever comes; and when a slot
/// comes free, the tenants that wait take turns.
///
/// A request has one id from `acquire` on. Whoever was admitted must `release` once; whoever waits ends by being granted,
/// by expiring or by `cancel`.
public struct ConcurrencyLimiter: Sendable {
    /// What one tenant may hold.
    public struct Limits: Hashable, Sendable {
        public var concurrency: Int
        public var entityConcurrency: Int?
        public var queue: Int
        public var queueTimeout: Duration

        public init(concurrency: Int, entityConcurrency: Int? = nil, queue: Int, queueTimeout: Duration) {
            self.concurrency = concurrency
            self.entityConcurrency = entityConcurrency
            self.queue = queue
            self.queueTimeout = queueTimeout
        }

        public init(_ settings: AdmissionSettings) {
            self.init(
                concurrency: settings.concurrency, entityConcurrency: settings.entityConcurrency, queue: settings.queue,
                queueTimeout: settings.queueTimeout)
        }
    }

    public enum Decision: Hashable, Sendable {
        case admitted
        /// It waits: its id comes back from `release`, `cancel` or `update` when it has a slot, or from `expire`.
        case queued
        case refused(AdmissionRefusal)
    }

    /// All tenants together; nil: no bound.
    public let total: Int?
    /// Slots taken by all tenants.
    public private(set) var inFlight = 0
    /// Requests that wait, of all tenants.
    public private(set) var waiting = 0
    private var tenants: [TenantSlots] = []
    /// Tenants that are not retired.
    private var active = 0
    /// The tenant whose turn is next.
    private var turn = 0
    /// When something was last asked or learned; what slots are given back by.
    private var now = Instant(nanoseconds: 0)

    public init(total: Int? = nil) { self.total = total }

    /// Adds a tenant and gives its index.
    public mutating func addTenant(_ limits: Limits) -> Int {
        tenants.append(TenantSlots(limits: limits))
        active += 1
        return tenants.count - 1
    }

    /// Changes a tenant's limits. What is under way stays; those who can have a slot now are granted one.
    public mutating func update(_ tenant: Int, _ limits: Limits, granted: inout [UInt64]) {
        guard tenants.indices.contains(tenant) else { return }
        tenants[tenant].limits = limits
        if tenants[tenant].isRetired { active += 1 }
        tenants[tenant].isRetired = false
        grant(into: &granted)
    }

    /// A tenant that is no longer configured: it keeps no share. Its index stays taken.
    public mutating func retire(_ tenant: Int) {
        guard tenants.indices.contains(tenant), !tenants[tenant].isRetired else { return }
        tenants[tenant].isRetired = true
        active -= 1
    }

    /// - Parameters:
    ///   - id: unique among those who wait.
    ///   - deadline: the request's own; it does not wait beyond it.
    public mutating func acquire(_ id: UInt64, _ lane: Lane, now: Instant, deadline: Instant = .distantFuture) -> Decision {
        guard tenants.indices.contains(lane.tenant) else {
            return .refused(AdmissionRefusal(.queueFull, retryAfter: .seconds(1)))
        }
        self.now = max(now, self.now)
        if hasRoom(lane.tenant), tenants[lane.tenant].hasSlot(entity: lane.entity, now) {
            take(lane)
            return .admitted
        }
        // Never a copy of the slots: with it, the queue would be copied for each request that joins it.
        guard tenants[lane.tenant].queue.count < tenants[lane.tenant].limits.queue else {
            return .refused(AdmissionRefusal(.queueFull, retryAfter: tenants[lane.tenant].expectedWait))
        }
        let until = min(now + tenants[lane.tenant].limits.queueTimeout, deadline)
        guard until > now else {
            return .refused(AdmissionRefusal(.queueTimeout, retryAfter: tenants[lane.tenant].expectedWait))
        }
        tenants[lane.tenant].enqueue(TenantSlots.Waiter(id: id, entity: lane.entity, until: until))
        waiting += 1
        return .queued
    }

    /// Time has passed, and with it perhaps what Zuora said of its own limits.
    /// - Parameter granted: gets the ids of those who have a slot now.
    public mutating func advance(to now: Instant, granted: inout [UInt64]) {
        self.now = max(now, self.now)
        grant(into: &granted)
    }

    /// Gives a slot back.
    /// - Parameters:
    ///   - held: how long it was held.
    ///   - granted: gets the ids of those who have a slot now.
    public mutating func release(_ lane: Lane, held: Duration, granted: inout [UInt64]) {
        guard tenants.indices.contains(lane.tenant) else { return }
        tenants[lane.tenant].giveBack(entity: lane.entity, held: held)
        inFlight = max(inFlight - 1, 0)
        grant(into: &granted)
    }

    /// Learns from an answer what Zuora says of its own limits, which may hold requests back until others are over.
    /// - Parameter granted: gets the ids of those who have a slot now.
    public mutating func observe(_ fields: RateLimitFields, _ lane: Lane, now: Instant, granted: inout [UInt64]) {
        guard fields.concurrencyRemaining != nil, tenants.indices.contains(lane.tenant) else { return }
        self.now = max(now, self.now)
        tenants[lane.tenant].observe(fields, entity: lane.entity, now)
        grant(into: &granted)
    }

    /// A request that waits goes away.
    /// - Returns: false if it did not wait: it was granted a slot, which must be released, or has expired.
    public mutating func cancel(_ id: UInt64, tenant: Int) -> Bool {
        guard tenants.indices.contains(tenant), tenants[tenant].leaveQueue(id) else { return false }
        waiting -= 1
        return true
    }

    /// Takes those out of the queues who have waited as long as they may, and appends their ids.
    public mutating func expire(now: Instant, into expired: inout [UInt64]) {
        guard waiting > 0 else { return }
        let before = expired.count
        for index in tenants.indices { tenants[index].removeExpired(now, into: &expired) }
        waiting -= expired.count - before
    }

    /// When `expire` has something to do; nil if nobody waits.
    public var nextExpiry: Instant? {
        guard waiting > 0 else { return nil }
        return tenants.lazy.flatMap(\.queue).map(\.until).min()
    }

    public func inFlight(tenant: Int) -> Int { tenants.indices.contains(tenant) ? tenants[tenant].inFlight : 0 }

    public func waiting(tenant: Int) -> Int { tenants.indices.contains(tenant) ? tenants[tenant].queue.count : 0 }

    /// What to tell somebody who waited in vain.
    public func refusal(tenant: Int) -> AdmissionRefusal {
        AdmissionRefusal(.queueTimeout, retryAfter: tenants.indices.contains(tenant) ? tenants[tenant].expectedWait : .seconds(1))
    }

    private mutating func take(_ lane: Lane) {
        tenants[lane.tenant].take(entity: lane.entity)
        inFlight += 1
    }

    /// Gives slots to those who wait, a tenant after the other.
    private mutating func grant(into granted: inout [UInt64]) {
        while waiting > 0, grantOne(into: &granted) {}
    }

    private mutating func grantOne(into granted: inout [UInt64]) -> Bool {
        for offset in 0..<tenants.count {
            let index = (turn + offset) % tenants.count
            guard !tenants[index].queue.isEmpty, hasRoom(index), let position = tenants[index].nextWaiter(now) else { continue }
            let waiter = tenants[index].dequeue(at: position)
            waiting -= 1
            take(Lane(tenant: index, entity: waiter.entity))
            granted.append(waiter.id)
            turn = (index + 1) % tenants.count
            return true
        }
        return false
    }

    /// Whether the common bound lets this tenant have one more.
    private func hasRoom(_ tenant: Int) -> Bool {
        guard let total else { return true }
        let share = guaranteedShare(total)
        if inFlight + share * active < total { return true }
        guard tenants[tenant].inFlight >= share else { return inFlight < total }
        var reserved = 0
        for slots in tenants where !slots.isRetired {
            reserved += max(min(share, slots.limits.concurrency) - slots.inFlight, 0)
        }
        return inFlight + reserved < total
    }

    private func guaranteedShare(_ total: Int) -> Int {
        guard active > 0, total >= active else { return 0 }
        return max(total / (2 * active), 1)
    }
}
