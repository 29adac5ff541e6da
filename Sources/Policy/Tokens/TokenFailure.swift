/// Why no bearer token is available. Contains nothing derived from a secret, a token or a response's text, so that it can be logged and
/// shown to callers unchanged.
public struct TokenFailure: Error, Hashable, Sendable {
    public var cause: Cause
    /// The status of the token endpoint's response, if any.
    public var status: Int?
    /// The wait requested by the token endpoint.
    public var retryAfter: Duration?
    /// Why there was no complete response, in the words of the library that made the call.
    public var reason: String?
    /// The same as an error type of `Proxy-Status`, finer than that of the cause.
    private var reasonError: String?

    public init(
        _ cause: Cause, status: Int? = nil, retryAfter: Duration? = nil, reason: String? = nil, reasonError: String? = nil
    ) {
        self.cause = cause
        self.status = status
        self.retryAfter = retryAfter
        self.reason = reason
        self.reasonError = reasonError
    }

    public enum Cause: Hashable, Sendable {
        /// The token endpoint does not know the client id; most often it is that of another data centre.
        case unknownClient
        /// The client id and secret do not match, or belong to another data centre.
        case wrongSecret
        /// The user that owns the OAuth client is deactivated.
        case userDeactivated
        /// An intermediary in front of the token endpoint rejected the call with a page (403 that is not JSON).
        case blocked
        case rateLimited
        /// 5xx, 408 or 425.
        case unavailable
        /// Any other 4xx: the request was not understood.
        case refused
        /// 3xx. Redirects are never followed: they would carry the secret to another place.
        case redirected
        case malformedResponse(Malformation)
        /// There was no complete response.
        case unreachable(AttemptFailure.Cause)
        /// The call was not reported as ended within its limit.
        case timedOut
        /// There is no secret to request a token with.
        case noSecret(SecretProblem)
        /// The API keeps rejecting fresh tokens, so for the moment no further one is fetched.
        case rejected
        /// The token endpoint issued the same token again that the API rejects.
        case sameTokenAgain
        /// The queue of callers waiting for the pending call is full.
        case tooManyWaiting
    }

    /// The defect of a token response with status 200.
    public enum Malformation: String, Error, Sendable, CaseIterable {
        case empty, html, tooLarge, undecodable, notJSON, notAnObject, duplicateMember, unexpectedStatus
        case noToken, badToken, badLifetime, badTokenType
        /// It had expired on arrival.
        case expiredOnArrival
    }

    /// Whether it is transient. If not, the configuration or the tenant needs a fix; the gateway keeps retrying, but
    /// rarely.
    public var isRetryable: Bool {
        switch cause {
        case .unknownClient, .wrongSecret, .userDeactivated, .refused, .redirected, .noSecret: false
        case .unreachable(.certificate): false
        default: true
        }
    }

    /// Whether the token endpoint responded. If not, it may to another gateway.
    public var hasResponse: Bool {
        switch cause {
        case .unreachable, .timedOut, .noSecret, .tooManyWaiting: false
        default: true
        }
    }

    /// Whether another secret might help: a reason to check whether the file has changed.
    public var blamesSecret: Bool {
        switch cause {
        case .unknownClient, .wrongSecret, .rejected, .noSecret: true
        default: false
        }
    }

    /// Whether the client most likely belongs to another data centre, the most common mistake.
    public var suspectsDataCentre: Bool { cause == .unknownClient }

    /// The error type for `Proxy-Status` (RFC 9209 section 2.3).
    public var proxyStatusError: String {
        switch cause {
        case .unreachable(let fault): reasonError ?? fault.proxyError
        case .timedOut: AttemptFailure.Cause.totalTimeout.proxyError
        case .unavailable, .rateLimited, .blocked: "destination_unavailable"
        case .malformedResponse, .redirected, .sameTokenAgain: AttemptFailure.Cause.protocolError.proxyError
        case .unknownClient, .wrongSecret, .userDeactivated, .refused, .noSecret, .rejected: "proxy_configuration_error"
        case .tooManyWaiting: "connection_limit_reached"
        }
    }
}
