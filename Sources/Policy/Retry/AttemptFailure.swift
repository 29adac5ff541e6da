/// Why an attempt ended without a usable response.
public struct AttemptFailure: Hashable, Sendable {
    public var cause: Cause
    /// Whether a byte of the request may have reached the upstream. When in doubt: true.
    public var requestSent: Bool
    /// Whether the connection had served a request before.
    public var connectionReused: Bool
    /// Whether a byte of the response had been received.
    public var responseBegan: Bool

    public init(_ cause: Cause, requestSent: Bool, connectionReused: Bool = false, responseBegan: Bool = false) {
        self.cause = cause
        self.requestSent = requestSent
        self.connectionReused = connectionReused
        self.responseBegan = responseBegan
    }

    /// The upstream closed an idle connection while a request was being sent on it. Another connection will most likely work.
    public var isIdleConnectionRace: Bool { connectionReused && !responseBegan && cause == .reset }

    public enum Cause: String, Hashable, Sendable, CaseIterable {
        case resolve
        case refused
        /// Any other connection failure.
        case connect
        case connectTimeout = "connect-timeout"
        case tls
        case certificate
        /// The configurations of both sides are incompatible: in the TLS version or the client certificate.
        case tlsRefused = "tls-refused"
        /// The connection ended.
        case reset
        case firstByteTimeout = "first-byte-timeout"
        case stallTimeout = "stall-timeout"
        /// The exchange's deadline passed during the attempt.
        case totalTimeout = "total-timeout"
        /// Not HTTP.
        case protocolError = "protocol-error"
        /// The response was truncated.
        case incomplete
        /// Its content coding is malformed or exceeds the limits.
        case contentCoding = "content-coding"
        /// The circuit breaker is open.
        case breakerOpen = "breaker-open"
        /// The gateway's limits.
        case resources
        /// The gateway ended it, because it stops.
        case stopped

        /// The time limit that passed, if any.
        public var limit: Deadline.Limit? {
            switch self {
            case .connectTimeout: .connect
            case .firstByteTimeout: .firstByte
            case .stallTimeout: .stall
            case .totalTimeout: .total
            default: nil
            }
        }

        /// Whether an immediate retry would fail in the same way.
        var isPermanent: Bool {
            switch self {
            case .certificate, .tlsRefused, .contentCoding, .breakerOpen, .resources, .stopped: true
            default: false
            }
        }

        /// The error type of `Proxy-Status` (RFC 9209 section 2.3).
        public var proxyError: String {
            switch self {
            case .resolve: "dns_error"
            case .refused: "connection_refused"
            case .connect: "destination_ip_unroutable"
            case .connectTimeout: "connection_timeout"
            case .tls, .tlsRefused: "tls_protocol_error"
            case .certificate: "tls_certificate_error"
            case .reset: "connection_terminated"
            case .firstByteTimeout, .totalTimeout: "http_response_timeout"
            case .stallTimeout: "connection_read_timeout"
            case .protocolError: "http_protocol_error"
            case .incomplete: "http_response_incomplete"
            case .contentCoding: "http_response_content_coding"
            case .breakerOpen: "destination_unavailable"
            case .resources: "proxy_internal_error"
            case .stopped: "proxy_internal_response"
            }
        }
    }
}

/// An upstream response, reduced to what decisions need.
public struct AttemptResponse: Hashable, Sendable {
    public var status: Int
    /// The body's meaning; nil if it was not read: a success on a route whose responses are only relayed.
    public var verdict: UpstreamVerdict?
    /// `Retry-After`, as `RetryAfter` reads it.
    public var retryAfter: Duration?
    /// The time to the reset of an exhausted quota: `RateLimitFields.quotaWait`.
    public var quotaWait: Duration?

    public init(status: Int, verdict: UpstreamVerdict? = nil, retryAfter: Duration? = nil, quotaWait: Duration? = nil) {
        self.status = status
        self.verdict = verdict
        self.retryAfter = retryAfter
        self.quotaWait = quotaWait
    }

    /// The wait requested by the upstream.
    var requestedWait: Duration? {
        guard let retryAfter else { return quotaWait }
        return max(retryAfter, quotaWait ?? .zero)
    }

    /// Whether it accepts the token. A 401 whose body was not read counts as a rejected token.
    var authentication: UpstreamVerdict.Authentication {
        verdict?.authentication ?? (status == 401 ? .tokenRejected : .accepted)
    }

    /// The entity does not exist for this tenant, whatever the status: nothing was done, and nothing else will come of a repeat.
    var isWrongEntity: Bool { verdict?.outcome == .wrongEntity }

    /// Whether the operation may have been performed although this response does not say so.
    var isAmbiguous: Bool { !isWrongEntity && (status == 502 || status == 503 || status == 504) }

    var isSuccess: Bool { OutcomeReader.isSuccess(status) }
}
