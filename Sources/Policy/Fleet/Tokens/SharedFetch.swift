public import Wire

/// One fetch of a token for a member, made by itself or by another member: from a `FetchTicket` to its end.
///
///              ┌──────────────── poll ◀──── wait ◀─┐
///              ▼                                   │
///     begin ▶ asking ──fetch──▶ turn ──go──▶ due ──▶ calling ──▶ end(.fetched) + publish
///              │ ▲                │ later           │  ▲ └─────▶ end(.failed) + fail
///              │ └──── retry ◀────┘                 └──┘ renew, every 3 s
///              ├──token──▶ end(.received)
///              └──hold───▶ end(.held)
///     the store lost: a call continues, any other state ▶ end(.alone)
///
/// The driver runs the commands, makes the call, reports the results, and calls `tick` at `nextTimer`.
public struct SharedFetch: Sendable {
    public enum Action: Hashable, Sendable {
        /// Run TOKEN and report with `replied`.
        case ask(TokenQuestion)
        /// Run BUDGET and report with `turn`.
        case takeTurn(isAwaited: Bool)
        /// Call the token endpoint and report with `called`.
        case call
        /// Run PUBLISH; its reply is ignored.
        case publish(TokenRecordFacts)
        /// Run FAIL; its reply is ignored.
        case fail(fence: Int64, delay: Duration, kind: String)
        case end(End)
    }

    public enum End: Hashable, Sendable {
        /// The call made here returned a token.
        case fetched
        /// The call made here failed.
        case failed
        /// Another member's sealed token.
        case received([UInt8], TokenRecordFacts, StoreReading)
        /// No member may call before that time, because of a failure at another member.
        case held(until: Instant, kind: String)
        /// Continue without the store.
        case alone
    }

    /// The result of the call to the token endpoint.
    public enum Call: Hashable, Sendable {
        /// - Parameters:
        ///   - goodUntil: when the token expires.
        ///   - refreshAt: when the first member should fetch its successor.
        case token(goodUntil: Instant, refreshAt: Instant)
        /// - Parameter delay: how long no member should call.
        case failure(kind: String, delay: Duration)
    }

    public static let lockTime = Duration.seconds(10)
    public static let renewal = Duration.seconds(3)
    /// A reservation that was not used within this time is renewed: the budget counts calls when they happen.
    public static let turnLife = Duration.seconds(1)
    static let polls = (first: Duration.milliseconds(100), last: Duration.seconds(1))

    private enum State: Hashable {
        case asking
        case poll(at: Instant)
        case turn(Fence)
        case retry(at: Instant)
        case due(Fence, at: Instant)
        case calling(Fence, renewAt: Instant)
        case ended
    }
    private struct Fence: Hashable {
        var number: Int64
        var reading: StoreReading
    }

    private var state = State.asking
    private var question: TokenQuestion
    private var polls = 0

    /// - Parameters:
    ///   - known: the generation that the member holds, if any.
    ///   - rejected: whether the API has rejected that one.
    ///   - isAwaited: whether a request waits for the token.
    public init(member: String, known: Int64?, rejected: Bool, isAwaited: Bool) {
        question = TokenQuestion(member: member, known: known, rejected: rejected, isAwaited: isAwaited)
    }

    public mutating func begin() -> [Action] { [.ask(question)] }

    /// A request has begun to wait for a fetch that was begun without one.
    public mutating func awaited(_ now: Instant) -> [Action] {
        guard !question.isAwaited else { return [] }
        question.isAwaited = true
        switch state {
        case .poll, .retry:
            state = .asking
            return [.ask(question)]
        case .asking, .turn, .due, .calling, .ended: return []
        }
    }

    /// TOKEN's reply.
    public mutating func replied(
        _ reply: TokenQuestion.Reply, asked: Instant, _ now: Instant, using random: inout some RandomNumberGenerator
    ) -> [Action] {
        switch (state, reply) {
        case (.asking, .token(let time, let facts, let sealed)):
            return end(.received(sealed, facts, StoreReading(time: time, asked: asked, received: now)))
        case (.asking, .fetch(let time, let fence, let isAwaited)):
            // Rejected once is enough, or a lost reply would count twice.
            question.rejected = false
            state = .turn(Fence(number: fence, reading: StoreReading(time: time, asked: asked, received: now)))
            return [.takeTurn(isAwaited: isAwaited || question.isAwaited)]
        case (.asking, .wait):
            question.rejected = false
            let delay = min(Self.polls.last, Self.polls.first * (1 << min(polls, 8)))
            polls += 1
            state = .poll(at: now + delay * Double.random(in: 0.5...1.5, using: &random))
            return []
        case (.asking, .hold(let time, let until, let kind)):
            return end(.held(until: StoreReading(time: time, asked: asked, received: now).latest(until), kind: kind))
        case (.calling, .fetch(let time, let number, _)):
            // Another number if the lock had expired: PUBLISH needs the latest.
            let reading = StoreReading(time: time, asked: asked, received: now)
            state = .calling(Fence(number: number, reading: reading), renewAt: now + Self.renewal)
            return []
        default:
            // A late renewal: the call continues, and PUBLISH will show whether it still counts.
            return []
        }
    }

    /// BUDGET's reply.
    public mutating func turn(_ turn: TokenTurn, asked: Instant, _ now: Instant, using random: inout some RandomNumberGenerator)
        -> [Action]
    {
        guard case .turn(let fence) = state else { return [] }
        let at = StoreReading(time: turn.time, asked: asked, received: now).latest(turn.at)
        guard turn.isGranted else {
            // The lock must not expire meanwhile, and a request may start waiting.
            let soonest = now + Self.polls.first * Double.random(in: 0.5...1.5, using: &random)
            state = .retry(at: max(soonest, min(at, now + .seconds(1))))
            return []
        }
        state = .due(fence, at: at)
        return tick(now)
    }

    /// Reports the call's result. Ignored unless one was requested.
    public mutating func called(_ call: Call, _ now: Instant) -> [Action] {
        guard case .calling(let fence, _) = state else { return [] }
        switch call {
        case .token(let goodUntil, let refreshAt):
            let facts = TokenRecordFacts(
                generation: fence.number, expiry: fence.reading.storeTime(at: goodUntil),
                refresh: fence.reading.storeTime(at: refreshAt))
            return [.publish(facts)] + end(.fetched)
        case .failure(let kind, let delay):
            return [.fail(fence: fence.number, delay: delay, kind: kind)] + end(.failed)
        }
    }

    /// The store is no longer usable.
    public mutating func storeLost() -> [Action] {
        switch state {
        case .calling, .ended: []
        case .asking, .poll, .turn, .retry, .due: end(.alone)
        }
    }

    public var nextTimer: Instant? {
        switch state {
        case .poll(let at), .retry(let at), .due(_, let at), .calling(_, let at): at
        case .asking, .turn, .ended: nil
        }
    }

    public mutating func tick(_ now: Instant) -> [Action] {
        switch state {
        case .poll(let at) where now >= at, .retry(let at) where now >= at:
            state = .asking
            return [.ask(question)]
        case .due(let fence, let at) where now >= at:
            guard now < at + Self.turnLife else {
                state = .asking
                return [.ask(question)]
            }
            state = .calling(fence, renewAt: fence.reading.received + Self.renewal)
            return [.call]
        case .calling(let fence, let renewAt) where now >= renewAt:
            state = .calling(fence, renewAt: now + Self.renewal)
            return [.ask(question)]
        default: return []
        }
    }

    private mutating func end(_ end: End) -> [Action] {
        state = .ended
        return [.end(end)]
    }
}
