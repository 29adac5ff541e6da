import Wire

/// One client connection: reads a request, has it handled, and again, until either side has had enough.
///
/// While it waits for a request it has neither buffers nor a task, whose stack of async frames is larger than all the rest: an idle
/// connection costs its socket, a timer and this object.
final class Connection {
    let stream: Stream
    private(set) var info: ConnectionInfo
    unowned let server: HTTPServer
    /// Lent while there is input or a request under way.
    private(set) var lent: ConnectionMemory?
    /// Waits for a request, without a task.
    private(set) var isIdle = false
    private var isClosing = false
    /// Since when it has waited for the next request.
    private var waitsSince = Instant.now()
    /// When a head that has begun must be whole; a new connection owes one.
    private var headDeadline: Instant?
    /// Reads once more before it expires: what the kernel has taken in by now is still served.
    private var isLastLook = false

    init(stream: Stream, info: ConnectionInfo, server: HTTPServer) {
        self.stream = stream
        self.info = info
        self.server = server
    }

    var reactor: Reactor { server.reactor }

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

    /// Shakes hands first; `adopt` has counted the handshake. A client that fails at that gets no answer: there is no HTTP yet.
    func serveTLS(_ context: TLSServerContext) async {
        do throws(TLSError) {
            try await stream.acceptTLS(context, deadline: Instant.now() + server.settings.handshakeTimeout)
            server.finishedHandshakes += 1
        } catch {
            server.failedHandshakes += 1
            server.handler.handshakeFailed(error, info, address: stream.peerAddress)
            // The alert tells the client what is wrong. Under the limit of handshakes: as little and as briefly as will do.
            if error != .handshakeTimedOut { await linger(.seconds(1)) }
            isClosing = true
        }
        server.handshakes -= 1
        info.isTLS = true
        info.subjectAlternativeNames = stream.subjectAlternativeNames
        await begin()
    }

    /// Closes the sending side and waits a little for the client to close its own. A close with unread input, or one that input meets
    /// on its way, would be a reset, which may destroy what the client has not read yet (RFC 9112 section 9.6).
    private func linger(_ time: Duration) async {
        stream.shutdownWrite()
        let deadline = Instant.now() + time
        for _ in 0..<32 {
            guard await stream.waitReadable(until: deadline) == .ready else { return }
            var buffer = ByteBuffer(capacity: 4 << 10)
            switch stream.read(into: &buffer) {
            case .bytes, .wouldBlock: break
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

    /// Serves until the connection is idle, or closes.
    private func serve() async {
        while !isClosing {
            let head = await readHead()
            switch head {
            case .request, .refused:
                headDeadline = nil
                await answer(head)
                waitsSince = reactor.now
            case .idle: return
            case .expired:
                giveBackMemory()
                await linger(server.settings.linger)
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
        /// Nothing to read for now; `wakeUp` will be called.
        case idle
        /// The client was idle for too long, or the server drains: nothing to answer.
        case expired
        /// The client closed or broke the connection.
        case closed
    }

    private func answer(_ head: Head) async {
        server.activeRequests += 1
        defer { server.activeRequests -= 1 }
        let exchange: HTTPExchange
        if case .refused(let refusal) = head {
            exchange = HTTPExchange(connection: self, refusal: refusal)
            await server.handler.refuse(refusal, exchange)
        } else {
            exchange = HTTPExchange(connection: self)
            await server.handler.handle(exchange)
        }
        if await exchange.conclude() {
            if memory.input.isEmpty { giveBackMemory() }
        } else {
            isClosing = true
        }
    }

    /// Reads until a whole head is there.
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
                memory.input.reserve(memory.input.isEmpty ? 1 : ConnectionMemory.capacity / 2)
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
                if waitWithoutTask() { return .idle }
            } else if await stream.waitReadable(until: headDeadline ?? .distantFuture) == .timedOut {
                return .refused(Refusal(408, "the request head did not arrive in time"))
            }
            if isClosing { return .closed }
        }
    }

    private var isBetweenRequests: Bool { lent?.input.isEmpty ?? true }

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

    /// Has an idle connection see that the server drains; one with a request under way will see it by itself.
    func lookUpIfIdle() {
        if isIdle { stream.interruptReader() }
    }

    /// Cuts the connection wherever it is: whoever waits on it finds it broken.
    func cut() {
        isClosing = true
        stream.reset()
    }
}
