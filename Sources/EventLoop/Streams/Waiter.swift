import Timekeeping

/// Why a wait ended.
public enum Wake: Hashable, Sendable { case ready, timedOut, interrupted }

/// One task that waits for one kind of readiness, and the latch that remembers readiness until it has been used up.
@safe struct Waiter {
    /// Trying may succeed: set by an event, cleared by whoever tries and finds nothing left. A new connection is tried first.
    var isLatched = true
    private var deadline = Instant.distantFuture
    private var continuation: UnsafeContinuation<Wake, Never>?

    /// When the wait in progress ends at the latest.
    var activeDeadline: Instant { unsafe continuation == nil ? .distantFuture : deadline }

    /// - Returns: false when an event came before the suspension was complete; the continuation is resumed then.
    mutating func wait(_ continuation: UnsafeContinuation<Wake, Never>, until deadline: Instant) -> Bool {
        if isLatched {
            unsafe continuation.resume(returning: .ready)
            return false
        }
        self.deadline = deadline
        unsafe self.continuation = continuation
        return true
    }

    mutating func becameReady() {
        isLatched = true
        resume(.ready)
    }

    mutating func expire(_ now: Instant) {
        if deadline <= now { resume(.timedOut) }
    }

    mutating func resume(_ wake: Wake) {
        guard let continuation = unsafe continuation else { return }
        unsafe self.continuation = nil
        unsafe continuation.resume(returning: wake)
    }
}
