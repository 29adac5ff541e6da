import Policy
public import Wire

/// One request to an upstream and its response. Lent by `UpstreamClient`, used for one request at a time.
///
///     idle -> start -> connecting -> sending -> head -> content -> finished
///                          `------------`---------`------`-----> finished with a failure
///
/// Fill `fields`, `start`, then `await head()`. Content received with the head is available at once; `more` reads the rest. There is no
/// read-ahead: if the reader is slow, TCP flow control slows down the upstream. A request's content is streamed with
/// `uploader()`, which may be used in another task of the same loop while the first one awaits the head.
///
/// The head and the unread content can be read in place (`ResponseInput`).
@safe public final class UpstreamExchange {
    /// The request's fields, to be filled before `start`. The exchange adds `Host` and message framing: `Content-Length`,
    /// `Transfer-Encoding`, `Connection` and similar must not be among them.
    public var fields = HeaderBlock()
    /// Must be set before `start` if the response contains a secret: its bytes are overwritten when the exchange is returned.
    public var keepsSecret = false
    /// Set if the response is not trusted: the connection is closed after this exchange.
    public var forbidsReuse = false

    // MARK: The response

    /// Offsets are into `withHead`'s span; meaningful once `isHeadComplete`.
    public var responseHead: ResponseHead { input.head }
    /// 200...599 once the head has been received.
    public var status: Int { isHeadComplete ? input.head.status : 0 }
    public var isHeadComplete: Bool { input.isHeadComplete }
    /// The complete response has been received, although its content may not have been read yet.
    public var isComplete: Bool { phase == .finished && failure == nil }
    /// Why it failed, if it did.
    public private(set) var failure: UpstreamFailure?
    /// The negotiated TLS parameters; nil without TLS, and before there is a connection.
    public private(set) var agreement: TLSAgreement?
    /// Must be set before `start` to get `agreement`, which costs two strings.
    public var notesAgreement = false

    // MARK: State

    private enum Phase { case idle, running, finished }

    private enum Upload: Equatable {
        /// No content, or all of it was in the first write.
        case none
        case length(remaining: Int)
        case chunked
        /// The upstream has stopped reading, or writing is no longer possible.
        case stopped
    }

    private let client: UpstreamClient
    /// Requests so far. An upload that has not noticed the end of its request must not touch the next one.
    private var number: UInt64 = 0
    public private(set) var target: UpstreamTarget?
    private var phase = Phase.idle
    private var isFresh = false
    private var isHeadRequest = false
    private var limits = UpstreamLimits.none
    private var connection: UpstreamConnection?
    private var dial: Dial?
    private var dialResult: Result<UpstreamConnection, UpstreamFailure>?
    private var dialWaiter: UnsafeContinuation<Void, Never>?
    private var dialTimer: Timer?

    /// Bytes to send, and content to send after them that is not copied; `sent` bytes of both have been sent.
    private(set) var output = RequestWriter()
    private var content: [UInt8] = []
    private var sent = 0
    private var upload = Upload.none
    /// A write has failed: nothing more can be sent, but there may be a response.
    private var isSendBroken = false
    private var uploadWaiter: UnsafeContinuation<Void, Never>?
    private var writtenInTurn = 0

    private(set) var input = ResponseInput()

    private var startedAt = Instant(nanoseconds: 0)
    private var requestSentAt: Instant?
    private var lastProgress = Instant(nanoseconds: 0)
    public private(set) var timings = UpstreamTimings()

    /// An output buffer that grew beyond this is not reused.
    private static let keptCapacity = 80 << 10
    /// Content up to this size is copied, for a single write.
    private static let copiedContent = 16 << 10
    /// Streamed content is written to the socket when this much is pending.
    private static let highWater = 32 << 10
    /// Streamed content written before yielding.
    private static let share = 256 << 10

    init(client: UpstreamClient) { self.client = client }

    func prepare(for target: UpstreamTarget) { self.target = target }

    // MARK: Request

    /// Sets the request; it is sent when `head` is awaited. Never throws: `head` reports errors.
    /// - Parameters:
    ///   - method: a token (RFC 9110 section 9).
    ///   - path: the request target in origin-form (RFC 9112 section 3.2.1), sent byte for byte. It must begin with `/` and have no
    ///     control character, space or fragment.
    ///   - freshConnection: never reuse a connection: for a retry after a reused one turned out to be closed.
    public func start(
        method: Span<UInt8>, path: Span<UInt8>, body: UpstreamBody = .none, limits: UpstreamLimits = .none,
        freshConnection: Bool = false
    ) {
        guard phase == .idle, let target else { return }
        phase = .running
        self.limits = limits
        isFresh = freshConnection
        isHeadRequest = method.equals("HEAD")
        startedAt = client.reactor.now
        lastProgress = startedAt
        guard !path.isEmpty, path[0] == UInt8(ascii: "/"), path.firstIndex(of: UInt8(ascii: "#"), in: path.indices) == nil else {
            return fail(.invalidRequest, "invalid request target")
        }
        guard output.requestLine(method, path) else { return fail(.invalidRequest, "bad request target") }
        let host = target.authorityBytes
        output.field("Host", host.span)
        output.fields(fields)
        writeFraming(body)
    }

