import CLinux
import Glibc

/// A thread for as long as a body runs.
enum Thread {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// - Throws: `SystemError` when the system has no thread to give.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
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
