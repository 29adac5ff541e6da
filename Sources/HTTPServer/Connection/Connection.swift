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
            if error != .handshakeTimedOut { await letAlertArrive() }
            isClosing = true
        }
        server.handshakes -= 1
        info.isTLS = true
        info.subjectAlternativeNames = stream.subjectAlternativeNames
        await serve()
    }

    /// A close with unread input would be a reset, which may destroy the alert that tells the client what is wrong. Reads as
    /// little and as briefly as will do, under the limit of handshakes.
    private func letAlertArrive() async {
        stream.shutdownWrite()
        let deadline = Instant.now() + .seconds(1)
        var buffer = ByteBuffer(capacity: 4 << 10)
        for _ in 0..<32 {
            switch stream.read(into: &buffer) {
            case .bytes: buffer.removeAll()
            case .wouldBlock: guard await stream.waitReadable(until: deadline) == .ready else { return }
            case .end, .failed: return
            }
        }
    }

    func serve() async {
        var isFirst = true
        while !isClosing {
            let head = await readHead(isFirst: isFirst)
            isFirst = false
            guard case .closed = head else {
                await answer(head)
                continue
            }
            break
        }
        giveBackMemory()
        stream.close()
        server.closed(self)
    }

    private enum Head {
        case request
        case refused(Refusal)
        /// The client closed, was idle for too long, or broke the connection: nothing to answer.
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
        var deadline: Instant?
        if isFirst { deadline = Instant.now() + server.settings.headTimeout }
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
                    if isLastLook { return .closed }
                case .end, .failed: return .closed
                }
            }
            if isBetweenRequests, server.isDraining {
                guard isFirst else {
                    // What the kernel took in before this is still served.
                    isLastLook = true
                    continue
                }
                deadline = min(deadline ?? .distantFuture, server.drainBegan + server.settings.drainGrace)
            }
            if let end = await waitForHead(deadline) { return end }
        }
    }

    private var isBetweenRequests: Bool { lent?.input.isEmpty ?? true }

    /// - Returns: how the head ends if it does not go on.
    private func waitForHead(_ deadline: Instant?) async -> Head? {
        let isBetweenRequests = isBetweenRequests
        if isBetweenRequests {
            giveBackMemory()
            isIdle = true
        }
        defer { isIdle = false }
        switch await stream.waitReadable(until: deadline ?? reactor.now + server.settings.idleTimeout) {
        case .ready: return nil
        case .interrupted: return isClosing ? .closed : nil
        case .timedOut:
            return isBetweenRequests ? .closed : .refused(Refusal(408, "the request head did not arrive in time"))
        }
    }

    /// Has an idle connection see that the server drains; one with a request under way will see it by itself.
    func closeIfIdle() {
        if isIdle { stream.interruptReader() }
    }

    /// Cuts the connection wherever it is: whoever waits on it finds it broken.
    func cut() {
        isClosing = true
        stream.reset()
    }
}
