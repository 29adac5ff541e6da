import Wire

/// This member's shares of the slots that a tenant's entities have in the whole fleet: one lane for requests without an entity, and one
/// for each entity. `SlotLimiter` starts calls in them; the driver sends their reports and hands in the replies.
public struct SlotLanes: Sendable {
    private struct Lane {
        var lease: SlotLease
        /// Requests in the queue.
        var waiting = 0
        /// When the driver comes back without being told; nil if it does not.
        var expected: Instant?
    }
    private var lanes: [Lane]

    /// - Parameters:
    ///   - entities: how many entities the tenant has.
    ///   - member: chosen at random, for this value only: the store must not take another one's calls for those of this one.
    public init(entities: Int, member: String, settings: SlotLease.Settings) {
        lanes = (0...max(entities, 0)).map { _ in Lane(lease: SlotLease(member: member, settings: settings)) }
    }

    public var count: Int { lanes.count }

    /// The lane of an entity, by its index among the tenant's.
    static func lane(of entity: Int?) -> Int { max(entity ?? -1, -1) + 1 }

    // MARK: Calls

    /// Whether another call may start.
    func hasSlot(_ lane: Int, _ now: Instant) -> Bool {
        guard lanes.indices.contains(lane) else { return true }
        return lanes[lane].lease.inFlight < lanes[lane].lease.limit(now)
    }

    mutating func start(_ lane: Int, _ now: Instant) {
        guard lanes.indices.contains(lane) else { return }
        let isStarted = lanes[lane].lease.start(now)
        assert(isStarted, "a call without a slot")
    }

    mutating func ended(_ lane: Int, _ now: Instant) {
        guard lanes.indices.contains(lane) else { return }
        lanes[lane].lease.ended(now)
    }

    mutating func waits(_ lane: Int, _ change: Int) {
        guard lanes.indices.contains(lane) else { return }
        lanes[lane].waiting = max(lanes[lane].waiting + change, 0)
    }

    // MARK: Reports

    /// The lanes whose reports are due before the driver expects it, so that it has to be told now.
    /// - Parameters:
    ///   - changed: the lane that something has happened in. Others may have got room for requests that wait.
    ///   - room: how many more calls the other limits leave a lane.
    mutating func takeDue(changed: Int, _ now: Instant, room: (Int) -> Int) -> [Int] {
        var due: [Int] = []
        for lane in lanes.indices where lane == changed || lanes[lane].waiting > 0 {
            update(lane, room)
            guard let next = lanes[lane].lease.nextReport(now), next < lanes[lane].expected ?? .distantFuture else { continue }
            lanes[lane].expected = next
            due.append(lane)
        }
        return due
    }

    /// The report to send now, or when one is due; neither if not before a change.
    mutating func report(_ lane: Int, _ now: Instant, room: (Int) -> Int) -> (report: LeaseReport?, next: Instant?) {
        guard lanes.indices.contains(lane) else { return (nil, nil) }
        update(lane, room)
        if let report = lanes[lane].lease.report(now) {
            lanes[lane].expected = nil
            return (report, nil)
        }
        lanes[lane].expected = lanes[lane].lease.nextReport(now)
        return (nil, lanes[lane].expected)
    }

    /// Requests that could not start with another slot do not claim one.
    private mutating func update(_ lane: Int, _ room: (Int) -> Int) {
        lanes[lane].lease.waiting = lanes[lane].waiting == 0 ? 0 : min(lanes[lane].waiting, max(room(lane), 0))
    }

    /// Applies a change to one lane's share.
    mutating func change(_ lane: Int, _ body: (inout SlotLease) -> Void) {
        guard lanes.indices.contains(lane) else { return }
        body(&lanes[lane].lease)
    }

    /// The store is not usable from the beginning.
    public mutating func storeLost() {
        for lane in lanes.indices { lanes[lane].lease.storeLost() }
    }

    /// The state of a lane.
    public subscript(lane: Int) -> SlotLease? { lanes.indices.contains(lane) ? lanes[lane].lease : nil }
}