    public func start(
        method: StaticString, path: Span<UInt8>, body: UpstreamBody = .none, limits: UpstreamLimits = .none,
        freshConnection: Bool = false
    ) {
        method.withUTF8Buffer {
            unsafe start(method: $0.span, path: path, body: body, limits: limits, freshConnection: freshConnection)
        }
    }

    private func writeFraming(_ body: UpstreamBody) {
        switch body {
        case .none, .stream(length: 0): output.framing(.none)
        case .bytes(let content): output.framing(.length(content.count))
        case .stream(let length?):
            output.framing(.length(length))
            upload = .length(remaining: length)
        case .stream(nil):
            output.framing(.chunked)
            upload = .chunked
        }
        output.endHead()
        if case .bytes(let bytes) = body {
            // What is copied is wiped afterwards.
            if bytes.count <= Self.copiedContent || keepsSecret { output.body(bytes.span) } else { content = bytes }
        }
    }

    /// For the content of the request that `start` began with `stream`.
    public func uploader() -> UpstreamUploader { UpstreamUploader(self, request: number) }

    fileprivate func write(_ bytes: Span<UInt8>, of request: UInt64) async -> Bool {
        guard await canUpload(request) else { return false }
        switch upload {
        case .length(let remaining):
            guard bytes.count <= remaining else {
                fail(.requestIncomplete, nil)
                return false
            }
            upload = .length(remaining: remaining - bytes.count)
            output.body(bytes)
        case .chunked: output.chunk(bytes)
        case .none, .stopped: return false
        }
        guard output.bytes.count - sent >= Self.highWater else { return true }
        guard await flush(request) else { return false }
        // A fast upstream must not prevent the loop from reading its response.
        writtenInTurn += bytes.count
        if writtenInTurn >= Self.share {
            writtenInTurn = 0
            await client.reactor.yield()
        }
        return isUploading(request)
    }

    fileprivate func finishBody(of request: UInt64) async {
        guard await canUpload(request) else { return }
        if case .length(let remaining) = upload, remaining > 0 { return fail(.requestIncomplete, nil) }
        if upload == .chunked { output.lastChunk() }
        guard await flush(request) else { return }
        upload = .none
        requestSentAt = client.reactor.now
        // The first-byte time-out starts now.
        connection?.stream.interruptReader()
    }

    fileprivate func abortBody(of request: UInt64) {
        if request == number { fail(.requestIncomplete, nil) }
    }

    /// Whether the upstream still reads the content of this request, which has not been returned to the client.
    private func isUploading(_ request: UInt64) -> Bool { request == number && phase == .running && upload != .stopped }

    /// Suspends until the request's head is being sent.
    private func canUpload(_ request: UInt64) async -> Bool {
        if isUploading(request), !isHeadSent {
            await unsafe withUnsafeContinuation { continuation in
                if isUploading(request), !isHeadSent {
                    unsafe uploadWaiter = continuation
                } else {
                    unsafe continuation.resume()
                }
            }
        }
        return isUploading(request) && upload != .none
    }

    private var isHeadSent = false

    private func flush(_ request: UInt64) async -> Bool {
        while sent < output.bytes.count {
            guard isUploading(request), let stream = connection?.stream else { return false }
            send(on: stream)
            if isSendBroken { return false }
            guard sent < output.bytes.count else { break }
            let stall = limits.stall.map { client.reactor.now + $0 } ?? .distantFuture
            let wake = await stream.waitWritable(until: min(limits.total, stall))
            guard isUploading(request) else { return false }
            if wake == .timedOut {
                fail(.timedOut(limits.total <= stall ? .total : .stall), nil)
                return false
            }
        }
        output.removeAll()
        sent = 0
        return isUploading(request)
    }

    private func stopUpload() {
        guard upload != .none, upload != .stopped else { return }
        upload = .stopped
        resumeUploader()
        connection?.stream.interruptWriter()
    }

