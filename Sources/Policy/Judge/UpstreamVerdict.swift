/// The meaning of an upstream response, derived from its status and body.
public struct UpstreamVerdict: Hashable, Sendable {
    /// The outcome, as far as this response alone can tell.
    public var outcome: CancelOutcome
    public var shape = BodyShape.none
    /// The job's state, if the body has one.
    public var jobStatus: JobStatus?
    /// Zuora's error code as written, at most 64 bytes: `90003`, `50000040`, `SystemError`.
    public var code: String?
    public var category: ErrorCategory?
    /// Zuora's error message, at most 200 bytes; of a page that is not JSON its title or first words.
    public var message: String?
    /// Whether the body's code says that the same request may succeed later (suffix 50, 61, 70, 99, and AQuA's 90022).
    public var isRetryableCode = false
    public var authentication = Authentication.accepted
    public var verification = Verification.no
    /// Whether the body is about another job than the one in the path.
    public var namesOtherJob = false

    /// Whether the body cannot be decoded, so that only its status is known.
    public var isUndecodable = false

    public init(outcome: CancelOutcome) { self.outcome = outcome }

    /// Whether the body reports a failure, regardless of the status.
    public var isFailure: Bool {
        switch shape {
        case .errorCode, .reasons, .codeAndMessage, .proxyErrors, .spring, .messageOnly, .html, .xml, .text: true
        case .none, .job, .dataQuery, .otherJSON, .unreadable: false
        }
    }

    public enum Authentication: Hashable, Sendable {
        case accepted
        /// The token is not (or no longer) valid: get a fresh one and retry once.
        case tokenRejected
        /// "Failed to get user info": a problem at Zuora. The same token may be accepted shortly after.
        case backendTrouble
    }

    /// Whether the job must be verified before its outcome is trusted.
    public enum Verification: Hashable, Sendable {
        case no
        /// Only if an earlier attempt may have succeeded.
        case ifRepeated
        case always
    }
}

/// Response formats of Zuora and the intermediaries in front of it.
public enum BodyShape: String, Hashable, Sendable, CaseIterable {
    /// Empty.
    case none
    /// `{"id":…,"batches":[…],"status":"cancelled"}`
    case job
    /// `{"data":{"queryStatus":"cancelled"}}`
    case dataQuery
    /// `{"errorCode":"90003","message":…}`, also inside a 200.
    case errorCode
    /// `{"success":false,"reasons":[{"code":50000040,"message":…}]}`, also without `success` and with a word for a code.
    case reasons
    /// `{"code":…,"message":…}`
    case codeAndMessage
    /// `{"Success":false,"Errors":[{"Code":…,"Message":…}]}`
    case proxyErrors
    /// `{"status":401,"error":"Unauthorized","message":…,"path":…}`
    case spring
    /// `{"message":…}`
    case messageOnly
    /// A page of a content-delivery network or load balancer.
    case html
    case xml
    case text
    /// JSON without known members.
    case otherJSON
    /// Not matching its content type, truncated, or inconsistent.
    case unreadable
}
