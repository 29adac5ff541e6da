public import Policy
import Wire

/// What would become of a request, and why.
public struct RequestReport: Sendable {
    public enum Verdict: Sendable {
        /// To this method, URL and `Host`.
        case forwarded(Upstream)
        /// The gateway's own token endpoint would answer it; it goes nowhere.
        case answeredHere
        case refused(Problem)
    }

    public struct Upstream: Hashable, Sendable {
        public let method: String
        public let url: String
        public let host: String
    }

    public internal(set) var verdict: Verdict
    /// Who and what it resolves to, as far as it got.
    public internal(set) var decisions: [Explanation.Decision] = []
    /// The field lines that would go upstream; empty if none would.
    public internal(set) var sent: [Explanation.Sent] = []
    /// The caller's field lines that would not.
    public internal(set) var removed: [Explanation.Removed] = []
    /// What bounds it; nil while its tenant is not known.
    public internal(set) var limits: RequestLimits?

    init(_ verdict: Verdict) { self.verdict = verdict }

    public var isRefused: Bool { if case .refused = verdict { true } else { false } }
}

/// The limits and policies under which a request would be forwarded.
public struct RequestLimits: Sendable {
    /// From accept to the last attempt's answer; what the caller asked for in X-Request-Timeout included.
    public let timeout: Duration
    public let isTimeoutCallers: Bool
    public let isIdempotent: Bool
    public let kind: RouteSettings.Kind
    public let tenant: TenantSettings
    /// Bytes of the request's body.
    public let body: Int
}

/// A request that nobody sent, to ask what would become of it.
public struct ImaginedRequest: Sendable {
    public var method: String
    public var target: String
    /// `Name: value` lines, without line ends. A `Host` is added unless there is one.
    public var fields: [String]
    /// The listener that it comes in by: an index into `gateway.listen`.
    public var listener: Int
    /// What its connection says of its sender.
    public var evidence: CallerEvidence
    /// Who it is from, beyond doubt and without a key of theirs: an index into the configuration's callers.
    public var caller: Int?
    /// The scope of the tenant's token, where it is known.
    public var scope: TokenScope

    public init(
        method: String, target: String, fields: [String] = [], listener: Int = 0, evidence: CallerEvidence = .none,
        scope: TokenScope = .unknown
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.listener = listener
        self.evidence = evidence
        self.scope = scope
    }

    /// The head as it would arrive.
    var head: [UInt8] {
        let hasHost = fields.contains { $0.lowercased().hasPrefix("host:") }
        let lines = ["\(method) \(target) HTTP/1.1"] + (hasHost ? [] : ["Host: localhost"]) + fields
        return Array((lines + ["", ""]).joined(separator: "\r\n").utf8)
    }
}

/// How a request's body and its answer would be coded, as far as the head decides it.
struct BodyCoding {
    let recoding: HeaderPolicy.Recoding
    let asksForGzip: Bool
    let isServable: Bool

    init(_ head: RequestHead, _ bytes: Span<UInt8>, _ tenant: TenantSettings) {
        var accept = AcceptEncoding()
        for field in head.fields where field.name == .acceptEncoding { accept.add(bytes.extracting(field.valueRange)) }
        let mode = GzipMode(tenant.gzip.response)
        isServable = ResponseCoding.isServable(accept, mode: mode)
        asksForGzip = ResponseCoding.asksForGzip(
            accept, mode: mode, hasRange: head.fields.contains { $0.name == .range }, noTransform: false)
        recoding = Self.recoding(head, bytes, GzipMode(tenant.gzip.request))
    }

    /// Whether the policy's first guess at the headers, for content as it came and an answer in gzip, does not hold.
    var changesHeaders: Bool { recoding != .asSent || !asksForGzip }

    /// Content whose length the head does not tell is taken for content that stays as it is.
    private static func recoding(_ head: RequestHead, _ bytes: Span<UInt8>, _ mode: GzipMode) -> HeaderPolicy.Recoding {
        guard case .length(let length) = head.framing, length > 0 else { return .asSent }
        switch RequestCoding.decide(RequestCoding.Facts(head, bytes, contentLength: length), mode: mode).body {
        case .asIs: return .asSent
        case .deflate: return .gzip
        case .inflate: return .decoded
        }
    }
}
