/// What to do after an attempt.
public enum RetryDecision: Hashable, Sendable {
    /// The attempt's result is the result.
    case giveUp(GiveUpReason)
    case retry(after: Duration, freshConnection: Bool)
    /// Get a new token, then send the same request again.
    case refreshToken
    /// Look at the job before anything else is sent: the cancel may have worked.
    case verify(after: Duration)

    public enum GiveUpReason: String, Hashable, Sendable, CaseIterable {
        /// Nothing to repeat: an answer that would be the same again, or a success.
        case final
        /// Repeating it could do harm.
        case notSafe = "not-safe"
        /// The request's body is gone.
        case notReplayable = "not-replayable"
        case attempts
        case budget
        /// The pause would outlast the deadline.
        case deadline
        /// The upstream asks for a longer wait than `max_wait`.
        case wait
        /// A fresh token was refused too.
        case credential
    }
}
