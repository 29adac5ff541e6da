public import Wire

/// Decides what follows an attempt at a hub. The hub retries towards Zuora, verifies cancels and decides what the caller gets; here a
/// request is only sent again if an idle connection had been closed or the key has been rotated in the meantime.
public struct HubAttempts: Sendable {
    /// How long after the hub's deadline the attempt is abandoned here, so that the hub's own response, which says what happened,
    /// arrives first.
    public static let grace = Duration.milliseconds(500)

    private let isIdempotent: Bool
    private let isReplayable: Bool
    private let deadline: Deadline
    private let isCancel: Bool
    private var wasRepeated = false
    private var keyWasReplaced = false

    /// - Parameter isReplayable: whether the request can be sent again: it has no body, or all of it was kept.
    public init(deadline: Deadline, isIdempotent: Bool, isReplayable: Bool, isCancel: Bool) {
        self.deadline = deadline
        self.isIdempotent = isIdempotent
        self.isReplayable = isReplayable
        self.isCancel = isCancel
    }

    /// After an attempt without a response.
    /// - Returns: nil to send the request again, at once, on a new connection.
    public mutating func failed(_ failure: AttemptFailure, now: Instant) -> ExchangeProblem? {
        if failure.isIdleConnectionRace, !wasRepeated, isReplayable, isIdempotent || !failure.requestSent,
            !deadline.hasPassed(at: now)
        {
            wasRepeated = true
            return nil
        }
        return .hubFailed(failure, deadline: deadline, isCancel: isCancel)
    }

    /// The hub does not know this gateway.
    /// - Parameter hasOtherKey: whether there is a newer key than the one that was sent.
    /// - Returns: nil to send the request again, with the newer key.
    public mutating func refused(hasOtherKey: Bool, now: Instant) -> ExchangeProblem? {
        if hasOtherKey, !keyWasReplaced, isReplayable, !deadline.hasPassed(at: now) {
            keyWasReplaced = true
            return nil
        }
        return .hubRefused(isCancel: isCancel)
    }
}

extension ExchangeProblem {
    /// The hub is down, or its response was lost.
    public static func hubFailed(_ failure: AttemptFailure, deadline: Deadline, isCancel: Bool) -> ExchangeProblem {
        let mayHaveReached = failure.requestSent
        let isOfThisGateway = failure.cause == .resources || failure.cause == .stopped
        if isOfThisGateway || failure.cause.limit != nil && failure.cause != .connectTimeout {
            return attemptFailed(failure, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: isCancel)
        }
        guard mayHaveReached else {
            return ExchangeProblem(
                503, type: "hub-unavailable", title: "The hub is unavailable",
                detail: "The gateway that this one forwards to cannot be reached. \(reach(false))",
                proxyError: failure.cause.proxyError, mayHaveReached: false, outcome: isCancel ? .unknown : nil,
                retryAfter: .seconds(2))
        }
        return ExchangeProblem(
            502, type: "hub-response-broken", title: "The hub's response was truncated or malformed", detail: reach(true),
            proxyError: failure.cause.proxyError, mayHaveReached: true, outcome: isCancel ? .unknown : nil)
    }

    /// The request has passed `RequestHead.gatewayLimit` gateways.
    public static func hubLoop(isCancel: Bool) -> ExchangeProblem {
        ExchangeProblem(
            502, type: "hub-loop", title: "The request has passed too many gateways",
            detail:
                "It came through \(RequestHead.gatewayLimit) others already: the hub of one of them leads back to it. \(reach(false))",
            proxyError: "proxy_loop_detected", mayHaveReached: false, outcome: isCancel ? .unknown : nil)
    }

    /// The hub does not accept this gateway's key or certificate.
    static func hubRefused(isCancel: Bool) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "hub-refused", title: "The hub does not know this gateway",
            detail: "The hub has no caller with this gateway's key or client certificate. \(reach(false))",
            proxyError: "http_request_denied", mayHaveReached: false, outcome: isCancel ? .unknown : nil,
            retryAfter: .seconds(5))
    }

    /// The key for the hub cannot be read.
    public static func hubKeyMissing(isCancel: Bool) -> ExchangeProblem {
        ExchangeProblem(
            503, type: "hub-key-missing", title: "This gateway has no key for the hub",
            detail: "The file or environment variable of gateway_key is missing or unreadable. \(reach(false))",
            proxyError: "proxy_internal_error", mayHaveReached: false, outcome: isCancel ? .unknown : nil,
            retryAfter: .seconds(5))
    }
}
