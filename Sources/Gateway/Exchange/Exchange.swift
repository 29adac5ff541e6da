import Network
import Policy
import Wire

/// One request on its way through the phases, and everything that is known of it.
final class Exchange {
    let http: HTTPExchange
    let snapshot: Snapshot
    let startedAt: Instant
    let startedWall = WallTime.now()

    // accept
    let trackID: TrackID
    let acceptEncoding: AcceptEncoding

    // identify, authorise
    var resolution: Resolution?
    var tenant: TenantState?
    /// What is known of a request that policy has denied.
    var denied: Policy.Denied?
    var route: Route?

    // admit
    var deadline: Deadline
    var holdsSlot = false
    var admittedAt: Instant?
    var permit: CircuitBreaker.Permit?

    /// Whether it is part of the process's load, and the bytes that it is counted with.
    var isCounted = false
    var countedBytes = 0

    // credential
    var token: Token?
    /// Why there was none, or no other, the last time.
    var tokenFailure: TokenFailure?
    var scope = TokenScope.unknown

    // forward
    var machine: ExchangeMachine?
    var transfer: UpstreamExchange?
    /// The last look at the job that was to be cancelled.
    var lookTransfer: UpstreamExchange?
    var requestBody = RequestContent()
    var requestRecoding = HeaderPolicy.Recoding.asSent
    /// Whether a task is still streaming the request's content.
    var isPumping = false
    var onPumpEnd: (() -> Void)?
    /// Why the request's content could not be streamed to its end.
    var bodyProblem: Problem?
    /// Content of the last answer to the request, and of that to the look at the job: either may be the one that is relayed.
    var content = AnswerContent()
    var lookContent = AnswerContent()
    /// Whether the answer goes to the caller as a stream.
    var isStreaming = false
    var timings = ExchangeTimings()
    /// Whether the response can reach no one, as far as is known. A caller that closes its sending side counts as gone, but not with a
    /// cancel, which is carried out anyway: it may have shut down that side only, and wait for the response.
    var isClientGone: Bool { http.isConnectionLost || http.isClientGone && !isCancel }
    /// Called when the client goes away while something waits for the exchange; perhaps twice.
    var onClientGone: (() -> Void)?

    /// Gets the answer, if others wait for it.
    var onSharable: ((SharedAnswer) -> Void)?

    // record
    var status = 0
    var outcome: CancelOutcome?
    var problem: Problem?
    var failureText: String?
    /// Why the last attempt came to no answer; nil when it was answered.
    var failure: UpstreamFailure?
    var requestID: [UInt8] = []
    var coding = CodingPlan.Body.asIs
    /// Whether the upstream's answer came coded with gzip.
    var isCoded = false
    var trace: TraceContext?
    /// Whether the caller brought no trace (W3C Trace Context), so that one begins here.
    var startsTrace = false
    /// Whether the caller brought one that is not valid.
    var replacesTrace = false

    init(_ http: HTTPExchange, snapshot: Snapshot, trackID: TrackID, acceptEncoding: AcceptEncoding, startedAt: Instant) {
        self.http = http
        self.snapshot = snapshot
        self.trackID = trackID
        self.acceptEncoding = acceptEncoding
        self.startedAt = startedAt
        deadline = Deadline(start: startedAt, total: .seconds(130))
    }

    /// The content of the last look, or of the last answer to the request itself, in its place.
    func withContent<Result>(ofLook isLook: Bool, _ body: (inout AnswerContent) -> Result) -> Result {
        isLook ? body(&lookContent) : body(&content)
    }

    /// Whether the answer may come coded with gzip.
    var asksForGzip: Bool {
        guard let tenant else { return true }
        let head = http.head
        return ResponseCoding.asksForGzip(
            acceptEncoding, mode: tenant.responseMode, hasRange: head.fields.contains { $0.name == .range }, noTransform: false)
    }

    /// What is known of the request's content, for deciding its coding.
    var requestFacts: RequestCoding.Facts {
        let head = http.head
        let length = requestBody.isWhole ? requestBody.bytes.count : requestBody.declared
        return http.withHeadBytes { RequestCoding.Facts(head, $0, contentLength: length) }
    }

    /// The kind of the route; `plain` while none is known.
    var kind: RouteSettings.Kind { route?.kind ?? .plain }

    var isCancel: Bool { kind == .aquaCancel || kind == .dataQueryCancel }
}

/// How long the parts of an exchange took.
struct ExchangeTimings {
    var queue: Duration = .zero
    var token: Duration = .zero
    var connect: Duration = .zero
    var firstByte: Duration = .zero
    var bytesUp = 0
    var bytesDown = 0
}
