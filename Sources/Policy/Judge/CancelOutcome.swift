import Wire

/// The outcome of a cancel: the value of `Gateway-Outcome`.
public enum CancelOutcome: String, Hashable, Sendable, CaseIterable {
    /// This request cancelled it. Also if an attempt had no clear response and the job was then found cancelled: whether that attempt
    /// or another client did it is unknown, and the job is cancelled as requested.
    case cancelled
    /// It was already cancelled.
    case alreadyCancelled = "already-cancelled"
    /// It had already ended in another way: completed, aborted or failed.
    case alreadyFinished = "already-finished"
    case unknownJob = "unknown-job"
    /// The tenant's credential may not cancel it.
    case notPermitted = "not-permitted"
    case wrongEntity = "wrong-entity"
    /// Zuora refused for another reason.
    case rejected
    /// The responses do not tell.
    case unknown

    /// The corresponding status with `outcome_status = "strict"`.
    /// - Parameters:
    ///   - status: Zuora's status; a rejection keeps it if it is a 4xx, but not 401 and 404, which stand for something else.
    ///   - category: the meaning of the response's code, which determines the status of a rejection inside a 200.
    public func strictStatus(upstream status: Int, category: ErrorCategory? = nil) -> Int {
        switch self {
        case .cancelled, .alreadyCancelled: 200
        case .alreadyFinished: 409
        case .unknownJob: 404
        case .notPermitted, .wrongEntity: 403
        case .rejected:
            switch status {
            case 404: 409
            case 400...499 where status != 401: status
            default: category?.rejectionStatus ?? 400
            }
        case .unknown: 502
        }
    }
}

/// The result of verifying a job (`GET /v1/batch-query/jobs/{id}`, `GET /query/jobs/{id}`).
public enum JobFinding: Hashable, Sendable {
    case cancelled
    /// Ended in another way: a cancel has no effect anymore.
    case finished(JobStatus)
    /// Not ended: a cancel may still be in progress, or was never received.
    case running(JobStatus)
    case unknownJob
    /// The credential may not read the job, so it cannot be verified.
    case hidden
    /// The token was not accepted.
    case tokenRejected
    /// No information about the job; a retry may help.
    case nothing

    /// - Parameters:
    ///   - status: the status of the response to the GET.
    ///   - verdict: its body as read by `OutcomeReader`.
    public init(status: Int, verdict: UpstreamVerdict) {
        if OutcomeReader.isSuccess(status), let job = verdict.jobStatus {
            self = job == .cancelled ? .cancelled : job.isRunning ? .running(job) : .finished(job)
            return
        }
        if verdict.authentication == .tokenRejected {
            self = .tokenRejected
            return
        }
        if verdict.outcome == .wrongEntity {
            self = .hidden
            return
        }
        if verdict.isRetryableCode || verdict.authentication == .backendTrouble || status >= 500 || status == 429 {
            self = .nothing
            return
        }
        switch verdict.outcome {
        // To a GET, "bad job id for cancellation" can only mean that the job does not exist.
        case .unknownJob, .alreadyFinished: self = .unknownJob
        case .notPermitted, .wrongEntity: self = .hidden
        case .rejected: self = (400...499).contains(status) || verdict.isFailure ? .hidden : .nothing
        case .cancelled, .alreadyCancelled, .unknown: self = .nothing
        }
    }
}

/// The state of a job: the states of AQuA jobs (`status`) and of data-query jobs (`queryStatus`) together.
/// Source: https://developer.zuora.com/v1-api-reference/api/aggregate-queries, …/api/data-queries.
public enum JobStatus: String, Hashable, Sendable, CaseIterable {
    // Not ended.
    case submitted, pending, executing, accepted
    case inProgress = "in_progress"
    // Ended.
    case completed, error, aborted, failed, cancelled

    public var isRunning: Bool {
        switch self {
        case .submitted, .pending, .executing, .accepted, .inProgress: true
        case .completed, .error, .aborted, .failed, .cancelled: false
        }
    }

    /// - Returns: nil for an unknown word. `canceled` is accepted too, since it has been observed.
    init?(_ slice: JSONSlice, in scanner: borrowing JSONScanner) {
        // An escaped character has up to six bytes.
        guard slice.range.count <= (slice.hasEscapes ? 96 : 16) else { return nil }
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
