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
    private let dialEnd = Gate()

    private(set) var output = RequestOutput()
    /// The head, and content that was there with it, have been sent.
    private var isHeadSent = false
    /// A write has failed: nothing more can be sent, but there may be a response.
    private var isSendBroken = false
    private let uploadStart = Gate()
    private var writtenInTurn = 0

    private(set) var input = ResponseInput()

    private var startedAt = Instant(nanoseconds: 0)
    private var requestSentAt: Instant?
    private var lastProgress = Instant(nanoseconds: 0)
    public private(set) var timings = UpstreamTimings()

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
        let host = target.authorityBytes
        if !output.start(method: method, path: path, host: host.span, fields: fields, body: body, isSecret: keepsSecret) {
            fail(.invalidRequest, "invalid request target")
        }
    }

    public func start(
        method: StaticString, path: Span<UInt8>, body: UpstreamBody = .none, limits: UpstreamLimits = .none,
        freshConnection: Bool = false
    ) {
        method.withUTF8Buffer {
            unsafe start(method: $0.span, path: path, body: body, limits: limits, freshConnection: freshConnection)
        }
    }

    /// For the content of the request that `start` began with `stream`.
    public func uploader() -> UpstreamUploader { UpstreamUploader(self, request: number) }

    fileprivate func write(_ bytes: Span<UInt8>, of request: UInt64) async -> Bool {
        guard await canUpload(request) else { return false }
        guard output.append(bytes) else {
            fail(.requestIncomplete, nil)
            return false
        }
        guard output.pendingCount >= Self.highWater else { return true }
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
        guard output.end() else { return fail(.requestIncomplete, nil) }
        guard await flush(request) else { return }
        output.finish()
        requestSentAt = client.reactor.now
        // The first-byte time-out starts now.
        connection?.stream.interruptReader()
    }

    fileprivate func abortBody(of request: UInt64) {
        if request == number { fail(.requestIncomplete, nil) }
    }

    /// Whether the upstream still reads the content of this request, which has not been returned to the client.
    private func isUploading(_ request: UInt64) -> Bool { request == number && phase == .running && output.upload != .stopped }

    /// Suspends until the request's head is being sent.
    private func canUpload(_ request: UInt64) async -> Bool {
        await uploadStart.wait { isUploading(request) && !isHeadSent }
        return isUploading(request) && output.upload != .none
    }

    private func flush(_ request: UInt64) async -> Bool {
        while output.pendingCount > 0 {
            guard isUploading(request), let stream = connection?.stream else { return false }
            send(on: stream)
            if isSendBroken { return false }
            guard output.pendingCount > 0 else { break }
            let (deadline, kind) = stallLimit()
            let wake = await stream.waitWritable(until: deadline)
            guard isUploading(request) else { return false }
            if wake == .timedOut {
                fail(.timedOut(kind), nil)
                return false
            }
        }
        return isUploading(request)
    }

    /// From now on.
    private func stallLimit() -> (Instant, UpstreamLimits.Kind) {
        let stall = limits.stall.map { client.reactor.now + $0 } ?? .distantFuture
        return limits.total <= stall ? (limits.total, .total) : (stall, .stall)
    }

    private func stopUpload() {
        guard output.upload != .none, output.upload != .stopped else { return }
        output.stop()
        uploadStart.open()
        connection?.stream.interruptWriter()
    }

    private func send(on stream: Stream) {
        switch output.send(on: stream) {
        case .bytes(let count):
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
        guard output.pendingCount == 0 else { return }
        isHeadSent = true
        if output.upload == .none { requestSentAt = client.reactor.now } else { uploadStart.open() }
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
        while phase == .running, contentCount < limit, let connection, readOnce(connection) {}
    }

    /// - Returns: false if nothing can be read now.
    private func readOnce(_ connection: UpstreamConnection) -> Bool {
        guard connection.stream.mayBeReadable else { return false }
        switch receive(on: connection.stream) {
        case .bytes: decode()
        case .wouldBlock: return false
        case .end: closed(connection, isEnd: true)
        case .failed: closed(connection, isEnd: false)
        }
        return true
    }

    /// Reads once, or suspends until the connection may be readable.
    private func receiveContent() async {
        guard let connection else { return }
        if isSendingFirst { sendFirst(on: connection.stream) }
        if readOnce(connection) { return }
        let began = client.reactor.now
        let (deadline, kind) = stallLimit()
        if await wait(on: connection.stream, until: deadline) == .timedOut, phase == .running {
            // Content that goes on being sent is progress, too.
            if kind == .total || lastProgress <= began { fail(.timedOut(kind), nil) }
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
            case .failure(let failure) where failure.kind == .timedOut(.connect) && client.reactor.now >= limits.total:
                return fail(.timedOut(.total), nil)
            case .failure(let failure): return conclude(failure)
            case nil: return
            }
        }
    }

    private func dialled(_ target: UpstreamTarget) async -> Result<UpstreamConnection, UpstreamFailure>? {
        dialResult = nil
        dial = client.dial(target, until: limits.total) { [unowned self] result in
            dial = nil
            dialResult = result
            dialEnd.open()
        }
        if dialResult != nil { dial = nil }
        await dialEnd.wait { dialResult == nil && phase == .running }
        defer { dialResult = nil }
        return dialResult
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
        let isRequestWhole = isHeadSent && output.upload == .none && !isSendBroken
        let head = input.head
        // With a failure, the upstream may have left content unread, and take it for the next request.
        let mayHaveLeftContent = output.hasContent && head.status >= 400
        let connection = connection
        self.connection = nil
        conclude(nil)
        guard let connection else { return }
        if isExact, isRequestWhole, !mayHaveLeftContent, head.keepsAlive, input.endsByFraming, !forbidsReuse {
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
        dialEnd.open()
        uploadStart.open()
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
        output.reset()
        input.reset(wiping: keepsSecret)
        keepsSecret = false
        forbidsReuse = false
        notesAgreement = false
        agreement = nil
        isHeadSent = false
        isSendBroken = false
        failure = nil
        requestSentAt = nil
        timings = UpstreamTimings()
        limits = .none
    }
}

/// Where one task waits for what happens in another one of the same loop.
@safe private final class Gate {
    private var waiter: UnsafeContinuation<Void, Never>?

    /// Suspends until `open`, if `mustWait`.
    func wait(while mustWait: () -> Bool) async {
        guard mustWait() else { return }
        await unsafe withUnsafeContinuation { continuation in
            if mustWait() { unsafe waiter = continuation } else { unsafe continuation.resume() }
        }
    }

    func open() {
        guard let waiter = unsafe waiter else { return }
        unsafe self.waiter = nil
        unsafe waiter.resume()
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
