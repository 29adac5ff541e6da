import Wire

/// One client connection: reads and handles requests one after the other, until either side closes.
///
/// While it waits for a request it has no buffers, and after a second no task either, or at once if there are many: its stack of async frames
/// is larger than all the rest. An idle connection costs its socket, a timer and this object.
final class Connection {
    let stream: Stream
    private(set) var info: ConnectionInfo
    /// For logs; not part of `info`, which is copied with each request.
    var client: ConnectionClient?
    unowned let server: HTTPServer
    /// Lent while there is input or a request in progress.
    private(set) var lent: ConnectionMemory?
    /// Waits for a request.
    private(set) var isIdle = false
    private var isClosing = false
    /// The response has been sent, and further input is dropped.
    private var isLingering = false
    /// When it began to wait for the next request.
    private(set) var waitsSince = Instant.now()
    /// Handles a request.
    private(set) var isServing = false
    /// The deadline for a complete head, also for a new connection.
    private var headDeadline: Instant?
    /// When it began to wait for more of a partly received head or content; nil if it does not wait.
    private(set) var stall: Stall?
    private var isStallGivenUp = false
    /// Reads once more before it expires: data already received by the kernel is still served.
    private var isLastLook = false

    init(stream: Stream, info: ConnectionInfo, server: HTTPServer) {
        self.stream = stream
        self.info = info
        self.server = server
    }

    var reactor: Reactor { server.reactor }

    /// Buffered bytes while a client sends nothing.
    struct Stall {
        var since: Instant
        var bytes: Int
        var isShedLast: Bool
    }

    /// As `Stream.waitReadable`, but registered with `MemoryPressure` meanwhile.
    /// - Returns: nil if the wait was aborted because of memory pressure.
    func waitReadable(until deadline: Instant, holding bytes: Int, isShedLast: Bool) async -> Wake? {
        stall = Stall(since: reactor.now, bytes: bytes, isShedLast: isShedLast)
        let wake = await stream.waitReadable(until: deadline)
        stall = nil
        defer { isStallGivenUp = false }
        return isStallGivenUp ? nil : wake
    }

    /// Aborts a wait to free its memory for others.
    func giveUpStalled() {
        isStallGivenUp = true
        stall = nil
        stream.interruptReader()
    }

    /// The connection's memory; lent now if it has none.
    var memory: ConnectionMemory {
        if let lent { return lent }
        let memory = server.memory.lend()
        lent = memory
        return memory
    }

    private func giveBackMemory() {
        guard let memory = lent else { return }
        lent = nil
        server.memory.takeBack(memory)
    }

    /// Performs the TLS handshake first, which `adopt` has counted. A client that fails gets no response, since there is no HTTP yet,
    /// unless it sent plain HTTP.
    func serveTLS(_ context: TLSServerContext) async {
        do throws(TLSError) {
            try await stream.acceptTLS(context, deadline: Instant.now() + server.settings.handshakeTimeout)
            server.finishedHandshakes += 1
        } catch {
            server.failedHandshakes += 1
            server.handler.handshakeFailed(error, info, address: stream.peerAddress)
            if error == .plainHTTP { refusePlainHTTP() }
            // Lingers for the alert that tells the client what is wrong, but briefly, since it counts towards the limit of handshakes.
            if error != .handshakeTimedOut { await linger(Linger(time: .seconds(1), silence: .seconds(1), bytes: 128 << 10)) }
            isClosing = true
        }
        server.handshakes -= 1
        info.subjectAlternativeNames = stream.subjectAlternativeNames
        if let name = info.subjectAlternativeNames.first {
            client = ConnectionClient(address: client?.address ?? stream.peerAddress, certificateName: name)
        }
        await begin()
    }

    /// Best effort, without waiting.
    private func refusePlainHTTP() {
        _ = stream.write(server.closingResponse(400, "Bad Request", "This port speaks TLS only: use an https URL").span)
    }

    /// Limits on reading from a connection that is to be closed.
    struct Linger {
        var time: Duration
        /// How long without a byte.
        var silence: Duration
        var bytes: Int
        /// The rest of the request's content, if known; after it, only the client's close.
        var expected: Int?
        /// Whether a drain shortens it.
        var endsWithDrain = false
    }

    /// Bytes read before yielding to other connections.
    private static let discardTurn = 256 << 10
    /// While the server drains, or when no more data is expected.
    private static let lastSilence = Duration.seconds(2)

    /// Closes the sending side, and reads and drops input until the client has closed its side. A close with unread or later
    /// input would cause a reset, which may destroy data that the client has not read yet (RFC 9112 section 9.6).
    private func linger(_ linger: Linger) async {
        stream.shutdownWrite()
        isLingering = true
        defer { isLingering = false }
        var deadline = Instant.now() + linger.time
        var silence = linger.silence
        var (left, turn) = (linger.bytes, Self.discardTurn)
        var expected = linger.expected ?? .max
        while left > 0, !isClosing {
            if expected <= 0 || linger.endsWithDrain && server.isDraining {
                silence = min(silence, Self.lastSilence)
                deadline = min(deadline, reactor.now + silence)
            }
            switch stream.discard() {
            case .bytes(let count):
                left -= count
                turn -= count
                expected -= count
                if turn <= 0 {
                    turn = Self.discardTurn
                    await reactor.yield()
                }
                if reactor.now >= deadline { return }
            case .wouldBlock:
                if await stream.waitReadable(until: min(deadline, reactor.now + silence)) == .timedOut { return }
            case .end, .failed: return
            }
        }
    }

