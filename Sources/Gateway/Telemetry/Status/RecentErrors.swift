public import Policy
public import Wire

/// The most recent errors of one worker, bounded in number: equal ones are one, with a count.
public struct RecentErrors: Sendable {
    public let capacity: Int
    /// Oldest first.
    private var list: [RecentError] = []

    public init(capacity: Int = 30) { self.capacity = max(capacity, 1) }

    /// Records the request's error, if it has one.
    public mutating func note(_ record: borrowing AccessRecord) {
        guard var error = RecentError(record) else { return }
        if let index = list.firstIndex(where: { $0.isEqual(to: error) }) {
            error.count += list[index].count
            list.remove(at: index)
        } else if list.count == capacity {
            list.removeFirst()
        }
        list.append(error)
    }

    /// Newest first.
    public var errors: [RecentError] { list.reversed() }

    /// Of several workers, newest first.
    public static func merged(_ workers: [[RecentError]], limit: Int = 30) -> [RecentError] {
        var merged: [RecentError] = []
        for error in workers.joined().sorted(by: { $0.time > $1.time }) {
            if let index = merged.firstIndex(where: { $0.isEqual(to: error) }) {
                merged[index].count += error.count
            } else if merged.count < limit {
                merged.append(error)
            }
        }
        return merged
    }
}

/// Requests that ended with the same error, as on the status page: the last one, and how many there were.
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
    public internal(set) var count = 1

    /// Whether it is the same error for the same caller, tenant and route; details may differ.
    func isEqual(to other: RecentError) -> Bool {
        status == other.status && outcome == other.outcome && caller == other.caller && tenant == other.tenant
            && route == other.route && error == other.error
    }

    /// - Returns: nil if the record has no error.
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
