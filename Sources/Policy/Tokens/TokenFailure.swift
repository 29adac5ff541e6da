/// Why no bearer token can be had. Holds nothing that came from a secret, a token or an answer's text, so that it can be logged and
/// shown to callers as it is.
public struct TokenFailure: Error, Hashable, Sendable {
    public var cause: Cause
    /// The status of the token endpoint's answer, if there was one.
    public var status: Int?
    /// How long the token endpoint asked to be left alone.
    public var retryAfter: Duration?
    /// Why no whole answer came, in the words of the library that made the call.
    public var reason: String?

    public init(_ cause: Cause, status: Int? = nil, retryAfter: Duration? = nil, reason: String? = nil) {
        self.cause = cause
        self.status = status
        self.retryAfter = retryAfter
        self.reason = reason
    }

    public enum Cause: Hashable, Sendable {
        /// The token endpoint does not know the client id; most often it is that of another data centre.
        case unknownClient
        /// The client id and secret do not go together, or belong to another data centre.
        case wrongSecret
        /// The user that owns the OAuth client is deactivated.
        case userDeactivated
        /// Something in front of the token endpoint turned the call away with a page of its own (403 that is not JSON).
        case blocked
        case rateLimited
        /// 5xx, 408 or 425.
        case unavailable
        /// Any other 4xx: the request was not understood.
        case refused
        /// 3xx. Redirects are never followed: they would carry the secret to another place.
        case redirected
        case malformedAnswer(Malformation)
        /// No whole answer came.
        case unreachable(AttemptFailure.Cause)
        /// The call was not reported as ended within its limit.
        case timedOut
        /// There is no secret to ask with.
        case noSecret(SecretProblem)
        /// The API keeps rejecting fresh tokens, so that for the moment no further one is fetched.
        case rejected
        /// The token endpoint gave the very token again that the API rejects.
        case sameTokenAgain
        /// The queue of callers waiting for the call under way is full.
        case tooManyWaiting
    }

    /// What is wrong with a token answer of status 200.
    public enum Malformation: String, Error, Sendable, CaseIterable {
        case empty, html, tooLarge, notJSON, notAnObject, duplicateMember, unexpectedStatus
        case noToken, badToken, badLifetime, badTokenType
        /// Its life was over when it came.
        case expiredOnArrival
    }

    /// Whether it may pass by itself. If not, somebody has to mend the configuration or the tenant; the gateway keeps trying, but
    /// seldom.
    public var isRetryable: Bool {
        switch cause {
        case .unknownClient, .wrongSecret, .userDeactivated, .refused, .redirected, .noSecret: false
        case .unreachable(.certificate): false
        default: true
        }
    }

    /// Whether another secret might help: a reason to look whether the file has changed.
    public var blamesSecret: Bool {
        switch cause {
        case .unknownClient, .wrongSecret, .rejected, .noSecret: true
        default: false
        }
    }

    /// Whether the client is most likely one of another data centre: the commonest mistake.
    public var suspectsDataCentre: Bool { cause == .unknownClient }

    /// The error type for `Proxy-Status` (RFC 9209 section 2.3).
    public var proxyStatusError: String {
        switch cause {
        case .unreachable(let fault): fault.proxyError
        case .timedOut: AttemptFailure.Cause.totalTimeout.proxyError
        case .unavailable, .rateLimited, .blocked: "destination_unavailable"
        case .malformedAnswer, .redirected, .sameTokenAgain: AttemptFailure.Cause.protocolError.proxyError
        case .unknownClient, .wrongSecret, .userDeactivated, .refused, .noSecret, .rejected: "proxy_configuration_error"
        case .tooManyWaiting: "connection_limit_reached"
        }
    }
}
