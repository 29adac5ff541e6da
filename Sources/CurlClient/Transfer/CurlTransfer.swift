import CCurl
import Network
public import Wire

/// One request and its answer, over one of libcurl's easy handles. Lent by `CurlClient`, used for one request at a time.
///
/// Fill `headers`, `start`, then `await head()`. A small answer is complete by then (`isComplete`): its task is resumed once,
/// with everything there. Of a larger one, `more` brings the content piece by piece; when the reader falls behind, libcurl is
/// paused and the kernel's window makes the other side wait. A request's content is streamed with `write` and `finishBody`,
/// which may run in another task of the same loop while the first one awaits the head.
@safe public final class CurlTransfer {
    public let target: UpstreamTarget
    /// The request's fields, to be filled before `start`. Message framing is libcurl's: `Content-Length`, `Transfer-Encoding`,
    /// `Connection` and their like are left out. `Host` is the target's unless there is one here.
    public var headers = HeaderBlock()
    /// To be set before `start` by who wants to know `tls`, for this one request: it is two strings to make.
    public var notesTLS = false
    /// To be set before `start` by who expects a secret in the answer: its content is overwritten when the transfer goes back.
    public var keepsSecret = false

    // MARK: The answer

    /// 200...599 once the head is there.
    public var status: Int { answer.status }
    public var httpVersion: HTTPVersion { answer.version }
    /// The answer's fields; those of interim answers (1xx), of a proxy's answer to CONNECT and of the trailer are left out.
    public var fields: HeaderBlock { answer.fields }
    /// Bytes of content that the head announces (RFC 9110 section 8.6).
    public var contentLength: Int? { answer.contentLength }
    /// Content that arrived and is not consumed yet, encoded as it was sent.
    public internal(set) var body = BodyBuffer()
    /// Bytes of content that have arrived so far.
    public internal(set) var bodyCount = 0
    public var isHeadComplete: Bool { answer.isComplete }
    /// The whole answer arrived, though perhaps not all of it is consumed yet.
    public var isComplete: Bool { phase == .finished && failure == nil }
    /// Why it failed, if it did.
    public internal(set) var failure: TransferFailure?
    /// What TLS is in use; nil without, and before the request goes out.
    public internal(set) var tls: TLSAgreement?

    enum Phase { case idle, running, finished }

    // MARK: The machinery

    let easy: EasyHandle
    let client: CurlClient
    let isConfigured: Bool
    /// Where libcurl writes what went wrong.
    let errorText: UnsafeMutablePointer<CChar>
    /// Set when an answer that ends with its TLS connection got close_notify; made for the first one that does.
    var closeFlag: OpaquePointer?
    var end = AnswerEnd.announced
    var phase = Phase.idle
    /// Its place among the multi handle's active transfers.
    var activeIndex = -1
    var request = RequestState()
    let lines = RequestLines()
    var upload = UploadState()
    var limits = TransferLimits.none
    var clock = TransferClock()
    var timer: Timer?
    var answer = AnswerHead()
    /// The reason for which a callback made libcurl give up.
    var refusal: TransferFailure.Kind?
    var isReceivePaused = false
    var reader: UnsafeContinuation<Void, Never>?
    var writer: UnsafeContinuation<Void, Never>?

    init(client: CurlClient, target: UpstreamTarget, easy: EasyHandle = EasyHandle()) {
        self.client = client
        self.easy = easy
        self.target = target
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        isConfigured = easy.configure(for: target, sharing: client.options.sharesConnections)
        installCallbacks()
        timer = Timer(client.reactor.timers) { [unowned self] in checkLimits() }
    }

    deinit {
        easy.cleanUp()
        unsafe errorText.deallocate()
        unsafe zg_close_flag_release(closeFlag)
    }

    // MARK: Waiting

    /// Suspends until the answer's head is there, or already everything.
    /// - Throws: whatever ended the transfer, even if a head had come before.
    public func head() async throws(TransferFailure) {
        if !isHeadOver { await suspendReader { isHeadOver } }
        if let failure { throw failure }
    }

    /// Suspends until there is content to consume, or its end.
    /// - Returns: whether there is content; false is the end of a complete answer.
    /// - Throws: what ended the transfer early, once the content that had come is consumed. Never a clean end.
    public func more() async throws(TransferFailure) -> Bool {
        while !hasNews { await suspendReader { hasNews } }
        if !body.isEmpty { return true }
        if let failure { throw failure }
        return false
    }

    /// Suspends, unless `isDone` holds by the time the task would be suspended: no wake-up may fall in between.
    private func suspendReader(unless isDone: () -> Bool) async {
        await unsafe withUnsafeContinuation { continuation in
            precondition(unsafe reader == nil, "two tasks await one answer")
            if isDone() { unsafe continuation.resume() } else { unsafe reader = continuation }
        }
    }

    private var isHeadOver: Bool { isHeadComplete || phase != .running }
    private var hasNews: Bool { !body.isEmpty || phase != .running }

    func resumeReader() {
        guard let waiting = unsafe reader else { return }
        unsafe reader = nil
        unsafe waiting.resume()
    }

    func resumeWriter() {
        guard let waiting = unsafe writer else { return }
        unsafe writer = nil
        unsafe waiting.resume()
    }

    // MARK: The end

    /// Gives it back to its client for the next request, whatever its state: one under way is cancelled.
    public func recycle() { client.recycle(self) }

    /// Stops the transfer, at any time; who waits gets a failure. A transfer in the middle of an HTTP/1.1 exchange takes its
    /// connection with it.
    public func cancel() { fail(.cancelled) }

    /// Ends a transfer for a reason of our own. Not to be called from one of libcurl's callbacks.
    func fail(_ kind: TransferFailure.Kind) {
        guard phase == .running else { return }
        conclude(TransferFailure(kind, message: kind.text, of: self))
        client.multi.remove(self)
    }

    /// libcurl is done with the transfer, and no longer has the handle.
    func finished(_ code: CURLcode) {
        guard phase == .running else { return }
        conclude(code == CURLE_OK && refusal == nil ? missingEnd : TransferFailure(code, of: self))
    }

    /// What libcurl takes for whole may lack the end of its head, or the close_notify without which an answer that ends with its
    /// connection may have been cut off by anyone on the way (RFC 9112 section 9.8).
    private var missingEnd: TransferFailure? {
        if !isHeadComplete { return TransferFailure(.truncated, message: "no complete response head", of: self) }
        if end == .byCloseNotify, unsafe zg_close_flag_is_set(closeFlag) == 0 {
            return TransferFailure(.truncated, message: "the TLS connection ended without close_notify", of: self)
        }
        return nil
    }

    private func conclude(_ failure: TransferFailure?) {
        phase = .finished
        self.failure = failure
        timer?.cancel()
        resumeReader()
        resumeWriter()
    }

    /// What libcurl measured. Asked for when it is wanted, since it costs; valid until the transfer is recycled.
    public var timings: TransferTimings { TransferTimings(easy) }
}
