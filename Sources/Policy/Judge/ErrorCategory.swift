/// The last two digits of Zuora's eight-digit codes, and the whole of its two-digit ones.
/// Source: https://developer.zuora.com/docs/guides/error-codes.
public enum ErrorCategory: Int, Hashable, Sendable, CaseIterable {
    case permission = 10
    case authentication = 11
    case invalidValue = 20
    case unknownField = 21
    case missingField = 22
    case missingParameter = 23
    case badQuery = 27
    case businessRule = 30
    case notFound = 40
    case methodNotSupported = 45
    case lockContention = 50
    case internalError = 60
    case temporaryError = 61
    case limitExceeded = 70
    case malformed = 90
    case integration = 99

    /// Whether Zuora says that the same request may succeed later.
    public var isRetryable: Bool {
        switch self {
        case .lockContention, .temporaryError, .limitExceeded, .integration: true
        default: false
        }
    }

    /// What a cancel that failed for this reason came to.
    var outcome: CancelOutcome {
        switch self {
        case .permission, .authentication: .notPermitted
        case .notFound: .unknownJob
        case .internalError, .temporaryError, .integration: .unknown
        case .invalidValue, .unknownField, .missingField, .missingParameter, .badQuery, .businessRule, .methodNotSupported,
            .lockContention, .limitExceeded, .malformed:
            .rejected
        }
    }

    /// The 4xx that says the same, for a rejection that came inside a 200.
    var rejectionStatus: Int {
        switch self {
        case .businessRule, .lockContention: 409
        case .methodNotSupported: 405
        case .limitExceeded: 429
        default: 400
        }
    }
}
