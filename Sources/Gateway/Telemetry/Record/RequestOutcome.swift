public import Policy
import Wire

/// The outcome of a request: who produced the response, and for a cancel the job's outcome.
public enum RequestOutcome: Int, Hashable, Sendable, CaseIterable {
    /// The upstream's response was relayed, with any status.
    case relayed
    /// Rejected by policy or as malformed: nothing was sent upstream.
    case denied
    /// Rejected for now: limits, breaker, drain.
    case refused
    /// The gateway responded because there was no usable upstream response.
    case failed
    /// The response had begun and could not be completed: the connection was closed.
    case cut
    /// The caller disconnected before the response was complete.
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

    /// As in log, metrics and status page; for a cancel, the value of `Gateway-Outcome`.
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

/// The first digit of a status code (RFC 9110 section 15); `none` if no status was sent.
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

/// How the gateway handled the gzip coding of a body.
public enum GzipAction: Int, Hashable, Sendable, CaseIterable {
    /// The body was not coded, and left unchanged.
    case none
    /// It was coded, and left unchanged.
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
