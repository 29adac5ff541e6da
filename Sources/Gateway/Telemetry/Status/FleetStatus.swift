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
    /// Tokens since the start, by where they came from.
    public var tokens: [(how: String, count: Int)] = []
    public var refusedRecords = 0

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
        endObject()
    }
}
