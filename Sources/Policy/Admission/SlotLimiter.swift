public import Wire

/// Limits a tenant's requests in flight: by its limit, one for each entity, the limits reported by Zuora, and this member's share of a
/// fleet's slots, with a bounded first-come-first-served queue.
///
/// A request has one id from `acquire` on. An admitted one must `release` once; a waiting one is granted a slot by `release`,
/// `advance` or `observe`, or removed by `cancel`.
public struct SlotLimiter: Sendable {
    public enum Decision: Hashable, Sendable {
        case admitted
        /// It waits, at most until then.
        case queued(until: Instant)
        case refused(AdmissionRefusal)
    }

    private struct Waiter {
        var id: UInt64
        var entity: Int?
    }

    private var limits: AdmissionSettings
    /// Slots taken.
    public private(set) var inFlight = 0
    private var entityInFlight: [Int] = []
    /// Limits reported by Zuora: for requests without an entity, then by entity. Empty until the first report.
    private var ceilings: [UpstreamCeiling?] = []
    /// nil if the slots are not shared.
    public private(set) var lanes: SlotLanes?
    /// In order of arrival.
    private var queue = WaitingLine<Waiter>()
    /// The smoothed time for which a slot is held; for `Retry-After`.
    private var typicalHold: Duration = .milliseconds(500)

    public init(_ limits: AdmissionSettings, lanes: SlotLanes? = nil) {
        self.limits = limits
        self.lanes = lanes
    }

    /// Applies a new configuration. Slots that are taken count until they are released, even beyond a lower limit.
    /// - Parameter granted: receives the ids of requests that got a slot.
    public mutating func adopt(_ limits: AdmissionSettings, now: Instant, granted: inout [UInt64]) {
        self.limits = limits
        advance(to: now, granted: &granted)
    }

    /// Requests that wait.
    public var waiting: Int { queue.count }

    /// - Parameters:
    ///   - id: unique among waiting requests.
    ///   - entity: the entity whose limit applies; nil if none.
    ///   - now: with lanes, a clock reading for this call.
    ///   - deadline: the request's deadline; it does not wait beyond it.
    ///   - isRepeat: a request that was admitted before, and released its slot for a back-off. It is queued even if the queue is full,
    ///     and may wait until its deadline.
    public mutating func acquire(
        _ id: UInt64, entity: Int?, now: Instant, deadline: Instant = .distantFuture, isRepeat: Bool = false
    ) -> Decision {
        if hasSlot(entity: entity, now), queue.isEmpty || nextWaiter(now) == nil {
            take(entity: entity, now)
            return .admitted
        }
        guard isRepeat || queue.count < limits.queue else {
            return .refused(AdmissionRefusal(.queueFull, retryAfter: expectedWait))
        }
        let until = isRepeat ? deadline : min(now + limits.queueTimeout, deadline)
        guard until > now else { return .refused(refusal) }
        queue.append(Waiter(id: id, entity: entity))
        lanes?.waits(SlotLanes.lane(of: entity), 1)
        return .queued(until: until)
    }

    /// Releases a slot.
    /// - Parameters:
    ///   - held: how long it was held.
    ///   - granted: receives the ids of requests that got a slot.
    public mutating func release(entity: Int?, held: Duration, now: Instant, granted: inout [UInt64]) {
        assert(inFlight > 0, "a slot was released twice")
        inFlight = max(inFlight - 1, 0)
        if let entity, entityInFlight.indices.contains(entity) { entityInFlight[entity] = max(entityInFlight[entity] - 1, 0) }
        lanes?.ended(SlotLanes.lane(of: entity), now)
        typicalHold += (held - typicalHold) / 8
        advance(to: now, granted: &granted)
    }

    /// Handles the passage of time: limits reported by Zuora may have expired.
    /// - Parameter granted: receives the ids of requests that got a slot.
    public mutating func advance(to now: Instant, granted: inout [UInt64]) {
        while !queue.isEmpty, let index = nextWaiter(now) {
            let waiter = queue.remove(at: index)
            lanes?.waits(SlotLanes.lane(of: waiter.entity), -1)
            take(entity: waiter.entity, now)
            granted.append(waiter.id)
        }
    }

    /// Updates the limits reported by Zuora from a response, which may delay requests until others are complete.
    /// - Parameter granted: receives the ids of requests that got a slot.
    public mutating func observe(_ fields: RateLimitFields, entity: Int?, now: Instant, granted: inout [UInt64]) {
        guard fields.concurrencyRemaining != nil else { return }
        let index = ceilingIndex(entity)
        while ceilings.count <= index { ceilings.append(nil) }
        var ceiling = ceilings[index] ?? UpstreamCeiling(now: now)
        ceiling.observe(fields, inFlight: inFlight(entity), now: now)
        ceilings[index] = ceiling
        advance(to: now, granted: &granted)
    }

    /// Removes a waiting request.
    /// - Returns: false if it did not wait: it was granted a slot, which must be released.
    public mutating func cancel(_ id: UInt64) -> Bool {
        guard let index = queue.firstIndex(where: { $0.id == id }) else { return false }
        let waiter = queue.remove(at: index)
        lanes?.waits(SlotLanes.lane(of: waiter.entity), -1)
        return true
    }

