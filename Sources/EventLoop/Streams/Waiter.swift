import Timekeeping

/// Why a wait ended.
public enum Wake: Hashable, Sendable { case ready, timedOut, interrupted }

/// One task that waits for one kind of readiness, and the latch for an event that came while nobody waited.
@safe struct Waiter {
    /// An event came that nobody has waited for yet. A new connection is tried before it is waited for.
    var isLatched = true
    private var deadline = Instant.distantFuture
    private var continuation: UnsafeContinuation<Wake, Never>?

    /// When the wait in progress ends at the latest.
    var activeDeadline: Instant { unsafe continuation == nil ? .distantFuture : deadline }

    mutating func takeLatch() -> Bool {
        defer { isLatched = false }
        return isLatched
    }

    /// - Returns: false when an event came before the suspension was complete; the continuation is resumed then.
    mutating func wait(_ continuation: UnsafeContinuation<Wake, Never>, until deadline: Instant) -> Bool {
        if takeLatch() {
            unsafe continuation.resume(returning: .ready)
            return false
        }
        self.deadline = deadline
        unsafe self.continuation = continuation
        return true
    }

    mutating func becameReady() {
        if unsafe continuation == nil { isLatched = true } else { resume(.ready) }
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
