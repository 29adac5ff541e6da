/// Failures that are told by a word where other answers have a number.
extension ErrorMeaning {
    init?(word: String) {
        switch word {
        case "REQUEST_EXCEEDED_LIMIT", "REQUEST_EXCEEDED_RATE": self.init(category: .limitExceeded)
        case "LOCK_COMPETITION": self.init(category: .lockContention)
        case "TEMPORARY_ERROR", "TRY_AGAIN": self.init(category: .temporaryError)
        case "SystemError", "INTERNAL_ERROR", "UNKNOWN_ERROR": self.init(category: .internalError)
        // Data queries: the engine behind was not reachable for a moment.
        case "LINK_10000005": self.init(category: .temporaryError)
        default: return nil
        }
    }

    /// Failures known by their text, which comes before the code: lock competition is reported as an invalid value.
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
