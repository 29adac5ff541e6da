/// What a code in a failed cancel's answer means to the gateway.
struct ErrorMeaning: Hashable {
    var outcome: CancelOutcome
    var category: ErrorCategory?
    /// Whether the same request may succeed later.
    var isRetryable = false
    var verification = UpstreamVerdict.Verification.no

    /// Reads a code in any of the families that Zuora uses; nil for a code of none of them.
    init?(code: Int) {
        switch code {
        case 90_001...90_029: self = Self.aqua(code)
        // Exact codes of the eight-digit family come before its categories.
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
            // A business rule may be that the job has ended, one way or another: only the job itself can tell.
            verification: category == .internalError || category == .businessRule ? .always : .no)
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

    /// AQuA's own five-digit codes, whose last two digits are no category.
    /// Source: https://docs.zuora.com, "AQuA API error codes".
    private static func aqua(_ code: Int) -> ErrorMeaning {
        switch code {
        // Bad job id. After a repeat it could also be that the first one did its work.
        case 90_002: ErrorMeaning(outcome: .unknownJob, verification: .ifRepeated)
        // Bad job id for cancellation: finished, cancelled before, or not there at all. Only the job itself can tell.
        case 90_003: ErrorMeaning(outcome: .alreadyFinished, verification: .always)
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
