public import Policy

/// What a request came to: who decided its answer, and for a cancel what became of the job.
public enum RequestOutcome: Int, Hashable, Sendable, CaseIterable {
    /// The upstream's answer went to the caller, whatever its status.
    case relayed
    /// Turned away by policy, or for how it was put: nothing went upstream.
    case denied
    /// Turned away for now: limits, breaker, drain.
    case refused
    /// The gateway answered because no usable answer could be had.
    case failed
    /// The answer had begun and could not be completed: the connection was broken off.
    case cut
    /// The caller left before the answer was complete.
    case abandoned
    // The values of `Gateway-Outcome`.
    case cancelled
    case alreadyCancelled
    case alreadyFinished
    case unknownJob
    case notPermitted
    case wrongEntity
    case rejected
    case unknown

    static let count = 14

    public init(_ outcome: CancelOutcome) {
        self =
            switch outcome {
            case .cancelled: .cancelled
            case .alreadyCancelled: .alreadyCancelled
            case .alreadyFinished: .alreadyFinished
            case .unknownJob: .unknownJob
            case .notPermitted: .notPermitted
            case .wrongEntity: .wrongEntity
            case .rejected: .rejected
            case .unknown: .unknown
            }
    }

    /// As log, metrics and status page have it; for a cancel, the value of `Gateway-Outcome`.
    public var name: StaticString {
        switch self {
        case .relayed: "relayed"
        case .denied: "denied"
        case .refused: "refused"
        case .failed: "failed"
        case .cut: "cut"
        case .abandoned: "abandoned"
        case .cancelled: "cancelled"
        case .alreadyCancelled: "already-cancelled"
        case .alreadyFinished: "already-finished"
        case .unknownJob: "unknown-job"
        case .notPermitted: "not-permitted"
        case .wrongEntity: "wrong-entity"
        case .rejected: "rejected"
        case .unknown: "unknown"
        }
    }
}
