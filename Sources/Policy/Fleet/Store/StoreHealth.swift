public import Wire

/// Whether the store is usable. A slow or lost store costs one command's time-out, once; from then on nothing waits for it until it
/// has replied quickly three times in a row.
///
///              first reply
///     starting ───────────▶ up ◀───────────────────────────┐
///        │ patience over     │ time-out, error, cut          │ third quick PONG
///        └──────▶ lost ◀─────┘                               │
///                  │ redial, connected ──▶ probing ──────────┘
///                  ▲                         │ slow, error, cut
///                  └─────────────────────────┘
///
/// The driver dials, sends PING and closes as instructed, reports the results, and calls `tick` at `nextTimer`.
public struct StoreHealth: Sendable {
    /// Why the store is unusable.
    public enum Loss: Error, Hashable, Sendable {
        /// A command had no reply in time.
        case slow
        /// There is no connection, or it was closed.
        case unreachable
        /// Its replies are not those of a store, or of the scripts.
        case malformed
        case refused(StoreError)
        /// The sentinels do not know the configured name of the master.
        case unknownMaster
        /// Without TLS, a server of this machine named one of another.
        case insecure

        /// What `name` may be, in order.
        public static let names: [String] =
            (StoreError.names + [slow, unreachable, malformed, unknownMaster, insecure].map(\.name)).sorted()

        /// A short name for logs, metrics and `/readyz`.
        public var name: String {
            switch self {
            case .slow: "slow"
            case .unreachable: "unreachable"
            case .malformed: "malformed"
            case .refused(let error): error.name
            case .unknownMaster: "unknown-master"
            case .insecure: "insecure"
            }
        }
    }

    public enum State: Hashable, Sendable {
        /// Not connected yet: users wait, but not for long.
        case starting
        case up
        case lost(Loss)
    }

    public enum Action: Hashable, Sendable {
        case dial
        case ping
        /// Close the connection; commands on it have failed.
        case hangUp
        /// Users that wait for the store continue without it.
        case lost(Loss)
        /// It may be used again.
        case regained
    }

    /// The time-out of a command, including PING.
    public let timeout: Duration
    /// How long a start without a store waits for it.
    public let patience: Duration
    /// The back-off between two dials, doubled from `first` to `last`, at random in its upper half, until the store has been up for `last`.
    /// Avoids that all members dial at once when the store recovers.
    public static let redial = (first: Duration.milliseconds(500), last: Duration.seconds(15))
    public static let quickReplies = 3
    static let pingInterval = Duration.milliseconds(100)

    public private(set) var state = State.starting
    /// When the current state was entered.
    public private(set) var since: Instant

    private enum Line: Hashable {
        case down(dialAt: Instant)
        case dialling
        case idle(pingAt: Instant)
        /// A PING is pending.
        case asked(at: Instant)
    }
    private var line: Line
    private var quick = 0
    private var failures = 0
    private var lastLoss = Loss.unreachable

    public init(timeout: Duration = .milliseconds(100), patience: Duration = .seconds(3), now: Instant) {
        self.timeout = timeout
        self.patience = patience
        since = now
        line = .down(dialAt: now)
    }

    public var isUp: Bool { state == .up }

    /// The connection is established, authenticated and to a master.
    public mutating func connected(_ now: Instant) -> [Action] {
        quick = 0
        line = .asked(at: now)
        return [.ping]
    }

    /// A PING's reply.
    public mutating func ponged(_ now: Instant) -> [Action] {
        guard case .asked(let asked) = line else { return [] }
        guard now - asked < timeout else { return fail(.slow, now, share: 1) }
        quick += 1
        line = .idle(pingAt: now + Self.pingInterval)
        // The first start is not a recovery: one reply suffices.
        guard state != .up, quick >= (state == .starting ? 1 : Self.quickReplies) else { return [] }
        state = .up
        since = now
        return [.regained]
    }

    /// A dial failed, the connection was closed, or a reply was late, malformed or a refusal.
    public mutating func failed(_ loss: Loss, _ now: Instant, using random: inout some RandomNumberGenerator) -> [Action] {
        fail(loss, now, share: Double.random(in: 0.5...1, using: &random))
    }

    /// When `tick` should be called, at the latest; nil if not before another event.
    public var nextTimer: Instant? {
        var next: Instant? =
            switch line {
            case .down(let dialAt): dialAt
            case .dialling: nil
            case .idle(let pingAt): state == .up ? nil : pingAt
            case .asked(let at): at + timeout
            }
        if state == .starting { next = min(next ?? .distantFuture, since + patience) }
        return next
    }

    /// Handles timers.
    public mutating func tick(_ now: Instant, using random: inout some RandomNumberGenerator) -> [Action] {
        var actions: [Action] = []
        if state == .starting, now >= since + patience { actions += lose(lastLoss, now) }
        switch line {
        case .down(let dialAt) where now >= dialAt:
            line = .dialling
            actions.append(.dial)
        case .idle(let pingAt) where state != .up && now >= pingAt:
            line = .asked(at: now)
            actions.append(.ping)
        case .asked(let at) where now >= at + timeout:
            actions += failed(.slow, now, using: &random)
        default: break
        }
        return actions
    }

    private mutating func fail(_ loss: Loss, _ now: Instant, share: Double) -> [Action] {
        // Commands that fail with their connection are one failure.
        if case .down = line { return [] }
        let wasOpen = line != .dialling
        lastLoss = loss
        // One that replies to PING, but refuses the scripts, is up for a moment after each dial.
        if isUp, now - since >= Self.redial.last { failures = 0 }
        let delay = min(Self.redial.last, Self.redial.first * (1 << min(failures, 8)))
        failures += 1
        line = .down(dialAt: now + delay * share)
        var actions: [Action] = wasOpen ? [.hangUp] : []
        switch state {
        case .up: actions += lose(loss, now)
        case .starting:
            // A refused connection fails at once; but a store and its members are often started together.
            break
        case .lost: state = .lost(loss)
        }
        return actions
    }

    private mutating func lose(_ loss: Loss, _ now: Instant) -> [Action] {
        state = .lost(loss)
        since = now
        return [.lost(loss)]
    }
}
