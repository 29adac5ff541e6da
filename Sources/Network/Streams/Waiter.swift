import Wire

/// Why a wait ended.
public enum Wake: Hashable, Sendable { case ready, timedOut, interrupted }

/// One task, or one callback, that waits for one kind of readiness, and the latch that remembers readiness until it has been used
/// up.
@safe struct Waiter {
    /// Who waits. Woken only after the waiter has let go of it, since a callback may use the waiter at once.
    @safe enum Waiting {
        case nobody
        case task(UnsafeContinuation<Wake, Never>)
        case callback((Wake) -> Void)

        func wake(_ reason: Wake) {
            switch self {
            case .nobody: break
            case .task(let continuation): unsafe continuation.resume(returning: reason)
            case .callback(let callback): callback(reason)
            }
        }
    }

    /// Trying may succeed: set by an event, cleared by whoever tries and finds nothing left. A new connection is tried first.
    var isLatched = true
    private var deadline = Instant.distantFuture
    private var waiting = Waiting.nobody

    /// When the wait in progress ends at the latest.
    var activeDeadline: Instant { if case .nobody = waiting { .distantFuture } else { deadline } }

    /// - Returns: false when an event came before the suspension was complete; the continuation is resumed then.
    mutating func wait(_ continuation: UnsafeContinuation<Wake, Never>, until deadline: Instant) -> Bool {
        if isLatched {
            unsafe continuation.resume(returning: .ready)
            return false
        }
        self.deadline = deadline
        unsafe waiting = .task(continuation)
        return true
    }

    /// - Returns: false, and `callback` is not kept, when there is readiness already.
    mutating func wait(until deadline: Instant, _ callback: @escaping (Wake) -> Void) -> Bool {
        if isLatched { return false }
        self.deadline = deadline
        waiting = .callback(callback)
        return true
    }

    /// Latches the readiness, and lets go of who waits for it.
    mutating func becameReady() -> Waiting {
        isLatched = true
        return release()
    }

    /// Lets go of who waits, if the wait is over by `now`.
    mutating func expire(_ now: Instant) -> Waiting { deadline <= now ? release() : .nobody }

    mutating func release() -> Waiting {
        defer { waiting = .nobody }
        return waiting
    }
}
