import Wire

/// Where a job stands: the states of AQuA jobs (`status`) and of data-query jobs (`queryStatus`) together.
/// Source: https://developer.zuora.com/v1-api-reference/api/aggregate-queries, …/api/data-queries.
public enum JobStatus: String, Hashable, Sendable, CaseIterable {
    // Not yet at an end.
    case submitted, pending, executing, accepted
    case inProgress = "in_progress"
    // At an end.
    case completed, error, aborted, failed, cancelled

    public var isRunning: Bool {
        switch self {
        case .submitted, .pending, .executing, .accepted, .inProgress: true
        case .completed, .error, .aborted, .failed, .cancelled: false
        }
    }

    /// - Returns: nil for a word that is no state. `canceled` is read too: clients of Zuora have met it.
    init?(_ slice: JSONSlice, in scanner: borrowing JSONScanner) {
        guard slice.range.count <= 16, !slice.hasEscapes else { return nil }
        if scanner.matches(slice, "cancelled") || scanner.matches(slice, "canceled") {
            self = .cancelled
        } else if scanner.matches(slice, "executing") {
            self = .executing
        } else if scanner.matches(slice, "completed") {
            self = .completed
        } else {
            self.init(rawValue: scanner.text(slice))
        }
    }
}
