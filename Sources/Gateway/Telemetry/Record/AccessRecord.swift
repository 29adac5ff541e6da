public import Policy
public import Wire

/// What is known of one request when it is over: the source of its log line and of its metrics.
///
/// There is no member for a header, a body, a path or a query, so that none can get into the log. Names are labels from the
/// configuration; what callers and Zuora chose freely is of bounded length.
public struct AccessRecord: Sendable {
    /// When the request's head was complete.
    public var time: WallTime
    public var method = RequestHead.Method.other
    /// nil: no caller is configured, or it is not known.
    public var caller: Label?
    public var tenant: Label?
    /// The entity's name, or its id where it has none.
    public var entity: Label?
    public var route: Label?
    /// The job's or file's id, as it stands in the path.
    public var jobID: ShortText?
    public var trackID: TrackID?
    /// `Zuora-Request-Id` of the answer that decided.
    public var zuoraRequestID: ShortText?
    public var trace: TraceContext?
    /// The status that the caller got; 0: none.
    public var status = 0
    public var outcome = RequestOutcome.relayed
    /// Times that the request was sent upstream.
    public var attempts = 0
    public var phases = PhaseTimes()
    /// Bytes of the request's and the answer's body on the caller's side.
    public var bytesIn: UInt64 = 0
    public var bytesOut: UInt64 = 0
    public var gzipIn = GzipAction.none
    public var gzipOut = GzipAction.none
    /// The last part of the problem type's URI, such as `timeout-total`.
    public var error: String?
    /// What the caller was told about it, or the operator is.
    public var errorDetail: String?
    public var listener: Label?
    /// The peer on a Unix socket.
    public var peerPID: Int32?
    public var peerUID: UInt32?
    /// Whether the caller left before the answer was complete.
    public var isClientGone = false
    /// The request was to be sent again, and its body was too large to be kept for that.
    public var wasNotReplayable = false

    public init(time: WallTime) { self.time = time }
}
