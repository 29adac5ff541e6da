import Configuration
public import Policy
import Wire

/// How a request would be handled, and why.
public struct RequestReport: Sendable {
    public enum Verdict: Sendable {
        /// Forwarded with this method, URL and `Host`.
        case forwarded(Upstream)
        /// It is not forwarded.
        case handledLocally(Local)
        case refused(Problem)
    }

    /// Which of the gateway's own endpoints would handle it.
    public enum Local: Sendable {
        case tokenEndpoint, healthCheck
    }

    public struct Upstream: Hashable, Sendable {
        public let method: String
        public let url: String
        public let host: String
    }

    public internal(set) var verdict: Verdict
    /// What it resolves to, as far as determined.
    public internal(set) var decisions: [Explanation.Decision] = []
    /// The field lines that would be sent upstream; empty if none.
    public internal(set) var sent: [Explanation.Sent] = []
    /// The caller's field lines that would be removed.
    public internal(set) var removed: [Explanation.Removed] = []
    /// The limits; nil if its tenant is unknown.
    public internal(set) var limits: RequestLimits?

    init(_ verdict: Verdict) { self.verdict = verdict }

    public var isRefused: Bool { if case .refused = verdict { true } else { false } }
}

/// The limits and policies under which a request would be forwarded.
public struct RequestLimits: Sendable {
    /// From accept to the last attempt's response; takes X-Request-Timeout into account.
    public let timeout: Duration
    public let isTimeoutCallers: Bool
    public let isIdempotent: Bool
    public let kind: RouteSettings.Kind
    public let tenant: TenantSettings
    /// Bytes of the request's body.
    public let body: Int
    /// The slots of the fleet that it takes one of; nil if they are not shared.
    public let lane: Lane?
    /// Requests that may start per second in all of the fleet; nil if they are not limited.
    public let fleetRate: Double?

    public struct Lane: Hashable, Sendable {
        public let tenant: String
        /// nil without an entity.
        public let entity: String?
        /// Calls in flight of all members together.
        public let cap: Int
    }
}

/// A hypothetical request to explain.
public struct ImaginedRequest: Sendable {
    public var method: String
    public var target: String
    /// `Name: value` lines, without line ends. A `Host` is added unless there is one.
    public var fields: [String]
    /// The listener that receives it: an index into `gateway.listen`.
    public var listener: Int
    /// Credentials of the sender's connection.
    public var evidence: CallerEvidence
    /// The authenticated caller, without needing its key: an index into the configuration's callers.
    public var caller: Int?
    /// The scope of the tenant's token, if known.
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

/// How the bodies of request and response would be coded, as far as determined by the head.
struct BodyCoding {
    let recoding: HeaderPolicy.Recoding
    /// The lines about the request's content that are written once it has been read. What depends on it is in angle brackets.
    let framing: [(name: String, value: String)]
    let asksForGzip: Bool
    let isServable: Bool

    init(_ head: RequestHead, _ bytes: Span<UInt8>, _ tenant: TenantSettings) {
        var accept = AcceptEncoding()
        for field in head.fields where field.name == .acceptEncoding { accept.add(bytes.extracting(field.valueRange)) }
        let mode = tenant.gzip.response
        isServable = ResponseCoding.isServable(accept, mode: mode)
        asksForGzip = ResponseCoding.asksForGzip(
            accept, mode: mode, hasRange: head.fields.contains { $0.name == .range })
        let length: Int? =
            switch head.framing {
            case .none: 0
            case .length(let length): length
            case .chunked: nil
            }
        let facts = RequestCoding.Facts(head, bytes, contentLength: length)
        let plan = RequestCoding.decide(facts, mode: tenant.gzip.request).body
        switch plan {
        case .asIs: recoding = .asSent
        case .inflate: recoding = .decoded
        // If the length is unknown, so is whether it will be.
        case .deflate: recoding = length == nil ? .asSent : .gzip
        }
        framing = Self.framing(length, plan, anticipatesContent: facts.routeTakesBody)
    }

    /// Whether the policy's initial headers, which assume unchanged content and a response in gzip, do not apply.
    var changesHeaders: Bool { recoding != .asSent || !asksForGzip }

    private static func framing(
        _ length: Int?, _ plan: CodingPlan.Body, anticipatesContent: Bool
    ) -> [(name: String, value: String)] {
        let limit = SizeText.text(RequestContent.replayLimit)
        switch (length, plan) {
        case (0?, _): return anticipatesContent ? [("Content-Length", "0")] : []
        case (let length?, .asIs): return [("Content-Length", "\(length)")]
        case (let length?, _) where length > RequestContent.replayLimit: return [("Transfer-Encoding", "chunked")]
        case (_?, .deflate): return [("Content-Length", "<of the compressed content>")]
        case (_?, .inflate): return [("Content-Length", "<of the decoded content>")]
        case (nil, _):
            let coding: [(name: String, value: String)] =
                plan == .deflate ? [("Content-Encoding", "gzip <if above 1KiB>")] : []
            return coding + [
                ("Content-Length", "<unless above \(limit)>"), ("Transfer-Encoding", "chunked <if above \(limit)>"),
            ]
        }
    }
}
