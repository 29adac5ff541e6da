import CCurl
import Network

/// One socket of libcurl's, in the loop's epoll set.
///
/// libcurl says after every transfer that it no longer cares about the socket, and at the next that it wants to read from it
/// again. The kernel is told neither: what is registered shrinks only when an event comes that nobody wants.
final class UpstreamSocket: EventSource {
    let descriptor: Int32
    /// Whether libcurl opened and will close it through our callbacks, so that nobody closes it unseen.
    let isOurs: Bool
    /// What libcurl waits for.
    private(set) var wanted: Readiness = []
    /// What epoll has been told.
    private var registered: Readiness = []
    private unowned let multi: MultiHandle

    init(descriptor: Int32, isOurs: Bool, multi: MultiHandle) {
        self.descriptor = descriptor
        self.isOurs = isOurs
        self.multi = multi
    }

    func want(_ readiness: Readiness) {
        wanted = readiness
        guard !readiness.isSubset(of: registered) else { return }
        // Refused by the kernel: the transfer ends by its own limits.
        registered = multi.reactor.poller.watch(descriptor, self, readiness) ? readiness : []
    }

    func ready(_ readiness: Readiness) {
        var events = readiness.intersection(wanted)
        // A broken socket is reported as ready for what is awaited: the read or write that follows learns the reason.
        if !readiness.isDisjoint(with: [.error, .hangup]) { events.formUnion(wanted) }
        guard events.isEmpty else {
            multi.drive(descriptor, events)
            return
        }
        // Nobody wants this event, and a level-triggered set would report it for ever.
        if wanted.isEmpty {
            multi.reactor.poller.unwatch(descriptor, self)
            registered = []
            // An idle connection speaks only to say that it ends.
            multi.sweeper?.connectionEnded()
        } else if wanted != registered {
            registered = multi.reactor.poller.watch(descriptor, self, wanted) ? wanted : []
        }
    }
}
