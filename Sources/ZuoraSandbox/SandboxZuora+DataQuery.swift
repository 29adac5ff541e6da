import Wire

extension SandboxZuora {
    /// `POST /query/jobs`.
    mutating func submitDataQuery(_ call: inout SandboxCall) -> SandboxReply {
        let type = call.request.fields.first("Content-Type") ?? ""
        guard type.lowercased().hasPrefix("application/json") else {
            return ZuoraError.code(415, 415, "HTTP 415 Unsupported Media Type")
        }
        let json: JSONValue
        switch Self.json(call.request) {
        case .failure(let refusal): return refusal.reply
        case .success(let value): json = value
        }
        guard let query = json["query"]?.string, query.lowercased().hasPrefix("select ") else {
            return ZuoraError.code(400, 50_000_020, "The query is missing or not a SELECT statement.")
        }
        let source = json["sourceData"]?.string ?? "LIVE"
        let live = dataQueries.live(tenant: call.scope.tenant, sourceData: source, now: call.now)
        guard live < DataQueryJobs.limit(sourceData: source) else {
            return ZuoraError.code(400, 50_000_070, "The number of running and queued queries exceeds the limit.")
        }
        var timing = JobTiming(settings)
        // A data query has no name; the words may be in a comment: `select 1 -- executing=2s`.
        timing.read(name: query)
        let job = DataQueryJob(
            id: random.uuid(), query: query, createdBy: call.client?.id ?? "", sourceData: source,
            usesIndexJoin: json["useIndexJoin"]?.bool ?? false, createdAt: call.now, timing: timing)
        dataQueries.set(job, for: JobKey(scope: call.scope, id: job.id))
        call.did = "submitted data query \(job.id)"
        return data(job, call)
    }

    /// `GET /query/jobs`, newest first; `queryStatus` and `pageSize` (1 to 100, 20) narrow it.
    func listDataQueries(_ call: SandboxCall) -> SandboxReply {
        let status = call.request.queryValue("queryStatus")
        let size = min(max(call.request.queryValue("pageSize").flatMap { Int($0) } ?? 20, 1), 100)
        let jobs = dataQueries.all(in: call.scope).filter { job in
            (status == nil || job.status(at: call.now).rawValue == status) && isVisible(job, call)
        }
        return .json(200, ["data": .array(jobs.prefix(size).map { describe($0, call) })])
    }

    /// `GET /query/jobs/{id}`.
    mutating func dataQuery(_ id: String, _ call: inout SandboxCall) -> SandboxReply {
        guard let job = findDataQuery(id, call) else { return missing(id) }
        guard isVisible(job, call) else { return ZuoraError.code(403, 50_000_010, "The job belongs to another user.") }
        call.did = "showed data query \(id): \(job.status(at: call.now).rawValue)"
        return data(job, call)
    }

    /// `DELETE /query/jobs/{id}`.
    mutating func cancelDataQuery(_ id: String, _ call: inout SandboxCall) -> SandboxReply {
        guard var job = findDataQuery(id, call) else {
            call.did = "refused to cancel \(id): unknown"
            return missing(id)
        }
        guard isVisible(job, call) else { return ZuoraError.code(403, 50_000_010, "The job belongs to another user.") }
        let status = job.status(at: call.now)
        guard !status.isFinal else {
            call.did = "refused to cancel \(id): \(status.rawValue)"
            return ZuoraError.code(400, 50_000_030, "The job cannot be cancelled: its status is \(status.rawValue).")
        }
        observeJobs(call)
        job.toldStatus = status
        job.cancelledAt = call.now
        dataQueries.set(job, for: JobKey(scope: call.scope, id: id))
        call.did = "cancelled data query \(id)"
        return data(job, call)
    }

    /// The job of that id; a well-known one, as with AQuA, is created when it is first requested.
    private mutating func findDataQuery(_ id: String, _ call: SandboxCall) -> DataQueryJob? {
        let key = JobKey(scope: call.scope, id: id)
        if let job = dataQueries[key] { return job }
        guard case .job(let model) = WellKnownJob(id: id, settings: settings, now: call.now) else { return nil }
        var job = DataQueryJob(
            id: id, query: "select id from account", createdBy: call.client?.id ?? "", sourceData: "WELL-KNOWN",
            usesIndexJoin: false, createdAt: model.submittedAt, timing: model.timing, cancelledAt: model.cancelledAt)
        job.toldStatus = job.status(at: call.now)
        dataQueries.set(job, for: key)
        return job
    }

    private func isVisible(_ job: DataQueryJob, _ call: SandboxCall) -> Bool {
        call.client?.administrator == true || job.createdBy == call.client?.id
    }

    private func missing(_ id: String) -> SandboxReply {
        ZuoraError.code(404, 50_000_040, "Cannot find entity by key: '\(id)'.")
    }

    private func data(_ job: DataQueryJob, _ call: SandboxCall) -> SandboxReply { .json(200, ["data": describe(job, call)]) }

    private func describe(_ job: DataQueryJob, _ call: SandboxCall) -> JSONValue {
        job.json(at: call.now, host: call.request.fields.first("Host") ?? "127.0.0.1", wall: wall)
    }
}
