import Wire

extension SandboxZuora {
    /// `POST /_sandbox/jobs`: a job in any state.
    mutating func createJob(_ request: SandboxRequest, now: Instant) throws(ControlError) -> SandboxReply {
        var fields = try ControlFields(request)
        let scope = try scope(&fields)
        var timing = JobTiming(settings)
        for word in ["submitted", "executing", "end", "records", "segments"] {
            guard let value = fields.take(word) else { continue }
            guard timing.set(word, value.string ?? value.number?.text ?? "") else {
                throw ControlError("\(word) is not valid; see docs/sandbox.md")
            }
        }
        let status: AquaJob.Status = try fields.take("status") ?? .submitted
        let age: Duration = try fields.take("age") ?? .zero
        var job = AquaJob(
            id: try fields.take("id") ?? random.hex(32), name: try fields.take("name") ?? "", batches: [], timing: timing,
            submittedAt: now - age, startsAt: now - age + timing.submittedFor)
        job.partner = try fields.take("partner") ?? ""
        job.project = try fields.take("project") ?? ""
        job.format = (try fields.take("format", as: String.self) ?? "csv").uppercased()
        job.refusal = try fields.take("refusal")
        guard !job.id.isEmpty, !job.id.contains("/") else { throw ControlError("id must be a path segment") }
        let count: Int = try fields.take("batches") ?? 1
        guard (1...50).contains(count) else { throw ControlError("batches must be from 1 to 50") }
        try fields.finish()
        for number in 1...count {
            let files = (0..<max(1, timing.segments)).map { _ in random.hex(32) }
            job.batches.append(
                AquaJob.Batch(id: random.hex(32), name: "query\(number)", query: "select Id from Account", fileIDs: files))
        }
        job.enter(status, now: now)
        aqua.add(job, in: scope, now: now, holdsSlot: false)
        let key = JobKey(scope: scope, id: job.id)
        return .json(201, describe(key, aqua[key] ?? job, now: now))
    }

    /// The scope that a control call names: a tenant, and an entity by name or id if it has several.
    private func scope(_ fields: inout ControlFields) throws(ControlError) -> JobScope {
        let name: String = try fields.take("tenant") ?? "acme"
        guard let tenant = tenants[name] else { throw ControlError("no tenant \"\(name)\"") }
        if let entity: String = try fields.take("entity") {
            guard let id = tenant.entities[entity] ?? tenant.entity(entity, acceptsHex: true) else {
                throw ControlError("tenant \(name) has no entity \"\(entity)\"")
            }
            return JobScope(tenant: name, entity: id)
        }
        guard tenant.entities.count == 1, let only = tenant.entities.values.first else {
            throw ControlError("entity is missing: tenant \(name) has several")
        }
        return JobScope(tenant: name, entity: only)
    }

    /// `GET /_sandbox/jobs`: every job and data query, with its times.
    func listJobs(_ request: SandboxRequest, now: Instant) -> SandboxReply {
        let tenant = request.queryValue("tenant")
        let id = request.queryValue("id")
        func isWanted(_ key: JobKey) -> Bool { (tenant == nil || key.scope.tenant == tenant) && (id == nil || key.id == id) }
        let jobs = aqua.all.filter { isWanted($0.key) }.map { describe($0.key, $0.job, now: now) }
        let queries = dataQueries.all.filter { isWanted($0.key) }.map { describe($0.key, $0.job, now: now) }
        return .json(200, ["jobs": .array(jobs + queries)])
    }

    private func describe(_ key: JobKey, _ job: DataQueryJob, now: Instant) -> JSONValue {
        func at(_ instant: Instant) -> JSONValue { .int((instant - origin).wholeMilliseconds) }
        return .object(of: [
            "kind": "data-query", "id": .string(key.id), "tenant": .string(key.scope.tenant),
            "entity": .string(key.scope.entity), "status": .string(job.status(at: now).rawValue),
            "submitted_ms": at(job.createdAt), "starts_ms": at(job.startsAt), "ends_ms": at(job.endsAt),
            "cancelled_ms": job.cancelledAt.map(at),
        ])
    }

    private func describe(_ key: JobKey, _ job: AquaJob, now: Instant) -> JSONValue {
        func at(_ instant: Instant) -> JSONValue { .int((instant - origin).wholeMilliseconds) }
        return .object(of: [
            "kind": "aqua", "id": .string(key.id), "tenant": .string(key.scope.tenant), "entity": .string(key.scope.entity),
            "status": .string(job.status(at: now).rawValue), "submitted_ms": at(job.submittedAt), "starts_ms": at(job.startsAt),
            "ends_ms": at(job.endsAt), "cancelled_ms": job.cancelledAt.map(at),
            "files": .array(job.batches.flatMap(\.fileIDs).map(JSONValue.string)),
        ])
    }
}

extension SandboxZuora {
    /// Records the status of this call's job in the book.
    mutating func observeJobs(_ call: SandboxCall) {
        guard settings.bookLimit > 0 else { return }
        var changes: [JobChange] = []
        let (origin, number) = (origin, call.number)
        let tell: JobObserver = { key, from, to, at in
            // Both APIs call it so.
            let isCancel = to == AquaJob.Status.cancelled.rawValue
            changes.append(JobChange(at: at - origin, job: key, from: from, to: to, call: isCancel ? number : nil))
        }
        switch SandboxRoute(call.request.segments) {
        case .aquaJob(let id): aqua.observe(JobKey(scope: call.scope, id: id), now: call.now, tell: tell)
        case .dataQuery(let id): dataQueries.observe(JobKey(scope: call.scope, id: id), now: call.now, tell: tell)
        default: return
        }
        for change in changes { book.add(change, limit: settings.bookLimit) }
    }

    /// Records the status of all jobs in the book.
    mutating func observeAllJobs(now: Instant) {
        var changes: [JobChange] = []
        let origin = origin
        let tell: JobObserver = { key, from, to, at in
            changes.append(JobChange(at: at - origin, job: key, from: from, to: to))
        }
        aqua.observe(now: now, tell: tell)
        dataQueries.observe(now: now, tell: tell)
        for change in changes { book.add(change, limit: settings.bookLimit) }
    }
}

extension AquaJob.Status: SettingValue {}

extension AquaJob {
    /// Shifts the job's timing so that it is in this status now.
    fileprivate mutating func enter(_ status: Status, now: Instant) {
        switch status {
        case .submitted: break
        case .executing:
            // A tenth of its work done.
            startsAt = now - timing.executingFor / 10
        case .completed, .aborted, .error:
            timing.end = status
            startsAt = now - timing.executingFor
        case .cancelled: cancelledAt = now
        }
        if status != .submitted { submittedAt = min(submittedAt, startsAt, now) }
        toldStatus = self.status(at: now)
    }
}