    /// Serves a new connection.
    func begin() async {
        waitsSince = .now()
        headDeadline = waitsSince + server.settings.headTimeout
        await serve()
    }

    /// Yields to other connections after this many: pipelined requests that need no upstream are served without suspending.
    private static let requestTurn = 16

    /// Serves until the connection is idle, or closes.
    private func serve() async {
        server.tasks += 1
        defer { server.tasks -= 1 }
        var turn = 0
        while !isClosing {
            let head = await readHead()
            switch head {
            case .request, .refused:
                headDeadline = nil
                switch await respond(to: head) {
                case .keep:
                    waitsSince = reactor.now
                    turn += 1
                    if turn >= Self.requestTurn {
                        turn = 0
                        await reactor.yield()
                    }
                case .close: isClosing = true
                case .linger(let linger):
                    giveBackMemory()
                    await self.linger(linger)
                    isClosing = true
                }
            case .idle: return
            case .expired:
                giveBackMemory()
                let time = server.settings.linger
                await linger(Linger(time: time, silence: time, bytes: 128 << 10))
                isClosing = true
            case .closed: isClosing = true
            }
        }
        close()
    }

    private func close() {
        giveBackMemory()
        stream.close()
        server.closed(self)
    }

    private enum Head {
        case request
        case refused(Refusal)
        /// No input for now; `wakeUp` will be called.
        case idle
        /// The client was idle for too long, or the server drains: no response.
        case expired
        /// The client closed or broke the connection.
        case closed
    }

    private func respond(to head: Head) async -> HTTPExchange.Conclusion {
        server.pressure.note()
        server.activeRequests += 1
        isServing = true
        defer {
            server.activeRequests -= 1
            isServing = false
        }
        let exchange: HTTPExchange
        if case .refused(let refusal) = head {
            exchange = HTTPExchange(connection: self, refusal: refusal)
            await server.handler.refuse(refusal, exchange)
        } else {
            exchange = HTTPExchange(connection: self)
            await server.handler.handle(exchange)
        }
        let conclusion = await exchange.conclude()
        if case .keep = conclusion, memory.input.isEmpty { giveBackMemory() }
        return conclusion
    }

    /// Reads until the head is complete.
    private func readHead() async -> Head {
        while true {
            if let memory = lent, !memory.input.isEmpty {
                switch memory.parseHead() {
                case .complete: return .request
                case .refused(let refusal): return .refused(refusal)
                case .incomplete: break
                }
                if headDeadline == nil { headDeadline = reactor.now + server.settings.headTimeout }
            }
            if stream.mayBeReadable || isLastLook {
                let memory = memory
                let held = memory.input.count
                if held >= ConnectionMemory.capacity / 2,
                    await !server.pressure.admit(holding: memory.counted, isShedLast: false)
                {
                    return .refused(MemoryPressure.refusal)
                }
                memory.reserve(held == 0 ? 1 : ConnectionMemory.capacity / 2, server.memoryGauge)
                switch stream.read(into: &memory.input) {
                case .bytes:
                    isLastLook = false
                    continue
                case .wouldBlock:
                    if isLastLook { return .expired }
                case .end, .failed: return .closed
                }
            }
            if isBetweenRequests {
                if await !waitInTask(), waitWithoutTask() { return .idle }
            } else {
                let held = lent?.counted ?? 0
                switch await waitReadable(until: headDeadline ?? .distantFuture, holding: held, isShedLast: false) {
                case nil: return .refused(MemoryPressure.refusal)
                case .timedOut: return .refused(Refusal(408, "The request head did not arrive in time."))
                case .ready, .interrupted: break
                }
            }
            if isClosing { return .closed }
        }
    }

    private var isBetweenRequests: Bool { lent?.input.isEmpty ?? true }

    /// How long the task stays for a next request: to make one anew costs as much as to read a head.
    private static let taskPatience = Duration.seconds(1)

    /// - Returns: whether there is something to read.
    private func waitInTask() async -> Bool {
        giveBackMemory()
        guard headDeadline == nil, !server.isDraining, server.tasks <= HTTPServer.mostKeptTasks else { return false }
        isIdle = true
        defer { isIdle = false }
        return await stream.waitReadable(until: waitsSince + min(Self.taskPatience, server.settings.idleTimeout)) == .ready
    }

    /// - Returns: false when there is something to read already.
    private func waitWithoutTask() -> Bool {
        giveBackMemory()
        var end = headDeadline ?? waitsSince + server.settings.idleTimeout
        if server.isDraining { end = min(end, server.idleEnd(since: waitsSince)) }
        isIdle = stream.whenReadable(until: end) { wake in self.wakeUp(wake) }
        return isIdle
    }

    private func wakeUp(_ wake: Wake) {
        isIdle = false
        if isClosing { return close() }
        if wake == .interrupted, waitWithoutTask() { return }
        if wake == .timedOut { isLastLook = true }
        reactor.spawn { await self.serve() }
    }

    /// Notifies a connection without a request that the server drains; one with a request notices it afterwards.
    func recheckIfIdle() {
        if isIdle || isLingering { stream.interruptReader() }
    }

    /// Aborts the connection in any state: pending waits fail.
    func cut() {
        isClosing = true
        stream.reset()
    }
}
