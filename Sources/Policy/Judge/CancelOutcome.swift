import Wire

/// What became of the job that a caller wanted cancelled: the value of `Gateway-Outcome`.
public enum CancelOutcome: String, Hashable, Sendable, CaseIterable {
    /// This request cancelled it. Also when an attempt had no clear answer and the job was then found cancelled: whether that attempt
    /// or somebody else did it cannot be told, and the caller has what it wanted.
    case cancelled
    /// It had been cancelled before.
    case alreadyCancelled = "already-cancelled"
    /// It had come to another end before: completed, aborted or failed.
    case alreadyFinished = "already-finished"
    case unknownJob = "unknown-job"
    /// The tenant's credential may not cancel it.
    case notPermitted = "not-permitted"
    case wrongEntity = "wrong-entity"
    /// Zuora would not do it, for another reason.
    case rejected
    /// What was heard does not tell.
    case unknown

    /// The status that says so, under `outcome_status = "strict"`.
    /// - Parameters:
    ///   - status: what Zuora answered; a rejection keeps it if it is a 4xx.
    ///   - category: what the answer's code means; it gives a rejection inside a 200 its status.
    public func strictStatus(upstream status: Int, category: ErrorCategory? = nil) -> Int {
        switch self {
        case .cancelled, .alreadyCancelled: 200
        case .alreadyFinished: 409
        case .unknownJob: 404
        case .notPermitted, .wrongEntity: 403
        case .rejected: (400...499).contains(status) && status != 401 ? status : category?.rejectionStatus ?? 400
        case .unknown: 502
        }
    }
}

/// What looking at the job (`GET /v1/batch-query/jobs/{id}`, `GET /query/jobs/{id}`) brought to light.
public enum JobFinding: Hashable, Sendable {
    case cancelled
    /// At another end: a cancel can do nothing any more.
    case finished(JobStatus)
    /// Not at an end: a cancel may still be on its way, or was never received.
    case running(JobStatus)
    case unknownJob
    /// The credential may not see the job, so that nothing can be learned this way.
    case hidden
    /// The token was not accepted.
    case tokenRejected
    /// No statement about the job; it may be worth asking again.
    case nothing

    /// - Parameters:
    ///   - status: the status of the answer to the GET.
    ///   - verdict: its body as `OutcomeReader` read it.
    public init(status: Int, verdict: UpstreamVerdict) {
        if OutcomeReader.isSuccess(status), let job = verdict.jobStatus {
            self = job == .cancelled ? .cancelled : job.isRunning ? .running(job) : .finished(job)
            return
        }
        if verdict.authentication == .tokenRejected {
            self = .tokenRejected
            return
        }
        if verdict.isRetryableCode || verdict.authentication == .backendTrouble || status >= 500 || status == 429 {
            self = .nothing
            return
        }
        switch verdict.outcome {
        // To a GET, "bad job id for cancellation" can only mean that there is none.
        case .unknownJob, .alreadyFinished: self = .unknownJob
        case .notPermitted, .wrongEntity: self = .hidden
        case .rejected: self = (400...499).contains(status) || verdict.isFailure ? .hidden : .nothing
        case .cancelled, .alreadyCancelled, .unknown: self = .nothing
        }
    }
}

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
