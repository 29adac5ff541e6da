public import Policy
import Wire

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

/// The first digit of a status code (RFC 9110 section 15); `none` when the caller got no status.
enum StatusClass: Int, CaseIterable {
    case none, informational, success, redirection, clientError, serverError

    static let count = 6

    init(_ status: Int) { self = (100...599).contains(status) ? StatusClass(rawValue: status / 100) ?? .none : .none }

    var label: StaticString {
        switch self {
        case .none: "none"
        case .informational: "1xx"
        case .success: "2xx"
        case .redirection: "3xx"
        case .clientError: "4xx"
        case .serverError: "5xx"
        }
    }
}

/// What the gateway did about the gzip coding of a body.
public enum GzipAction: Int, Hashable, Sendable, CaseIterable {
    /// The body was not coded, and was left so.
    case none
    /// It was coded, and was left so.
    case passed
    case inflated
    case deflated

    init(_ body: CodingPlan.Body, coding: ContentCoding) {
        self =
            switch body {
            case .inflate: .inflated
            case .deflate: .deflated
            case .asIs: coding == .gzip ? .passed : .none
            }
    }

    static let count = 4

    var name: StaticString {
        switch self {
        case .none: "none"
        case .passed: "passed"
        case .inflated: "inflated"
        case .deflated: "deflated"
        }
    }
}
