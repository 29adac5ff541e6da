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
