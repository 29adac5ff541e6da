import CLinux
import Glibc

/// Signals as events on a loop (signalfd(2)), so that no code runs in a signal handler.
public final class SignalSource: EventSource {
    private let descriptor: Int32
    private let reactor: Reactor
    private let handler: (Int32) -> Void

    /// Blocks `signals` in the calling thread and in those that it starts later. Must be called before any other thread exists:
    /// a signal goes to any thread that has not blocked it.
    public static func block(_ signals: [Int32]) {
        var set = Self.set(signals)
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// - Parameter handler: called on the loop's thread with the signal's number.
    /// - Throws: `SystemError` if the process has no descriptor left.
    public init(_ signals: [Int32], reactor: Reactor, handler: @escaping (Int32) -> Void) throws(SystemError) {
        var set = Self.set(signals)
        descriptor = unsafe signalfd(-1, &set, zg_sfd_flags)
        self.reactor = reactor
        self.handler = handler
        guard descriptor >= 0 else { throw SystemError("signalfd") }
        guard reactor.poller.watch(descriptor, self, .readable) else { throw SystemError("epoll_ctl") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    public func ready(_ readiness: Readiness) {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while unsafe read(descriptor, &info, size) == size { handler(Int32(info.ssi_signo)) }
    }

    private static func set(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        return set
    }
}
