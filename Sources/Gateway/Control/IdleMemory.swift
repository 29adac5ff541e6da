import CLinux
import Network
import Wire

/// Gives back memory that is needed no more: once after the start, whose parsing of configuration, authorities and command line takes
/// more than serving does, and once whenever the gateway has had nothing to do for a while.
final class IdleMemory {
    /// When the start is over: the first tokens have been asked for by then.
    private static let afterStart = Duration.milliseconds(250)
    private static let interval = Duration.seconds(30)

    private var rest = Rest()
    private var timer: Timer?

    init(reactor: Reactor, load: LoadGauge) {
        timer = Timer(reactor.timers) { [unowned self] in
            if rest.isDue(requests: load.totalRequests, underWay: load.requests) { zg_release_memory() }
            timer?.schedule(at: .now() + Self.interval)
        }
        timer?.schedule(at: .now() + Self.afterStart)
    }

    func stop() { timer?.cancel() }

    /// Whether the start is just over, or there has been no work since it was last asked, nor a release since the last work.
    struct Rest {
        private var requests = 0
        private var isReleased = false
        private var isStart = true

        mutating func isDue(requests now: Int, underWay: Int) -> Bool {
            if isStart {
                isStart = false
                return true
            }
            if now != requests || underWay > 0 {
                requests = now
                isReleased = false
                return false
            }
            defer { isReleased = true }
            return !isReleased
        }
    }
}
