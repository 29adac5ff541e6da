import Wire

/// Is told of a change of a job's status: its former and its new one, and when.
typealias JobObserver = (JobKey, String, String, Instant) -> Void

/// All aggregate query jobs of the sandbox.
struct AquaJobs: Sendable {
    private var jobs: [JobKey: AquaJob] = [:]
    private var order: [JobKey] = []
    /// The jobs of each project that may still run, in order of submission.
    private var queues: [Project: [JobKey]] = [:]
    /// The jobs of each tenant that may still occupy a slot.
    private var holders: [String: [JobKey]] = [:]
    private var files: [String: (job: JobKey, batch: Int)] = [:]

    private struct Project: Hashable {
        var scope: JobScope
        var partner: String
        var project: String
    }

    /// Zuora's limit on jobs of each kind that are submitted or executing at the same time.
    static let concurrencyLimit = 50

    subscript(key: JobKey) -> AquaJob? { jobs[key] }

    /// All jobs in order of creation.
    var all: [(key: JobKey, job: AquaJob)] { order.compactMap { key in jobs[key].map { (key, $0) } } }

    /// Adds a job. A stateful one waits for those before it in its project.
    /// - Parameter holdsSlot: whether it counts against the tenant's limit of concurrent jobs.
    mutating func add(_ job: AquaJob, in scope: JobScope, now: Instant, holdsSlot: Bool) {
        let key = JobKey(scope: scope, id: job.id)
        var job = job
        if job.isStateful, job.cancelledAt == nil {
            let project = Project(scope: scope, partner: job.partner, project: job.project)
            var queue = queues[project, default: []].filter { jobs[$0].map { $0.clearsAt > now } ?? false }
            if let last = queue.last, let before = jobs[last] { job.startsAt = max(job.startsAt, before.clearsAt) }
            queue.append(key)
            queues[project] = queue
        }
        if jobs.updateValue(job, forKey: key) == nil { order.append(key) }
        if holdsSlot { holders[scope.tenant, default: []].append(key) }
        for (index, batch) in job.batches.enumerated() {
            for file in batch.fileIDs { files[file] = (key, index) }
        }
    }

    /// Cancels a job that is not final, and lets the next of its project start.
    mutating func cancel(_ key: JobKey, now: Instant) {
        guard var job = jobs[key], !job.status(at: now).isFinal else { return }
        job.cancelledAt = now
        jobs[key] = job
        guard job.isStateful else { return }
        let project = Project(scope: key.scope, partner: job.partner, project: job.project)
        var clear = Instant(nanoseconds: 0)
        for member in queues[project, default: []] {
            guard var next = jobs[member] else { continue }
            if next.startsAt > now, next.cancelledAt == nil {
                next.startsAt = max(next.submittedAt + next.timing.submittedFor, clear, now)
                jobs[member] = next
            }
            clear = max(clear, next.clearsAt)
        }
    }

    /// How many jobs of that kind the tenant has running or waiting.
    mutating func live(tenant: String, stateful: Bool, now: Instant) -> Int {
        let live = holders[tenant, default: []].filter { jobs[$0].map { !$0.status(at: now).isFinal } ?? false }
        holders[tenant] = live
        return live.count { jobs[$0]?.isStateful == stateful }
    }

    /// The project's last completed job.
    func last(in scope: JobScope, partner: String, project: String, now: Instant) -> AquaJob? {
        order.reversed().lazy.filter { $0.scope == scope }.compactMap { jobs[$0] }
            .filter { $0.partner == partner && $0.project == project && $0.status(at: now) == .completed }
            .max { $0.endsAt < $1.endsAt }
    }

    /// The job and the batch whose result the file is, if they are of that scope.
    func file(_ id: String, in scope: JobScope) -> (job: AquaJob, batch: Int)? {
        guard let place = files[id], place.job.scope == scope, let job = jobs[place.job] else { return nil }
        return (job, place.batch)
    }

    /// Reports status changes of jobs since the last time: by the clock, or by a call.
    mutating func observe(now: Instant, tell: JobObserver) {
        for key in order { observe(key, now: now, tell: tell) }
    }

    /// The same for one job.
    mutating func observe(_ key: JobKey, now: Instant, tell: JobObserver) {
        guard let job = jobs[key] else { return }
        let status = job.status(at: now)
        guard status != job.toldStatus else { return }
        var from = job.toldStatus
        let ran = job.startsAt < job.clearsAt && job.startsAt <= now
        if from == .submitted, status != .executing, status != .error, ran {
            tell(key, from.rawValue, AquaJob.Status.executing.rawValue, job.startsAt)
            from = .executing
        }
        tell(key, from.rawValue, status.rawValue, status == .executing ? job.startsAt : job.clearsAt)
        jobs[key]?.toldStatus = status
    }
}
