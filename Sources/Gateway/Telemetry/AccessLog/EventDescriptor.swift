import CLinux
import Glibc
import Wire

/// An event that one thread waits for and others bring about (eventfd(2)).
final class EventDescriptor: Sendable {
    private let descriptor: Int32

    init() throws(LogDrainError) {
        descriptor = eventfd(0, zg_efd_flags)
        if descriptor < 0 { throw LogDrainError(call: "eventfd", code: errno) }
    }

    deinit { close(descriptor) }

    func signal() { _ = eventfd_write(descriptor, 1) }

    /// Waits for the event, and takes it.
    func wait() { _ = wait(nil) }

    /// - Parameter timeout: nil waits for ever.
    /// - Returns: whether it came.
    @discardableResult
    func wait(_ timeout: Duration?) -> Bool {
        let deadline = timeout.map { Instant.now() + $0 }
        while true {
            var value: eventfd_t = 0
            if unsafe eventfd_read(descriptor, &value) == 0 { return true }
            var milliseconds: Int32 = -1
            if let deadline {
                let rest = (deadline - Instant.now()).nanoseconds
                if rest <= 0 { return false }
                milliseconds = Int32(clamping: (rest + 999_999) / 1_000_000)
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&entry, 1, milliseconds)
        }
    }
}
