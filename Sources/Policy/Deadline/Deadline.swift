public import Wire

/// The time that one exchange has, from accept to the last attempt's answer. Everything shares it: waiting for a slot, for a
/// token, the attempts and the pauses between them.
public struct Deadline: Hashable, Sendable {
    public let start: Instant
    public let total: Duration
    /// `start` and `total` together: asked for at each step.
    public let end: Instant

    public init(start: Instant, total: Duration) {
        self.start = start
        self.total = total
        end = start + total
    }

    /// The tenant's limit, or less if the caller asked for less.
    public init(start: Instant, tenantTimeout: Duration, requested: Duration?) {
        self.init(start: start, total: min(tenantTimeout, requested ?? tenantTimeout))
    }

    public func hasPassed(at now: Instant) -> Bool { now >= end }

    /// What is left; zero when the time is up.
    public func remaining(at now: Instant) -> Duration { max(end - now, .zero) }

    /// When a step that begins now has to be over: after its own limit, or at the deadline if that comes first.
    /// - Parameter limit: the step's own limit; nil for none.
    public func end(of step: Limit, limit: Duration?, from now: Instant) -> (at: Instant, passes: Limit) {
        guard let limit, now + limit < end else { return (end, .total) }
        return (now + limit, step)
    }

    /// The limits inside an exchange, so that a 504 can name the one that passed.
    public enum Limit: String, Hashable, Sendable, CaseIterable {
        /// Waiting for a slot under the tenant's concurrency limit.
        case queue
        /// Waiting for a bearer token.
        case token
        /// DNS, TCP and TLS.
        case connect
        /// From the request sent to the first byte of the answer.
        case firstByte = "first-byte"
        /// An answer under way that stood still.
        case stall
        /// The whole exchange.
        case total
    }
}
