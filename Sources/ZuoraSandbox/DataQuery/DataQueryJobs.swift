import Wire

/// All data queries of the stand-in, by tenant: an entity makes no difference to their limits.
struct DataQueryJobs: Sendable {
    private var jobs: [JobKey: DataQueryJob] = [:]
    private var order: [JobKey] = []

    /// Live queries that may run or wait at the same time: 5 and 10. Against the warehouse: 15 and 30.
    static func limit(sourceData: String) -> Int { sourceData == "WAREHOUSE" ? 45 : 15 }

    subscript(key: JobKey) -> DataQueryJob? { jobs[key] }

    /// Those of a scope, the newest first.
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
}
