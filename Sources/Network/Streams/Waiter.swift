import Wire

/// Why a wait ended.
public enum Wake: Hashable, Sendable { case ready, timedOut, interrupted }

/// One task, or one callback, that waits for one kind of readiness, and the latch that keeps readiness until it is
/// consumed.
@safe struct Waiter {
    /// The waiting task or callback. Woken only after the waiter has released it, since a callback may use the waiter at once.
    @safe enum Waiting {
        case none
        case task(UnsafeContinuation<Wake, Never>)
        case callback((Wake) -> Void)

        func wake(_ reason: Wake) {
            switch self {
            case .none: break
            case .task(let continuation): unsafe continuation.resume(returning: reason)
            case .callback(let callback): callback(reason)
            }
        }
    }

    /// The operation may succeed: set by an event, cleared by an operation that would block. Initially set for a new connection.
    var isLatched = true
    private var deadline = Instant.distantFuture
    private var waiting = Waiting.none

    /// The deadline of the pending wait.
    var activeDeadline: Instant { if case .none = waiting { .distantFuture } else { deadline } }

    /// - Returns: false if an event occurred before the suspension was complete; then the continuation is resumed.
    mutating func wait(_ continuation: UnsafeContinuation<Wake, Never>, until deadline: Instant) -> Bool {
        if isLatched {
            unsafe continuation.resume(returning: .ready)
            return false
        }
        self.deadline = deadline
        unsafe waiting = .task(continuation)
        return true
    }

    /// - Returns: false, and `callback` is not kept, if already ready.
    mutating func wait(until deadline: Instant, _ callback: @escaping (Wake) -> Void) -> Bool {
        if isLatched { return false }
        self.deadline = deadline
        waiting = .callback(callback)
        return true
    }

    /// Latches the readiness, and releases the waiting task or callback.
    mutating func becameReady() -> Waiting {
        isLatched = true
        return release()
    }

    /// Releases the waiting task or callback if its deadline has passed.
    mutating func expire(_ now: Instant) -> Waiting { deadline <= now ? release() : .none }

    mutating func release() -> Waiting {
        defer { waiting = .none }
        return waiting
    }
}
