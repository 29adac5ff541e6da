import Wire

extension SandboxZuora {
    /// `POST /v1/batch-query`.
    mutating func submit(_ call: inout SandboxCall) -> SandboxReply {
        let json: JSONValue
        switch Self.json(call.request) {
        case .failure(let refusal): return refusal.reply
        case .success(let value): json = value
        }
        do {
            let submission = try AquaSubmission(json)
            let job = try makeJob(submission, call)
            aqua.add(job, in: call.scope, now: call.now, holdsSlot: true)
            call.did = "submitted job \(job.id)"
            return .json(200, job.json(at: call.now, forSubmit: true))
        } catch {
            return .json(
                200,
                ["id": .null, "status": "error", "errorCode": .string(String(error.code)), "message": .string(error.message)])
        }
    }

    private mutating func makeJob(
        _ submission: AquaSubmission, _ call: SandboxCall
    ) throws(AquaSubmission.Refusal) -> AquaJob {
        var timing = JobTiming(settings)
        timing.read(name: submission.name)
        var job = AquaJob(
            id: random.hex(32), name: submission.name, batches: [], timing: timing, submittedAt: call.now,
            startsAt: call.now + timing.submittedFor)
        job.format = submission.format
        job.version = submission.version
        job.encrypted = submission.encrypted
        job.sourceData = submission.sourceData
        job.partner = submission.partner
        job.project = submission.project
        let live = aqua.live(tenant: call.scope.tenant, stateful: job.isStateful, now: call.now)
        guard live < AquaJobs.concurrencyLimit else {
            throw AquaSubmission.Refusal(
                90028, "The number of concurrent jobs exceeds the limit of \(AquaJobs.concurrencyLimit).")
        }
        for query in submission.queries {
            let files = (0..<max(1, timing.segments)).map { _ in random.hex(32) }
            job.batches.append(
                AquaJob.Batch(id: random.hex(32), name: query.name, query: query.text, type: query.type, fileIDs: files))
        }
        return job
    }

    /// `GET /v1/batch-query/jobs/{id}`.
    mutating func job(_ id: String, _ call: inout SandboxCall) -> SandboxReply {
        switch find(id, call) {
        case .found(_, let job):
            call.did = "showed job \(id): \(job.status(at: call.now).rawValue)"
            return .json(200, job.json(at: call.now))
        case .missing: return ZuoraError.errorCode(90002, "Invalid Job Id.")
        }
    }

    /// `GET /v1/batch-query/jobs/partner/{partner}/project/{project}`.
    func lastJob(partner: String, project: String, _ call: SandboxCall) -> SandboxReply {
        let last = aqua.last(in: call.scope, partner: partner, project: project, now: call.now)
        return last.map { .json(200, $0.json(at: call.now)) } ?? ZuoraError.errorCode(90002, "Invalid Job Id.")
    }

    /// `DELETE /v1/batch-query/jobs/{id}`.
    mutating func cancelJob(_ id: String, _ call: inout SandboxCall) -> SandboxReply {
        switch find(id, call) {
        case .missing(let shape):
            call.did = "refused to cancel \(id): unknown"
            return (shape ?? settings.cancelUnknown)
                .reply(job: nil, code: 90002, path: call.request.path, processID: call.processID)
        case .found(let key, let job):
            let status = job.status(at: call.now)
            guard status.isFinal else {
                observeJobs(call)
                aqua.cancel(key, now: call.now)
                call.did = "cancelled job \(id)"
                return .json(200, (aqua[key] ?? job).json(at: call.now))
            }
            call.did = "refused to cancel \(id): \(status.rawValue)"
            let shape = job.refusal ?? (status == .cancelled ? settings.cancelCancelled : settings.cancelFinished)
            return shape.reply(job: job.json(at: call.now), code: 90003, path: call.request.path, processID: call.processID)
        }
    }

    private enum Found {
        case found(JobKey, AquaJob)
        case missing(RefusalShape?)
    }

    /// The job of that id in the call's scope; a well-known one is created when it is first requested.
    private mutating func find(_ id: String, _ call: SandboxCall) -> Found {
        let key = JobKey(scope: call.scope, id: id)
        if let job = aqua[key] { return .found(key, job) }
        switch WellKnownJob(id: id, settings: settings, now: call.now) {
        case .job(let job):
            aqua.add(job, in: call.scope, now: call.now, holdsSlot: false)
            return .found(key, job)
        case .missing(let shape): return .missing(shape)
        case nil: return .missing(nil)
        }
    }
}
