/// What is counted for one tenant on one route.
struct RouteCounts: Sendable {
    /// By outcome and status class.
    private var requests = InlineArray<84, UInt64>(repeating: 0)
    /// By phase.
    private(set) var phases = InlineArray<5, LatencyHistogram>(repeating: LatencyHistogram())

    mutating func record(_ record: borrowing AccessRecord) {
        requests[Self.index(record.outcome, StatusClass(record.status))] &+= 1
        for i in phases.indices {
            guard let phase = RequestPhase(rawValue: i) else { continue }
            let time = record.phases.raw(phase)
            if time >= 0 { phases[i].record(UInt64(time)) }
        }
    }

    func requests(_ outcome: RequestOutcome, _ status: StatusClass) -> UInt64 { requests[Self.index(outcome, status)] }

    func requests(_ outcome: RequestOutcome) -> UInt64 {
        StatusClass.allCases.reduce(0) { $0 &+ requests(outcome, $1) }
    }

    subscript(phase: RequestPhase) -> LatencyHistogram { phases[phase.rawValue] }

    var total: UInt64 {
        var total: UInt64 = 0
        for i in requests.indices { total &+= requests[i] }
        return total
    }

    mutating func add(_ other: RouteCounts) {
        for i in requests.indices { requests[i] &+= other.requests[i] }
        for i in phases.indices { phases[i].add(other.phases[i]) }
    }

    private static func index(_ outcome: RequestOutcome, _ status: StatusClass) -> Int {
        outcome.rawValue * StatusClass.count + status.rawValue
    }
}
