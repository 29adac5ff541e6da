import CLinux
import Glibc
import Wire

/// Tells when something changes in directories (inotify(7)). Directories, not files: Kubernetes swaps a `..data` link beside the file,
/// and editors replace files by renaming, so that a watch on the file itself would see neither.
///
/// Changes that come together are told once, a moment after the first. A poll in between catches what inotify does not see (network
/// file systems, a queue that overflowed).
public final class DirectoryWatcher: EventSource {
    /// Between the first change and the call: a swap is several changes.
    private static let delay = Duration.milliseconds(50)

    private let descriptor: Int32
    private let reactor: Reactor
    private let changed: () -> Void
    private var timer: Timer?
    private var pollTimer: Timer?
    private var watches: [String: Int32] = [:]
    private var isStopped = false

    /// - Parameters:
    ///   - pollInterval: how often `changed` is called in any case.
    ///   - changed: called on the loop's thread; it is to compare contents, since most changes are of no importance.
    /// - Throws: `SystemError` when the system has no inotify instance left.
    public init(reactor: Reactor, pollInterval: Duration, changed: @escaping () -> Void) throws(SystemError) {
        self.reactor = reactor
        self.changed = changed
        descriptor = zg_inotify()
        guard descriptor >= 0 else { throw SystemError("inotify_init1") }
        guard reactor.poller.watch(descriptor, self, .readable) else { throw SystemError("epoll_ctl") }
        timer = Timer(reactor.timers) { changed() }
        pollTimer = Timer(reactor.timers) { [weak self] in
            changed()
            guard let self, !isStopped else { return }
            pollTimer?.schedule(at: reactor.now + pollInterval)
        }
        pollTimer?.schedule(at: Instant.now() + pollInterval)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Watches the directories of these files, and no others from now on.
    public func watch(directoriesOf files: [String]) {
        let wanted = Set(files.map(Self.directory))
        for (directory, watch) in watches where !wanted.contains(directory) {
            _ = zg_inotify_remove(descriptor, watch)
            watches[directory] = nil
        }
        for directory in wanted {
            // Each time, since it may be another one of the same name by now. One that cannot be watched (it does not exist yet) is left
            // to the poll.
            let watch = unsafe zg_inotify_add(descriptor, directory)
            watches[directory] = watch >= 0 ? watch : nil
        }
    }

    /// Ends it: nothing is told any more.
    public func stop() {
        isStopped = true
        timer?.cancel()
        pollTimer?.cancel()
        reactor.poller.unwatch(descriptor, self)
    }

    public func ready(_ readiness: Readiness) {
        // What changed does not matter: the contents are compared.
        unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { events in
            while unsafe read(descriptor, events.baseAddress, events.count) > 0 {}
        }
        timer?.schedule(at: Instant.now() + Self.delay)
    }

    private static func directory(_ file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }
}
