/// What happened to an exchange.
public enum ExchangeEvent: Hashable, Sendable {
    /// Admitted, with a token: the first event.
    case started
    /// The request or the look at the job that was under way was answered.
    case answered(AttemptAnswer)
    /// It came to no answer.
    case failed(AttemptFailure)
    case pauseEnded
    case tokenReady
    /// No fresh token can be had.
    case tokenUnavailable(retryAfter: Duration?)
    /// No other token is to be had: it is a static one, or fresh ones keep being refused too.
    case tokenStands
    /// The deadline passed while nothing was under way upstream. A transfer that is cut short at the deadline is a `failed` with the
    /// cause `totalTimeout`.
    case deadlinePassed
    /// The gateway stops while nothing is under way upstream: nothing is begun any more but a verification that is owed.
    case stopping
}

/// What is to be done for an exchange. `relay` and `fail` end it; exactly one of them comes.
public enum ExchangeAction: Hashable, Sendable {
    /// Nothing: the event came too late to matter.
    case none
    /// Send the request, and report `answered` or `failed`.
    case send(freshConnection: Bool)
    /// `GET` the job that was to be cancelled, and report `answered` or `failed`. The last answer to the cancel itself must be kept
    /// until the exchange ends.
    case verify(freshConnection: Bool)
    /// Report `pauseEnded` after this time.
    case pause(Duration)
    /// Get a token other than the one used last, and report `tokenReady` or `tokenUnavailable`.
    case refreshToken
    case relay(RelayedAnswer)
    case fail(ExchangeProblem)

    public var isFinal: Bool {
        switch self {
        case .relay, .fail: true
        default: false
        }
    }
}

/// An upstream answer that goes to the caller.
public struct RelayedAnswer: Hashable, Sendable {
    public var source: Source
    /// `Gateway-Outcome`; nil on routes that cancel nothing.
    public var outcome: CancelOutcome?
    /// The status in place of the upstream's; nil keeps it.
    public var status: Int?

    public init(_ source: Source, outcome: CancelOutcome? = nil, status: Int? = nil) {
        self.source = source
        self.outcome = outcome
        self.status = status
    }

    public enum Source: Hashable, Sendable {
        /// The last answer to the request.
        case attempt
        /// The last answer to the look at the job.
        case verification
    }
}
