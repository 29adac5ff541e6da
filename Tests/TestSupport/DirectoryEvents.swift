import Foundation
import Glibc

/// Waits for what happens in a directory (inotify(7)): a program that a test has started writes its log, or its process id once it
/// serves. What happened since the object was made is not missed.
public final class DirectoryEvents: Sendable {
    public struct Failure: Error { let code: Int32 }

    private let descriptor: Int32

    public init(_ directory: String) throws {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        let events = UInt32(IN_CREATE) | UInt32(IN_MODIFY) | UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO)
        guard descriptor >= 0, inotify_add_watch(descriptor, directory, events) >= 0 else { throw Failure(code: errno) }
    }

    deinit { close(descriptor) }

    /// Waits until `condition` holds; looks at it again after each event.
    /// - Parameter end: a descriptor that becomes readable when nothing more will happen.
    /// - Returns: whether it came to hold within `limit` seconds, and before the end.
    public func wait(
        within limit: TimeInterval = 20, orUntil end: Int32 = -1, _ condition: () throws -> Bool
    ) rethrows -> Bool {
        let deadline = Date(timeIntervalSinceNow: limit)
        while try !condition() {
            var sources = [descriptor, end].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let left = deadline.timeIntervalSinceNow
            guard left > 0, poll(&sources, 2, Int32(left * 1000) + 1) > 0 else { return try condition() }
            if sources[1].revents != 0 { return try condition() }
            var events = [UInt8](repeating: 0, count: 64 << 10)
            while read(descriptor, &events, events.count) > 0 {}
        }
        return true
    }
}