    /// The refusal for a request that waited without getting a slot.
    public var refusal: AdmissionRefusal { AdmissionRefusal(.queueTimeout, retryAfter: expectedWait) }

    /// Estimates how long a new request would wait for a slot: 1 to 30 s.
    private var expectedWait: Duration {
        let wait = typicalHold * (queue.count + 1) / max(limits.concurrency, 1)
        return min(max(wait, .seconds(1)), .seconds(30))
    }

    /// Whether the limits of the tenant, of Zuora and of the fleet leave a slot for this entity.
    private func hasSlot(entity: Int?, _ now: Instant) -> Bool {
        guard inFlight < limits.concurrency else { return false }
        let index = ceilingIndex(entity)
        if ceilings.indices.contains(index), let ceiling = ceilings[index], inFlight(entity) >= ceiling.value(at: now) {
            return false
        }
        if let lanes, !lanes.hasSlot(index, now) { return false }
        guard let entity, let limit = limits.entityConcurrency else { return true }
        return !entityInFlight.indices.contains(entity) || entityInFlight[entity] < limit
    }

    /// The first in the queue whose entity has a slot.
    private func nextWaiter(_ now: Instant) -> Int? {
        guard inFlight < limits.concurrency else { return nil }
        return queue.firstIndex { hasSlot(entity: $0.entity, now) }
    }

    private mutating func take(entity: Int?, _ now: Instant) {
        inFlight += 1
        lanes?.start(SlotLanes.lane(of: entity), now)
        guard let entity, entity >= 0 else { return }
        while entityInFlight.count <= entity { entityInFlight.append(0) }
        entityInFlight[entity] += 1
    }

    private func ceilingIndex(_ entity: Int?) -> Int { SlotLanes.lane(of: entity) }

    /// Slots in use for an entity; without one, in total.
    private func inFlight(_ entity: Int?) -> Int {
        guard let entity else { return inFlight }
        return entityInFlight.indices.contains(entity) ? entityInFlight[entity] : 0
    }
}

// MARK: Slots of a fleet

extension SlotLimiter {
    /// The lanes whose reports the driver has to be told of, after something has happened in the lane of `entity`.
    public mutating func takeDueLanes(_ entity: Int?, _ now: Instant) -> [Int] {
        guard lanes != nil else { return [] }
        let room = room(now)
        return lanes?.takeDue(changed: SlotLanes.lane(of: entity), now) { room.more(in: $0) } ?? []
    }

    /// The report to send now, or when one is due; neither if not before a change. It is pending until its reply is handed in.
    public mutating func report(lane: Int, _ now: Instant) -> (report: LeaseReport?, next: Instant?) {
        let room = room(now)
        return lanes?.report(lane, now) { room.more(in: $0) } ?? (nil, nil)
    }

    /// Applies a change to this member's share of a lane, such as a reply.
    /// - Parameter granted: receives the ids of requests that got a slot.
    public mutating func change(lane: Int, _ now: Instant, granted: inout [UInt64], _ body: (inout SlotLease) -> Void) {
        lanes?.change(lane, body)
        advance(to: now, granted: &granted)
    }

    private func room(_ now: Instant) -> Room {
        Room(limits: limits, inFlight: inFlight, entityInFlight: entityInFlight, ceilings: ceilings, now: now)
    }

    /// The room under the limits other than the one of the fleet. A copy, so that the lanes can be changed meanwhile.
    private struct Room {
        let limits: AdmissionSettings
        let inFlight: Int
        let entityInFlight: [Int]
        let ceilings: [UpstreamCeiling?]
        let now: Instant

        /// How many more calls may start in a lane.
        func more(in lane: Int) -> Int {
            var own = inFlight
            if lane > 0 { own = entityInFlight.indices.contains(lane - 1) ? entityInFlight[lane - 1] : 0 }
            var room = limits.concurrency - inFlight
            if ceilings.indices.contains(lane), let ceiling = ceilings[lane] {
                room = min(room, max(ceiling.value(at: now), own) - own)
            }
            if lane > 0, let limit = limits.entityConcurrency { room = min(room, limit - own) }
            return room
        }
    }
}

/// A FIFO queue: removing at the head takes amortised constant time, where an array would move all
/// other elements. Removing in the middle costs the same as with an array.
struct WaitingLine<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    /// The number of removed elements at the front.
    private var left = 0

    mutating func append(_ element: Element) { elements.append(element) }

    /// - Parameter index: from 0 to `count` - 1.
    mutating func remove(at index: Int) -> Element {
        guard index == 0 else { return elements.remove(at: left + index) }
        let element = elements[left]
        left += 1
        // Never more of them than waiting ones.
        if left > elements.count / 2 {
            elements.removeFirst(left)
            left = 0
        }
        return element
    }
}

extension WaitingLine: RandomAccessCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { elements.count - left }
    subscript(index: Int) -> Element { elements[left + index] }
}
