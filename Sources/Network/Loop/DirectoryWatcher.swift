import CLinux
import Glibc
import Wire

/// Watches directories for changes (inotify(7)). Directories, not files: Kubernetes swaps a `..data` link next to the file,
/// and editors replace files by renaming, and a watch on the file itself would detect neither.
///
/// Changes close together are reported once, shortly after the first. Polling catches changes that inotify misses (network
/// file systems, an overflowed queue).
public final class DirectoryWatcher: EventSource {
    /// The delay between the first change and the call: a swap is several changes.
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
    ///   - changed: called on the loop's thread; it must compare contents, since most changes are irrelevant.
    /// - Throws: `SystemError` if no inotify instance is available.
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

    /// Watches the directories of these files instead of the previous ones.
    public func watch(directoriesOf files: [String]) {
        let wanted = Set(files.map(Self.directory))
        for (directory, watch) in watches where !wanted.contains(directory) {
            _ = zg_inotify_remove(descriptor, watch)
            watches[directory] = nil
        }
        for directory in wanted {
            // Each time, since the directory may have been replaced. One that cannot be watched (it does not exist yet) is left
            // to polling.
            let watch = unsafe zg_inotify_add(descriptor, directory)
            watches[directory] = watch >= 0 ? watch : nil
        }
    }

    /// Stops watching.
    public func stop() {
        isStopped = true
        timer?.cancel()
        pollTimer?.cancel()
        reactor.poller.unwatch(descriptor, self)
    }

    public func ready(_ readiness: Readiness) {
        // The events are irrelevant: the contents are compared.
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
