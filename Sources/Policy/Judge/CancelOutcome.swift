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
