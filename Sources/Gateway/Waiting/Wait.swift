import Network
import Synchronization
import Wire

/// One suspension of a request, which ends once: by its event, at its deadline, because the caller disconnected, or because the
/// gateway stops, whichever comes first. May be ended from any thread.
///
///     open -> suspended -> ended        open -> ended
final class Wait: Sendable {
    enum Ending: Sendable {
        case event, deadline, callerGone
        /// The drain is about to time out: requests that are still waiting are rejected now.
        case stopping
    }

    @safe private enum State {
        case open
        case suspended(UnsafeContinuation<Ending, Never>)
        case ended(Ending)
    }

    private let state = Mutex(State.open)

    func end(_ ending: Ending) {
        let continuation: UnsafeContinuation<Ending, Never>? = unsafe state.withLock { state in
            switch state {
            case .open:
                state = .ended(ending)
                return nil
            case .suspended(let continuation):
                state = .ended(ending)
                return unsafe continuation
            case .ended: return nil
            }
        }
        unsafe continuation?.resume(returning: ending)
    }

    /// Suspends until it has ended.
    var ending: Ending {
        get async {
            await unsafe withUnsafeContinuation { continuation in
                let ended: Ending? = state.withLock { state in
                    if case .ended(let ending) = state { return ending }
                    unsafe state = .suspended(continuation)
                    return nil
                }
                if let ended { unsafe continuation.resume(returning: ended) }
            }
        }
    }
}

/// The caller of one request, as seen by waiting code: whether it is still connected, and how to wait for an event while
/// watching it. Admission, credential, back-off and shared cancels all suspend through it.
final class CallerWatch {
    private let http: HTTPExchange
    private let reactor: Reactor
    private unowned let waits: WaitList
    private var timer: Timer?
    private var wait: Wait?
    /// A cancel that may have reached Zuora is completed although its caller has disconnected; other requests stop.
    var outlivesCaller = false
    /// For a cancel, which is carried out anyway, a caller that has closed its sending side is assumed to be half-closed and to
    /// wait for the response.
    var outlivesHalfClose = false
    /// Called when the caller disconnects and the request does not outlive it: ends the upstream exchange.
    var onGone: (() -> Void)?

    init(_ http: HTTPExchange, _ reactor: Reactor, _ waits: WaitList) {
        self.http = http
        self.reactor = reactor
        self.waits = waits
        http.onClientGone = { [unowned self] in callerWent() }
    }

    /// Whether the response cannot be delivered, as far as known.
    var isGone: Bool { http.isConnectionLost || http.isClientGone && !outlivesHalfClose }
    /// Whether the caller has disconnected, which ends the request.
    var isOver: Bool { isGone && !outlivesCaller }

    private func callerWent() {
        guard isOver else { return }
        wait?.end(.callerGone)
        onGone?()
    }

    /// Suspends until the event, `deadline`, the caller's disconnect, or the gateway's shutdown.
    /// - Parameter begin: registers the wait with the source of the event.
    func until(_ deadline: Instant, _ begin: (Wait) -> Void) async -> Wait.Ending {
        let wait = Wait()
        self.wait = wait
        begin(wait)
        if isOver { wait.end(.callerGone) }
        let timer = self.timer ?? Timer(reactor.timers) { [unowned self] in self.wait?.end(.deadline) }
        self.timer = timer
        timer.schedule(at: deadline)
        waits.add(wait)
        let ending = await wait.ending
        waits.remove(wait)
        timer.cancel()
        self.wait = nil
        return ending
    }

    /// Releases the connection: the request is over.
    func end() {
        http.onClientGone = nil
        onGone = nil
    }
}

/// The waits of one worker, so that the end of a drain reaches each of them.
final class WaitList {
    private var waits: [ObjectIdentifier: Wait] = [:]
    /// Requests whose content is still arriving, and of which nothing has been sent.
    private var arriving: [ObjectIdentifier: HTTPExchange] = [:]
    /// Set once: no new wait may begin.
    private(set) var isStopping = false

    func add(_ wait: Wait) {
        if isStopping { return wait.end(.stopping) }
        waits[ObjectIdentifier(wait)] = wait
    }

    func remove(_ wait: Wait) { waits[ObjectIdentifier(wait)] = nil }

    /// Interrupts the request's content when the waits end.
    func add(_ http: HTTPExchange) {
        if isStopping { return http.interruptBody() }
        arriving[ObjectIdentifier(http)] = http
    }

    func remove(_ http: HTTPExchange) {
        // Most requests have no content.
        if !arriving.isEmpty { arriving[ObjectIdentifier(http)] = nil }
    }

    /// Ends all waits, current and future.
    func stop() {
        isStopping = true
        for wait in waits.values { wait.end(.stopping) }
        for http in arriving.values { http.interruptBody() }
    }
}
