import Wire

/// The state of the fleet's store, for readiness, metrics and the status page.
public struct FleetStatus: Sendable {
    public enum State: String, Sendable, CaseIterable { case starting, up, lost }

    public var state: State
    /// Why it is lost.
    public var reason: String?
    /// How long it has been in this state.
    public var seconds: Int
    /// Since the start, by reason.
    public var losses: [String: Int] = [:]
    public var commands = 0
    /// How long the replies to the store's commands took, together, in seconds.
    public var commandSeconds = 0.0
    /// Tokens since the start, by where they came from.
    public var tokens: [(how: String, count: Int)] = []
    public var refusedRecords = 0
    /// Members that the store has counted of late; nil if unknown.
    public var members: Int?
    /// The slots of lanes that this member has used; nil if slots are not shared.
    public var lanes: [Lane]?
    /// Leases that ended before they were renewed.
    public var lostLeases = 0
    /// Pauses since the start, by reason; nil if they are not shared.
    public var pauses: [String: Int]?

    /// One entity's slots.
    public struct Lane: Sendable {
        public var tenant: String
        /// nil for requests without an entity.
        public var entity: String?
        /// Slots granted to this member, and its calls in flight.
        public var leased = 0
        public var used = 0
        /// Slots that no member has, and those of lost members, when the store last replied.
        public var free = 0
        public var held = 0

        public init(tenant: String, entity: String?) {
            self.tenant = tenant
            self.entity = entity
        }
    }

    public init(state: State, reason: String? = nil, seconds: Int) {
        self.state = state
        self.reason = reason
        self.seconds = seconds
    }
}

extension JSONWriter {
    mutating func append(_ fleet: FleetStatus) {
        key("fleet")
        beginObject()
        member("store", fleet.state.rawValue)
        if let reason = fleet.reason { member("reason", reason) }
        member("since_s", fleet.seconds)
        if let members = fleet.members { member("members", members) }
        if let lanes = fleet.lanes {
            key("slots")
            beginObject()
            member("leased", lanes.reduce(0) { $0 + $1.leased })
            member("used", lanes.reduce(0) { $0 + $1.used })
            endObject()
            member("leases_lost", fleet.lostLeases)
        }
        endObject()
    }
}
