import Network
public import Policy
public import Wire

extension Problem {
    public init(_ denial: Denial) {
        self.init(denial.status, type: denial.type, title: denial.title, detail: denial.detail, phase: denial.phase.rawValue)
        self.allow = denial.allow
        self.challenge = denial.challenge
    }

    public init(_ refusal: Refusal) {
        if refusal.status == 503 {
            self.init(AdmissionRefusal(.overload, retryAfter: .seconds(1)), shortOf: .memory)
            return
        }
        self.init(
            refusal.status, type: "bad-request", title: "The request violates HTTP", detail: "\(refusal.reason)",
            phase: "accept")
    }

    init(_ refusal: AdmissionRefusal, tenant: String) {
        self.init(
            refusal.status, type: refusal.reason.rawValue, title: refusal.title,
            detail: "The request was not sent to Zuora; retry after the time in Retry-After.", phase: "admit")
        self.retryAfter = refusal.retryAfter
        if refusal.reason == .breakerOpen { self.proxyError = "destination_unavailable" }
    }

    init(_ problem: ExchangeProblem, phase: String = "forward") {
        self.init(problem.status, type: problem.type, title: problem.title, detail: problem.detail, phase: phase)
        self.proxyError = problem.proxyError
        self.retryAfter = problem.retryAfter
        self.outcome = problem.outcome
        self.mayHaveReached = problem.mayHaveReached
    }

    /// Adds details of an attempt without a response: the upstream and the reason.
    init(_ problem: ExchangeProblem, _ failure: UpstreamFailure?, upstream: UpstreamTarget) {
        self.init(problem)
        self.nextHop = upstream.authority
        guard let failure else { return }
        self.detail = "\(upstream.authority): \(failure.explanation). \(problem.detail)"
        // Finer than the cause that the problem was made of, if it was this one.
        if problem.proxyError == AttemptFailure(failure).cause.proxyError { self.proxyError = failure.kind.proxyStatusError }
    }

    init(_ failure: TokenFailure, retryAfter: Duration, host: String) {
        self.init(
            503, type: "token-\(failure.name)", title: "No bearer token available for the tenant",
            detail: failure.text(host: host), phase: "credential")
        self.retryAfter = retryAfter
        self.proxyError = failure.proxyStatusError
        self.nextHop = host
    }

    /// The body could not be read from the caller.
    init(body refusal: Refusal) {
        guard refusal.status != 503 else {
            self.init(refusal)
            return
        }
        self.init(
            refusal.status, type: "bad-body", title: "The request body is not acceptable", detail: Self.sentence(refusal.reason),
            phase: "accept")
    }

    /// The reason with a capital and a full stop: those of gzip are also parts of sentences.
    static func sentence(_ reason: StaticString) -> String {
        let text = reason.description
        return text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }

    /// `X-Request-Timeout` cannot be read.
    init(timeout refusal: Refusal) {
        self.init(
            refusal.status, type: "bad-request-timeout", title: "X-Request-Timeout is not a positive duration",
            detail: "\(refusal.reason)", phase: "authorise")
    }

    static let notAcceptable = Problem(
        406, type: "not-acceptable", title: "No content coding is acceptable",
        detail: "Accept-Encoding excludes both identity and gzip, and the gateway supports no other coding.", phase: "authorise")

    /// Only for the log, since the caller is gone. nginx uses 499 for it as well.
    static let callerGone = Problem(
        499, type: "client-gone", title: "The client disconnected",
        detail: "The caller closed its connection before there was a response.", phase: "relay")

    /// The gateway stops while the request is still waiting.
    static let stopping: Problem = {
        var problem = Problem(
            503, type: "gateway-stopping", title: "The gateway is stopping",
            detail: "The gateway is stopping, and the request was still waiting. It was not sent to Zuora. Send it again.",
            phase: "admit")
        problem.retryAfter = .seconds(1)
        problem.proxyError = "proxy_internal_response"
        problem.mayHaveReached = false
        return problem
    }()

    static let inexpressible = Problem(
        500, type: "internal-error", title: "The gateway could not send the request",
        detail: "The request could not be encoded for the upstream. It was not sent to Zuora.", phase: "forward")
}

extension AttemptFailure {
    /// The result of an attempt, as the policy's input.
    init(_ failure: UpstreamFailure) {
        let cause: Cause =
            switch failure.kind {
            case .unresolved: .resolve
            case .connectionRefused: .refused
            case .unreachable, .proxyRefused: .connect
            case .tls(.handshake): .tls
            case .tls(.protocolVersion), .tls(.clientCertificate): .tlsRefused
            case .tls, .badCredentialFile: .certificate
            case .reset: .reset
            case .truncated: .incomplete
            case .invalidResponse: .protocolError
            case .timedOut(.connect): .connectTimeout
            case .timedOut(.firstByte): .firstByteTimeout
            case .timedOut(.stall): .stallTimeout
            case .timedOut(.total): .totalTimeout
            // A caller that has disconnected is told nothing, so what remains is the end of a drain.
            case .cancelled: .stopped
            case .requestIncomplete, .invalidRequest, .internalError: .resources
            }
        self.init(
            cause, requestSent: failure.mayHaveReachedUpstream, connectionReused: failure.onReusedConnection,
            responseBegan: failure.receivedAnyByte)
    }
}

extension Problem {
    init(_ refusal: AdmissionRefusal, shortOf resource: LoadShedder.Resource) {
        self.init(
            refusal.status, type: refusal.reason.rawValue, title: refusal.title,
            detail:
                "The gateway \(resource.text). The request was not sent to Zuora; retry after the time in Retry-After.",
            phase: "admit")
        self.retryAfter = refusal.retryAfter
        self.proxyError = "proxy_internal_response"
        self.shortage = resource
    }

    /// The same problem, for a request of which a part had already been sent upstream.
    func afterPartialSend(isCancel: Bool) -> Problem {
        var problem = self
        problem.mayHaveReached = true
        if isCancel { problem.outcome = .unknown }
        if let shortage = problem.shortage {
            problem.phase = "forward"
            problem.detail =
                "The gateway \(shortage.text), and ended the request after it had sent a part of it. It may have reached Zuora."
        }
        return problem
    }
}

extension AttemptFailure {
    /// The deadline has ended the wait for the rest of the caller's content.
    static let late = AttemptFailure(.totalTimeout, requestSent: true)
}

extension LoadShedder.Resource {
    fileprivate var text: String {
        switch self {
        case .requests: "has as many requests as limits.requests permits"
        case .memory: "holds as much content as limits.memory permits"
        case .descriptors: "has nearly as many open files as its process may have"
        case .loop: "is short of CPU time: its event loop is delayed by more than limits.loop_delay"
        }
    }
}
