import Wire

/// All data queries of the sandbox, by tenant: their limits do not depend on the entity.
struct DataQueryJobs: Sendable {
    private var jobs: [JobKey: DataQueryJob] = [:]
    private var order: [JobKey] = []

    /// Live queries that may run and wait at the same time: 5 and 10. For the warehouse: 15 and 30.
    static func limit(sourceData: String) -> Int { sourceData == "WAREHOUSE" ? 45 : 15 }

    subscript(key: JobKey) -> DataQueryJob? { jobs[key] }

    /// All queries in order of creation.
    var all: [(key: JobKey, job: DataQueryJob)] { order.compactMap { key in jobs[key].map { (key, $0) } } }

    /// The queries of a scope, newest first.
    func all(in scope: JobScope) -> [DataQueryJob] { order.reversed().filter { $0.scope == scope }.compactMap { jobs[$0] } }

    mutating func set(_ job: DataQueryJob, for key: JobKey) {
        if jobs.updateValue(job, forKey: key) == nil { order.append(key) }
    }

    func live(tenant: String, sourceData: String, now: Instant) -> Int {
        order.count { key in
            guard key.scope.tenant == tenant, let job = jobs[key] else { return false }
            return job.sourceData == sourceData && !job.status(at: now).isFinal
        }
    }

    /// Reports status changes of queries since the last time: by the clock, or by a call.
    mutating func observe(now: Instant, tell: JobObserver) {
        for key in order { observe(key, now: now, tell: tell) }
    }

    /// The same for one query.
    mutating func observe(_ key: JobKey, now: Instant, tell: JobObserver) {
        guard let job = jobs[key] else { return }
        let status = job.status(at: now)
        guard status != job.toldStatus else { return }
        let end = job.cancelledAt ?? job.endsAt
        var from = job.toldStatus
        if from == .accepted, status != .inProgress, job.startsAt < end, job.startsAt <= now {
            tell(key, from.rawValue, DataQueryJob.Status.inProgress.rawValue, job.startsAt)
            from = .inProgress
        }
        tell(key, from.rawValue, status.rawValue, status == .inProgress ? job.startsAt : end)
        jobs[key]?.toldStatus = status
    }
}

/// A job of the data query API. As with AQuA, its status follows from its timing.
struct DataQueryJob: Hashable, Sendable {
    var id: String
    var query: String
    var createdBy: String
    var sourceData: String
    var usesIndexJoin: Bool
    var createdAt: Instant
    var timing: JobTiming
    var cancelledAt: Instant?
    /// The last status recorded in the book.
    var toldStatus = Status.accepted

    enum Status: String, Hashable, Sendable, CaseIterable {
        case accepted
        case inProgress = "in_progress"
        case completed, failed, cancelled
        var isFinal: Bool { self != .accepted && self != .inProgress }
    }

    var startsAt: Instant { createdAt + timing.submittedFor }
    var endsAt: Instant { startsAt + timing.executingFor }

    func status(at now: Instant) -> Status {
        if let cancelledAt, cancelledAt <= now { return .cancelled }
        if now >= endsAt { return timing.end == .completed ? .completed : .failed }
        return now < startsAt ? .accepted : .inProgress
    }

    /// - Parameter wall: calendar time of an instant.
    func json(at now: Instant, host: String, wall: (Instant) -> WallTime) -> JSONValue {
        let status = status(at: now)
        let changed = cancelledAt ?? (status.isFinal ? endsAt : status == .inProgress ? startsAt : createdAt)
        return .object(of: [
            "createdBy": .string(createdBy), "createdOn": .string(wall(createdAt).rfc3339), "id": .string(id),
            "query": .string(query), "remainingRetries": 3, "sourceData": .string(sourceData),
            "updatedOn": .string(wall(changed).rfc3339), "useIndexJoin": .bool(usesIndexJoin),
            "queryStatus": .string(status.rawValue),
            "dataFile": status == .completed ? .string("http://\(host)/_sandbox/datafile/\(id)") : nil,
            "outputRows": status == .completed ? .int(timing.records) : nil,
            "errorCode": status == .failed ? "LINK_10000001" : nil,
            "errorMessage": status == .failed ? "The query failed." : nil,
        ])
    }
}
