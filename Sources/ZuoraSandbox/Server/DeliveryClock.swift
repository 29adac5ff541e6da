import Network
import Wire

/// The delays of one delivery, on the loop's timers. They end early when no client waits for the response anymore.
@safe final class DeliveryClock {
    private let reactor: Reactor
    private var timer: Timer?
    private var continuation: UnsafeContinuation<Void, Never>?

    /// Whether the client has disconnected, or the server stops.
    private(set) var isOver = false

    init(_ reactor: Reactor) { self.reactor = reactor }

    /// Suspends for `duration`, or until the end.
    /// - Returns: whether a client still waits for the response.
    func wait(_ duration: Duration) async -> Bool {
        if duration > .zero { await sleep(until: .now() + duration) }
        return !isOver
    }

    /// Suspends until the end.
    func waitForEnd() async { await sleep(until: .distantFuture) }

    /// Yields to other work of the loop.
    func yield() async { await sleep(until: reactor.now) }

    /// No client waits for the response anymore.
    func end() {
        isOver = true
        timer?.cancel()
        resume()
    }

    private func sleep(until deadline: Instant) async {
        let timer = timer ?? Timer(reactor.timers) { [weak self] in self?.resume() }
        self.timer = timer
        await unsafe withUnsafeContinuation { continuation in
            // After the end there is no delay, but a yield still takes one iteration of the loop.
            if isOver, deadline > reactor.now { return unsafe continuation.resume() }
            unsafe self.continuation = continuation
            if deadline != .distantFuture { timer.schedule(at: deadline) }
        }
    }

    private func resume() {
        let waiting = unsafe continuation
        unsafe continuation = nil
        unsafe waiting?.resume()
    }
}
