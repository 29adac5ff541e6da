public import Policy
public import Wire

/// The most recent errors of one worker: a ring of bounded size.
public struct RecentErrors: Sendable {
    public let capacity: Int
    private var ring: [RecentError] = []
    /// The index of the oldest error, which is replaced next once the ring is full.
    private var next = 0

    public init(capacity: Int = 30) { self.capacity = max(capacity, 1) }

    /// Records the request's error, if it has one.
    public mutating func note(_ record: borrowing AccessRecord) {
        guard let error = RecentError(record) else { return }
        if ring.count < capacity {
            ring.append(error)
        } else {
            ring[next] = error
            next = (next + 1) % capacity
        }
    }

    /// Newest first.
    public var errors: [RecentError] { (ring[next...] + ring[..<next]).reversed() }

    /// Of several workers, newest first.
    public static func merged(_ workers: [[RecentError]], limit: Int = 30) -> [RecentError] {
        Array(workers.joined().sorted { $0.time > $1.time }.prefix(limit))
    }
}

/// A request that ended with an error, as on the status page.
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
