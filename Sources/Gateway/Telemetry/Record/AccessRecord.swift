public import Network
public import Policy
public import Wire

/// The record of a completed request: the source of its log line and of its metrics.
///
/// There is no member for a header, a body, a path or a query, so that none can get into the log. Names are labels from the
/// configuration; values chosen by callers and Zuora have bounded length.
public struct AccessRecord: Sendable {
    /// When the request's head was complete.
    public var time: WallTime
    public var method = RequestHead.Method.other
    /// nil if no caller is configured, or it is unknown.
    public var caller: Label?
    public var tenant: Label?
    /// The entity's name, or its id if it has none.
    public var entity: Label?
    public var route: Label?
    /// The job's or file's id, as in the path.
    public var jobID: InlineText?
    public var trackID: TrackID?
    /// `Zuora-Request-Id` of the decisive response.
    public var zuoraRequestID: InlineText?
    public var trace: TraceContext?
    /// The status sent to the caller; 0 if none.
    public var status = 0
    public var outcome = RequestOutcome.relayed
    /// Requests and verifications sent upstream, as in `Gateway-Attempts`.
    public var attempts = 0
    /// How many of them were verifications of a cancelled job.
    public var verifications = 0
    public var phases = PhaseTimes()
    /// Bytes of the request's and the response's body on the caller's side.
    public var bytesIn: UInt64 = 0
    public var bytesOut: UInt64 = 0
    public var gzipIn = GzipAction.none
    public var gzipOut = GzipAction.none
    /// The last part of the problem type's URI, such as `timeout-total`.
    public var error: String?
    /// Details as sent to the caller, or for the operator only.
    public var errorDetail: String?
    public var listener: Label?
    /// Who is at the other end of a connection from another machine, or with a certificate.
    public var client: ConnectionClient?
    /// The peer on a Unix socket.
    public var peerPID: Int32?
    public var peerUID: UInt32?
    /// Whether the caller disconnected before the response was complete.
    public var isClientGone = false
    /// The request should have been retried, but its body was too large to be kept.
    public var wasNotReplayable = false

    public init(time: WallTime) { self.time = time }
}

extension AccessRecord {
    /// Whether the caller got the beginning of a response at most.
    var isCut: Bool { outcome == .cut || error == "cut" }
}

extension RequestHead.Method {
    /// `http.request.method` of OpenTelemetry's semantic conventions.
    var conventionalName: StaticString { self == .other ? "_OTHER" : name }

    /// The beginning of a span's name by the same conventions.
    var spanName: StaticString { self == .other ? "HTTP" : name }

    var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .other: "other"
        }
    }
}
