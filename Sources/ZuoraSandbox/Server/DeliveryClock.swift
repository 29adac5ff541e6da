import Network
import Wire

/// The waits of one delivery, on the loop's timers: no thread sleeps. They end early when nobody waits for the answer any more.
@safe final class DeliveryClock {
    private let reactor: Reactor
    private var timer: Timer?
    private var continuation: UnsafeContinuation<Void, Never>?

    /// Whether the client is gone, or the server stops.
    private(set) var isOver = false

    init(_ reactor: Reactor) { self.reactor = reactor }

    /// Suspends for `duration`, or until the end.
    /// - Returns: whether somebody still waits for the answer.
    func wait(_ duration: Duration) async -> Bool {
        if duration > .zero { await sleep(until: .now() + duration) }
        return !isOver
    }

    /// Suspends until the end.
    func waitForEnd() async { await sleep(until: .distantFuture) }

    /// Lets the loop do what else there is to do.
    func yield() async { await sleep(until: reactor.now) }

    /// Nobody waits for the answer any more.
    func end() {
        isOver = true
        timer?.cancel()
        resume()
    }

    private func sleep(until deadline: Instant) async {
        let timer = timer ?? Timer(reactor.timers) { [weak self] in self?.resume() }
        self.timer = timer
        await unsafe withUnsafeContinuation { continuation in
            // After the end there is no wait, but a yield still is one turn of the loop.
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
