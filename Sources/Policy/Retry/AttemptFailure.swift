/// Why an attempt ended without a usable answer.
public struct AttemptFailure: Hashable, Sendable {
    public var cause: Cause
    /// Whether a byte of the request may have reached the upstream. When in doubt: true.
    public var requestSent: Bool
    /// Whether the connection had served a request before.
    public var connectionReused: Bool
    /// Whether a byte of the answer had come.
    public var answerBegan: Bool

    public init(_ cause: Cause, requestSent: Bool, connectionReused: Bool = false, answerBegan: Bool = false) {
        self.cause = cause
        self.requestSent = requestSent
        self.connectionReused = connectionReused
        self.answerBegan = answerBegan
    }

    /// The upstream closed an idle connection just when a request was put on it. Another connection will most likely do.
    public var isIdleConnectionRace: Bool { connectionReused && !answerBegan && cause == .reset }

    public enum Cause: String, Hashable, Sendable, CaseIterable {
        case resolve
        case refused
        /// Any other reason why there is no connection.
        case connect
        case connectTimeout = "connect-timeout"
        case tls
        case certificate
        /// The two sides cannot agree as they are configured: on a version of TLS, or on the client's certificate.
        case tlsRefused = "tls-refused"
        /// The connection ended.
        case reset
        case firstByteTimeout = "first-byte-timeout"
        case stallTimeout = "stall-timeout"
        /// The exchange's deadline passed during the attempt.
        case totalTimeout = "total-timeout"
        /// Not HTTP.
        case protocolError = "protocol-error"
        /// The answer ended before its end.
        case incomplete
        /// Its content coding is broken or beyond its bounds.
        case contentCoding = "content-coding"
        /// The circuit breaker is open.
        case breakerOpen = "breaker-open"
        /// The gateway's own limits.
        case resources

        /// Which limit passed, if one did.
        public var limit: Deadline.Limit? {
            switch self {
            case .connectTimeout: .connect
            case .firstByteTimeout: .firstByte
            case .stallTimeout: .stall
            case .totalTimeout: .total
            default: nil
            }
        }

        /// Whether it would come to the same if tried again at once.
        var isPermanent: Bool {
            switch self {
            case .certificate, .tlsRefused, .contentCoding, .breakerOpen, .resources: true
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
            }
        }
    }
}

/// An upstream answer as the decision about it needs it.
public struct AttemptAnswer: Hashable, Sendable {
    public var status: Int
    /// What the body says. nil if it was not read: a success on a route whose answers are only relayed.
    public var verdict: UpstreamVerdict?
    /// `Retry-After`, as `RetryAfter` reads it.
    public var retryAfter: Duration?
    /// The time to the reset of a quota of which nothing remains: `RateLimitFields.quotaWait`.
    public var quotaWait: Duration?

    public init(status: Int, verdict: UpstreamVerdict? = nil, retryAfter: Duration? = nil, quotaWait: Duration? = nil) {
        self.status = status
        self.verdict = verdict
        self.retryAfter = retryAfter
        self.quotaWait = quotaWait
    }

    /// How long the upstream wants to be left alone.
    var requestedWait: Duration? {
        guard let retryAfter else { return quotaWait }
        return max(retryAfter, quotaWait ?? .zero)
    }

    /// Whether the work may have been done although this answer does not say so.
    var isAmbiguous: Bool { status == 502 || status == 503 || status == 504 }

    var isSuccess: Bool { OutcomeReader.isSuccess(status) }
}
