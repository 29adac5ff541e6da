import CLinux
import Glibc

/// A thread that runs a body.
public enum Thread {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// - Parameter blocksSignals: blocks all signals, leaving them to other threads.
    /// - Throws: `SystemError` if no thread is available.
    public static func start(
        name: String, blocksSignals: Bool = false, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        var all = sigset_t()
        var before = sigset_t()
        if blocksSignals {
            unsafe sigfillset(&all)
            unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        }
        defer { if blocksSignals { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) } }
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                unsafe zg_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        if code != 0 {
            unsafe start.release()
            throw SystemError("pthread_create", code: code)
        }
        pthread_detach(thread)
    }
}
