import CLinux
import Glibc
import Wire

/// Accepts connections on a loop.
public final class Listener: EventSource {
    /// Connections accepted in one iteration, so that a flood of new ones does not starve open ones.
    private static let batch = 64

    private let socket: ListeningSocket
    private let reactor: Reactor
    private let accept: (Int32) -> Void
    private let isTCP: Bool
    /// Released when the process has no descriptor left: one temporarily, so that the pending connection can be accepted and closed
    /// instead of making the loop spin; or, if connections must be served even then, one for each of them.
    private var spares: [Int32] = []
    private let reserve: Int
    private static let pauseTime = Duration.milliseconds(50)
    private var pauseEnd: Timer?
    private var isStopped = false

    /// - Parameters:
    ///   - reserve: connections that can be served even if the process has no other descriptor left.
    ///   - accept: receives each new connection's non-blocking descriptor, and owns it.
    public init(
        _ socket: ListeningSocket, reactor: Reactor, reserve: Int = 0, accept: @escaping (Int32) -> Void
    ) throws(SystemError) {
        self.socket = socket
        self.reactor = reactor
        self.accept = accept
        isTCP = if case .tcp = socket.address { true } else if case .inherited = socket.address { true } else { false }
        self.reserve = reserve
        fillReserve()
        guard reactor.poller.watch(socket.descriptor, self, .readable) else { throw SystemError("epoll_ctl") }
    }

    deinit { for spare in spares { Glibc.close(spare) } }

    private func fillReserve() {
        while spares.count < max(reserve, 1) {
            let spare = dup(socket.descriptor)
            guard spare >= 0 else { return }
            spares.append(spare)
        }
    }

    public func ready(_ readiness: Readiness) { acceptWaiting(atMost: Self.batch) }

    private func acceptWaiting(atMost count: Int) {
        if spares.count < reserve { fillReserve() }
        for _ in 0..<count {
            let descriptor = zg_accept(socket.descriptor)
            if descriptor >= 0 {
                take(descriptor)
            } else if errno == EMFILE || errno == ENFILE {
                acceptFromReserve()
                return
            } else if errno != EINTR && errno != ECONNABORTED {
                return
            }
        }
    }

    private func take(_ descriptor: Int32) {
        if isTCP {
            var one: Int32 = 1
            // Send small responses at once (Nagle off); fails harmlessly on an inherited Unix socket.
            _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        }
        accept(descriptor)
    }

    private func acceptFromReserve() {
        // Another thread may have taken the descriptor that was released the last time.
        fillReserve()
        guard let spare = spares.popLast() else { return pause() }
        Glibc.close(spare)
        let descriptor = zg_accept(socket.descriptor)
        if descriptor >= 0 {
            if reserve > 0 {
                take(descriptor)
            } else {
                Glibc.close(descriptor)
            }
        }
        fillReserve()
    }

    /// Pending connections cannot be served, and the kernel would keep reporting them.
    private func pause() {
        guard reactor.poller.unwatch(socket.descriptor, self) else { return }
        let timer =
            pauseEnd
            ?? Timer(reactor.timers) { [unowned self] in
                guard !reactor.poller.watch(socket.descriptor, self, .readable) else { return }
                pauseEnd?.schedule(at: reactor.now + Self.pauseTime)
            }
        pauseEnd = timer
        timer.schedule(at: reactor.now + Self.pauseTime)
    }

    /// Stops accepting, after the backlog. Once listener and socket are released the kernel refuses new connections;
    /// until then it accepts them, and they are not served.
    public func stop() {
        pauseEnd?.cancel()
        guard !isStopped else { return }
        isStopped = true
        reactor.poller.unwatch(socket.descriptor, self)
        acceptWaiting(atMost: Int(ListeningSocket.longestBacklog))
    }
}
