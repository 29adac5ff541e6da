public import Policy
public import Wire

/// A request that ended with an error, as the status page tells it.
public struct RecentError: Sendable {
    public let time: WallTime
    public let caller: Label?
    public let tenant: Label?
    public let route: Label?
    public let status: Int
    public let outcome: RequestOutcome
    /// The last part of the problem type's URI.
    public let error: String
    public let detail: String?
    public let trackID: TrackID?

    /// - Returns: nil when the record has no error.
    init?(_ record: borrowing AccessRecord) {
        guard let error = record.error else { return nil }
        time = record.time
        caller = record.caller
        tenant = record.tenant
        route = record.route
        status = record.status
        outcome = record.outcome
        self.error = error
        detail = record.errorDetail
        trackID = record.trackID
    }
}
