/// The meaning of an error code in the response to a failed cancel.
struct ErrorMeaning: Hashable {
    var outcome: CancelOutcome
    var category: ErrorCategory?
    /// Whether the same request may succeed later.
    var isRetryable = false
    var verification = UpstreamVerdict.Verification.no

    /// Parses a code of any of Zuora's families; nil for other codes.
    init?(code: Int) {
        switch code {
        case 90_001...90_029: self = Self.aqua(code)
        // Exact codes of the eight-digit family take precedence over its categories.
        case 90_000_020: self.init(outcome: .wrongEntity)
        case 10_000_000...99_999_999, 10...99:
            guard let category = ErrorCategory(rawValue: code % 100) else { return nil }
            self.init(category: category)
        default: return nil
        }
    }

    init(category: ErrorCategory) {
        self.init(
            outcome: category.outcome, category: category, isRetryable: category.isRetryable,
            verification: category.isClear ? .no : .always)
    }

    init(
        outcome: CancelOutcome, category: ErrorCategory? = nil, isRetryable: Bool = false,
        verification: UpstreamVerdict.Verification = .no
    ) {
        self.outcome = outcome
        self.category = category
        self.isRetryable = isRetryable
        self.verification = verification
    }

    /// Bad job id for cancellation: finished, already cancelled, or unknown. Only its status tells.
    static let badJobForCancel = 90_003

    /// AQuA's five-digit codes, whose last two digits are not a category.
    /// Source: https://docs.zuora.com, "AQuA API error codes".
    private static func aqua(_ code: Int) -> ErrorMeaning {
        switch code {
        // Bad job id. After a retry the first attempt may also have succeeded.
        case 90_002: ErrorMeaning(outcome: .unknownJob, verification: .ifRepeated)
        case badJobForCancel: ErrorMeaning(outcome: .alreadyFinished, verification: .always)
        // Not authorised; no permission to the objects.
        case 90_009, 90_018: ErrorMeaning(outcome: .notPermitted)
        // Storage, execution, database, internal.
        case 90_006, 90_007, 90_008, 90_010: ErrorMeaning(outcome: .unknown, verification: .always)
        // Internal, "try again".
        case 90_022: ErrorMeaning(outcome: .unknown, isRetryable: true)
        // Too many jobs at once.
        case 90_028: ErrorMeaning(outcome: .rejected, category: .limitExceeded)
        default: ErrorMeaning(outcome: .rejected)
        }
    }
}

/// Failures with a word where other responses have a number.
extension ErrorMeaning {
    init?(word: String) {
        switch word {
        case "REQUEST_EXCEEDED_LIMIT", "REQUEST_EXCEEDED_RATE": self.init(category: .limitExceeded)
        case "LOCK_COMPETITION": self.init(category: .lockContention)
        case "TEMPORARY_ERROR", "TRY_AGAIN": self.init(category: .temporaryError)
        case "SystemError", "INTERNAL_ERROR", "UNKNOWN_ERROR": self.init(category: .internalError)
        // Data queries: the query engine was temporarily unreachable.
        case "LINK_10000005": self.init(category: .temporaryError)
        default: return nil
        }
    }

    /// Failures recognised by their text, which takes precedence over the code: lock competition is reported as an invalid value.
    init?(message: String) {
        if message.contains("lock competition") {
            self.init(category: .lockContention)
        } else if message == "request exceeded limit" {
            self.init(category: .limitExceeded)
        } else {
            return nil
        }
    }
}

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

    /// Whether it tells the outcome of a cancel. A job may not be found, or be against a rule, because it has ended in some way: only its
    /// status tells.
    fileprivate var isClear: Bool { self != .internalError && self != .businessRule && self != .notFound }

    /// The outcome of a cancel that failed for this reason.
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

    /// The corresponding 4xx, for a rejection inside a 200.
    var rejectionStatus: Int {
        switch self {
        case .businessRule, .notFound, .lockContention: 409
        case .methodNotSupported: 405
        case .limitExceeded: 429
        default: 400
        }
    }
}
