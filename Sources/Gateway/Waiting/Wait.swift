import Network
import Synchronization
import Wire

/// One suspension of a request, which ends once: by the event that it is for, at its deadline, because the caller has gone, or because the
/// gateway stops. The first of them counts. May be ended from any thread.
///
///     open -> suspended -> ended        open -> ended
final class Wait: Sendable {
    enum Ending: Sendable {
        case event, deadline, callerGone
        /// The drain is about to time out: requests that are still waiting are told now.
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

/// The caller of one request, as those who wait on its behalf see it: whether it is still there, and how to wait for something else with an
/// eye on it. The one way in which admission, credential, back-off and a shared cancel suspend.
final class CallerWatch {
    private let http: HTTPExchange
    private let reactor: Reactor
    private unowned let waits: WaitList
    private var timer: Timer?
    private var wait: Wait?
    /// A cancel that may have reached Zuora is finished although its caller has gone; everything else stops.
    var outlivesCaller = false
    /// With a cancel, which is carried out anyway, a caller that has closed its sending side is taken to have shut down that side only, and to
    /// wait for the response.
    var outlivesHalfClose = false
    /// Called when the caller goes and the request does not outlive it: ends what is under way upstream.
    var onGone: (() -> Void)?

    init(_ http: HTTPExchange, _ reactor: Reactor, _ waits: WaitList) {
        self.http = http
        self.reactor = reactor
        self.waits = waits
        http.onClientGone = { [unowned self] in callerWent() }
    }

    /// Whether the response can reach no one, as far as is known.
    var isGone: Bool { http.isConnectionLost || http.isClientGone && !outlivesHalfClose }
    /// Whether the caller has gone, and the request with it.
    var isOver: Bool { isGone && !outlivesCaller }

    private func callerWent() {
        guard isOver else { return }
        wait?.end(.callerGone)
        onGone?()
    }

    /// Suspends until the event, `deadline`, the caller's going, or the gateway's stopping.
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

    /// Lets go of the connection: the request is over.
    func end() {
        http.onClientGone = nil
        onGone = nil
    }
}

/// The waits of one worker, so that the end of a drain reaches each of them.
final class WaitList {
    private var waits: [ObjectIdentifier: Wait] = [:]
    /// Set once: nobody begins to wait any more.
    private(set) var isStopping = false

    func add(_ wait: Wait) {
        if isStopping { return wait.end(.stopping) }
        waits[ObjectIdentifier(wait)] = wait
    }

    func remove(_ wait: Wait) { waits[ObjectIdentifier(wait)] = nil }

    /// Ends every wait, and those that come.
    func stop() {
        isStopping = true
        for wait in waits.values { wait.end(.stopping) }
    }
}