    private func resumeUploader() {
        guard let waiter = unsafe uploadWaiter else { return }
        unsafe uploadWaiter = nil
        unsafe waiter.resume()
    }

    /// One write, as far as the socket accepts it.
    private func send(on stream: Stream) {
        let head = output.bytes.count
        let bytes = sent < head ? output.bytes : content
        switch stream.write(bytes.span.extracting((sent < head ? sent : sent - head)...)) {
        case .bytes(let count):
            sent += count
            timings.bytesSent &+= count
            lastProgress = client.reactor.now
        case .wouldBlock: break
        case .end, .failed:
            isSendBroken = true
            connection?.readAfterFailedWrite()
        }
    }

    // MARK: Head

    /// Connects, sends, and suspends until the response's head has been received.
    /// - Throws: the failure of the exchange, even if a head had been received before.
    public func head() async throws(UpstreamFailure) {
        while phase == .running, !isHeadComplete {
            if let connection { await converse(connection) } else { await connect() }
        }
        if let failure { throw failure }
    }

    /// Sends pending bytes and reads until the head has been received, the exchange ends, or the connection turns out to be dead before anything
    /// was sent on it.
    private func converse(_ connection: UpstreamConnection) async {
        let stream = connection.stream
        while phase == .running, !isHeadComplete {
            if isSendingFirst {
                sendFirst(on: stream)
                if isSendBroken, timings.bytesSent == 0, timings.isReused {
                    // Certainly not sent: use another connection.
                    return leave(connection)
                }
            }
            if stream.mayBeReadable || isSendBroken {
                switch receive(on: stream) {
                case .bytes:
                    parse()
                    continue
                case .wouldBlock where !isSendBroken: break
                case .wouldBlock, .end, .failed: return closed(connection, isEnd: false)
                }
            }
            let (deadline, kind) = nextLimit()
            if await wait(on: stream, until: deadline) == .timedOut, phase == .running, !isHeadComplete {
                fail(.timedOut(kind), nil)
            }
        }
    }

    /// Whether the head, and content that was there with it, is still to be sent. A response that has begun ends that only if it is
    /// a failure (RFC 9112 section 9.5).
    private var isSendingFirst: Bool { !isHeadSent && !isSendBroken && status < 300 }

    /// Until there is something to read, or room for what is still to be sent.
    private func wait(on stream: Stream, until deadline: Instant) async -> Wake {
        isSendingFirst ? await stream.waitEither(until: deadline) : await stream.waitReadable(until: deadline)
    }

    private func sendFirst(on stream: Stream) {
        send(on: stream)
        if sent == output.bytes.count, !content.isEmpty { send(on: stream) }
        guard sent == output.bytes.count + content.count else { return }
        isHeadSent = true
        output.removeAll()
        content = []
        sent = 0
        if upload == .none { requestSentAt = client.reactor.now } else { resumeUploader() }
    }

    private func leave(_ connection: UpstreamConnection) {
        self.connection = nil
        isSendBroken = false
        client.discard(connection)
    }

    private func nextLimit() -> (Instant, UpstreamLimits.Kind) {
        var limit = (limits.total, UpstreamLimits.Kind.total)
        if let firstByte = limits.firstByte, let requestSentAt, requestSentAt + firstByte < limit.0 {
            limit = (requestSentAt + firstByte, .firstByte)
        }
        if let stall = limits.stall, !isHeadSent, lastProgress + stall < limit.0 { limit = (lastProgress + stall, .stall) }
        return limit
    }

    private func receive(on stream: Stream) -> Stream.Transfer {
        let result = input.receive(from: stream)
        if case .bytes(let count) = result {
            let now = client.reactor.now
            if timings.bytesReceived == 0 { timings.firstByte = now - startedAt }
            timings.bytesReceived &+= count
            lastProgress = now
        }
        return result
    }

    private func parse() {
        advance(input.parseHead(toHead: isHeadRequest))
        guard isHeadComplete, phase == .running else { return }
        guard timings.bytesSent > 0 else {
            return fail(.invalidResponse(.protocolError), "the upstream sent a response before any request")
        }
        // RFC 9112 section 9.5: stop sending after a failure.
        if status >= 300 { stopUpload() }
        decode()
    }

    private func decode() { advance(input.decode()) }

    private func advance(_ progress: ResponseInput.Progress) {
        switch progress {
        case .incomplete, .head: break
        case .end(let isExact): finish(isExact: isExact)
        case .broken(let fault): fail(.invalidResponse(fault.kind), "\(fault.reason)")
        }
    }

    /// From now on the exchange may take any time while it makes progress.
    public func liftDeadline() { limits.total = .distantFuture }

