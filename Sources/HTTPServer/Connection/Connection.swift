import EventLoop
import HTTPWire
import Timekeeping

/// One client connection: reads a request, has it handled, and again, until either side has had enough.
final class Connection {
    let stream: Stream
    private(set) var info: ConnectionInfo
    unowned let server: HTTPServer
    /// Lent while there is input or a request under way.
    private(set) var lent: ConnectionMemory?
    private var isIdle = false
    private var isClosing = false

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
        await serve()
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

    func serve() async {
        var isFirst = true
        while !isClosing {
            let head = await readHead(isFirst: isFirst)
            isFirst = false
            switch head {
            case .request, .refused: await answer(head)
            case .expired:
                giveBackMemory()
                await linger(server.settings.linger)
                isClosing = true
            case .closed: isClosing = true
            }
        }
        giveBackMemory()
        stream.close()
        server.closed(self)
    }

    private enum Head {
        case request
        case refused(Refusal)
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
    private func readHead(isFirst: Bool) async -> Head {
        let start = isFirst ? Instant.now() : reactor.now
        /// Of a head that has begun; a new connection owes one.
        var deadline = isFirst ? start + server.settings.headTimeout : nil
        var isLastLook = false
        while true {
            if let memory = lent, !memory.input.isEmpty {
                switch memory.parseHead() {
                case .complete: return .request
                case .refused(let refusal): return .refused(refusal)
                case .incomplete: break
                }
                if deadline == nil { deadline = reactor.now + server.settings.headTimeout }
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
            var end = deadline ?? start + server.settings.idleTimeout
            if isBetweenRequests, server.isDraining { end = min(end, server.idleEnd(since: start)) }
            switch await waitForInput(end) {
            case .ready: break
            case .interrupted: if isClosing { return .closed }
            case .timedOut where isBetweenRequests:
                // What the kernel has taken in by now is still served.
                isLastLook = true
            case .timedOut: return .refused(Refusal(408, "the request head did not arrive in time"))
            }
        }
    }

    private var isBetweenRequests: Bool { lent?.input.isEmpty ?? true }

    private func waitForInput(_ deadline: Instant) async -> Wake {
        if isBetweenRequests {
            giveBackMemory()
            isIdle = true
        }
        defer { isIdle = false }
        return await stream.waitReadable(until: deadline)
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