    // MARK: Content

    /// Bytes of received content that have not been read yet.
    public var contentCount: Int { input.contentCount }

    /// Lends the bytes of the head.
    public func withHead<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        // The buffer alone is lent: lending `input` would copy it.
        let range = input.headRange
        return try input.buffer.withUnread { (bytes) throws(E) in try body(bytes.extracting(range)) }
    }

    /// Lends the received content that has not been read yet.
    public func withContent<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let range = input.contentRange
        return try input.buffer.withUnread { (bytes) throws(E) in try body(bytes.extracting(range)) }
    }

    /// Moves the received content to the end of `array`.
    public func takeContent(into array: inout [UInt8]) {
        guard contentCount > 0 else { return }
        withContent { array.append($0) }
        consumeContent()
    }

    /// Drops the received content.
    public func consumeContent() { input.consumeContent() }

    /// Suspends until there is content to read, or its end.
    /// - Returns: whether there is content; false is the end of a complete response.
    /// - Throws: the failure of the exchange, once the received content has been read. Never reports a clean end.
    public func more() async throws(UpstreamFailure) -> Bool {
        while contentCount == 0 {
            if let failure { throw failure }
            guard phase == .running else { return false }
            await receiveContent()
        }
        return true
    }

    /// Suspends until the complete content has been received, or `limit` unread bytes of it.
    /// - Returns: whether it is complete.
    /// - Throws: the failure of the exchange.
    public func collect(upTo limit: Int) async throws(UpstreamFailure) -> Bool {
        while phase == .running, contentCount < limit { await receiveContent() }
        if let failure { throw failure }
        return phase == .finished
    }

    /// Reads available bytes, without waiting, up to `limit` unread bytes of content.
    public func readAvailable(upTo limit: Int) {
        while phase == .running, contentCount < limit, let connection, connection.stream.mayBeReadable {
            switch receive(on: connection.stream) {
            case .bytes: decode()
            case .wouldBlock: return
            case .end: return closed(connection, isEnd: true)
            case .failed: return closed(connection, isEnd: false)
            }
        }
    }

    /// Reads once, or suspends until the connection may be readable.
    private func receiveContent() async {
        guard let connection else { return }
        let stream = connection.stream
        if isSendingFirst { sendFirst(on: stream) }
        if stream.mayBeReadable {
            switch receive(on: stream) {
            case .bytes: return decode()
            case .wouldBlock: break
            case .end: return closed(connection, isEnd: true)
            case .failed: return closed(connection, isEnd: false)
            }
        }
        let stall = limits.stall.map { client.reactor.now + $0 } ?? .distantFuture
        let began = client.reactor.now
        if await wait(on: stream, until: min(limits.total, stall)) == .timedOut, phase == .running {
            // Content that goes on being sent is progress, too.
            if limits.total > stall, lastProgress > began { return }
            fail(.timedOut(limits.total <= stall ? .total : .stall), nil)
        }
    }

    // MARK: Connecting

    private func connect() async {
        guard let target else { return }
        if !isFresh, let connection = client.takeIdle(target) { return adopt(connection, isReused: true) }
        for attempt in 1... {
            let result = await dialled(target)
            guard phase == .running else {
                if case .success(let connection) = result { client.discard(connection) }
                return
            }
            switch result {
            case .success(let connection): return adopt(connection, isReused: false)
            case .failure(let failure) where failure.kind == .internalError && failure.message == Dial.lost && attempt < 3:
                continue
            case .failure(let failure): return conclude(failure)
            case nil: return
            }
        }
    }

    private func dialled(_ target: UpstreamTarget) async -> Result<UpstreamConnection, UpstreamFailure>? {
        dialResult = nil
        dial = client.dial(target) { [unowned self] result in
            dial = nil
            dialResult = result
            resumeDialler()
        }
        if dialResult != nil { dial = nil }
        if dial != nil, limits.total != .distantFuture {
            let timer =
                dialTimer
                ?? Timer(client.reactor.timers) { [unowned self] in
                    if phase == .running, dial != nil { fail(.timedOut(.total), nil) }
                }
            dialTimer = timer
            timer.schedule(at: limits.total)
        }
        if dialResult == nil, phase == .running {
            await unsafe withUnsafeContinuation { continuation in
                if dialResult == nil, phase == .running { unsafe dialWaiter = continuation } else { unsafe continuation.resume() }
            }
        }
        dialTimer?.cancel()
        defer { dialResult = nil }
        return dialResult
    }

    private func resumeDialler() {
        guard let waiter = unsafe dialWaiter else { return }
        unsafe dialWaiter = nil
        unsafe waiter.resume()
    }

    private func adopt(_ connection: UpstreamConnection, isReused: Bool) {
        self.connection = connection
        lastProgress = client.reactor.now
        timings.isReused = isReused
        if !isReused {
            timings.connect = connection.timings.connect
            timings.tls = connection.timings.tls
        }
        if notesAgreement { agreement = connection.agreement }
    }

    // MARK: The end

    /// Returns it to its client for the next request, in any state: if in progress, it is cancelled.
    public func recycle() { client.recycle(self) }

    /// Cancels the exchange, at any time; pending waits fail. Its connection is closed.
    public func cancel() { fail(.cancelled, nil) }

    private func fail(_ kind: UpstreamFailure.Kind, _ message: String?) {
        guard phase == .running else { return }
        var mayHaveReached = timings.bytesSent > 0
        // In TLS 1.3 a request is sent before the upstream has verified our certificate; it is not read if that is rejected.
        if case .tls = kind { mayHaveReached = false }
        conclude(
            UpstreamFailure(
                kind, message: message, mayHaveReachedUpstream: mayHaveReached, onReusedConnection: timings.isReused,
                receivedAnyByte: timings.bytesReceived > 0))
    }

    /// The upstream has closed or broken the connection.
    /// - Parameter isEnd: whether TCP reports a close rather than a reset. Content that ends with a reset is incomplete.
    private func closed(_ connection: UpstreamConnection, isEnd: Bool) {
        if isHeadComplete {
            if input.isComplete(afterCleanEnd: isEnd && connection.endedCleanly) { return finish(isExact: true) }
            return fail(.truncated, connection.endedCleanly ? nil : "the TLS connection ended without close_notify")
        }
        if timings.bytesReceived > 0 { return fail(.truncated, "no complete response head") }
        if let (kind, message) = connection.libraryFailure { return fail(kind, message) }
        fail(.reset, nil)
    }

    /// The response is complete.
    /// - Parameter isExact: nothing was received after it.
    private func finish(isExact: Bool) {
        let isRequestWhole = isHeadSent && upload == .none && !isSendBroken
        let head = input.head
        let connection = connection
        self.connection = nil
        conclude(nil)
        guard let connection else { return }
        if isExact, isRequestWhole, head.keepsAlive, input.endsByFraming, !forbidsReuse {
            client.keep(connection, keepAlive: head.keepAliveTimeout)
        } else {
            client.discard(connection)
        }
    }

    private func conclude(_ failure: UpstreamFailure?) {
        guard phase == .running else { return }
        phase = .finished
        self.failure = failure
        if let dial {
            self.dial = nil
            client.cancel(dial)
        }
        dialTimer?.cancel()
        resumeDialler()
        resumeUploader()
        if let connection {
            self.connection = nil
            client.discard(connection)
        }
    }

    /// Prepares the exchange for the next request.
    func reset() {
        cancel()
        number &+= 1
        target = nil
        phase = .idle
        fields.wipe()
        output.wipe()
        if output.bytes.capacity > Self.keptCapacity { output = RequestWriter() }
        content = []
        sent = 0
        input.reset(wiping: keepsSecret)
        keepsSecret = false
        forbidsReuse = false
        notesAgreement = false
        agreement = nil
        isHeadSent = false
        isSendBroken = false
        failure = nil
        upload = .none
        requestSentAt = nil
        timings = UpstreamTimings()
        limits = .none
    }
}

/// Streams the content of one request. Does nothing once that request is over, even if its exchange already serves another one.
public struct UpstreamUploader {
    private let exchange: UpstreamExchange
    private let request: UInt64

    fileprivate init(_ exchange: UpstreamExchange, request: UInt64) {
        self.exchange = exchange
        self.request = request
    }

    /// Sends a part of the content, with the framing announced by `start`; suspends while the upstream does not read.
    /// - Returns: false if the upstream has stopped reading: it has already responded, or the request is over. `head` has the result.
    public func write(_ bytes: Span<UInt8>) async -> Bool { await exchange.write(bytes, of: request) }

    /// Ends the content. The announced length must have been written; otherwise the request is aborted.
    public func finish() async { await exchange.finishBody(of: request) }

    /// Aborts the request, since the rest of its content will not arrive. The upstream sees a truncated request, never a clean end.
    public func abort() { exchange.abortBody(of: request) }
}

/// A request's content.
public enum UpstreamBody: Sendable {
    case none
    case bytes([UInt8])
    /// Streamed with `UpstreamExchange.uploader()`; nil means chunked.
    case stream(length: Int?)
}
