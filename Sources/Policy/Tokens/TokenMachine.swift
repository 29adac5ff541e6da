public import Wire

/// The token lifecycle of one version of one credential: empty, fetching, valid, refreshing, failed.
///
/// A pure value that maps events and times to actions. The driver
/// - starts a call to the token endpoint for each `FetchTicket` it is given, and reports how it ended;
/// - makes waiting callers ask again when a fetch has ended;
/// - calls `tick` at `nextTimer(after:)`, which it reads again after each event but a plain `serve`.
///
/// Guarantees:
/// - never two fetches in flight;
/// - no token is used at or after `goodUntil`, nor once the API has rejected it and a fresh one was requested;
/// - a token is refreshed at about 80 % of its lifetime while the old one is in use, and only if it was requested within its
///   lifetime: an idle sidecar makes no token calls;
/// - failures are spaced by back-off, and fetches forced by rejected tokens by a growing interval, regardless of callers.
public struct TokenMachine: Sendable {
    /// The version of the secret, from 1.
    public let credential: Int
    public let timing: TokenTiming

    /// The token and its properties.
    var held: Held?
    /// The fetch in flight.
    var fetch: Fetch?
    /// Why the last fetch failed; nil after a success.
    public internal(set) var failure: TokenFailure?
    /// Consecutive failures.
    public internal(set) var failures = 0
    /// No fetch begins before this.
    var notBefore: Instant
    /// A caller waits for `notBefore`, when the timer begins the fetch.
    var isAwaited = false
    /// When to fetch the first token, if no caller wants one before.
    var prefetchAt: Instant?
    /// When a token was last requested.
    var lastUse: Instant?
    /// Consecutive rejections of recent tokens, and the start of the last fetch for this reason.
    var rejections = 0
    var lastForced: Instant?
    var fetchCount = 0
    var tokenCount = 0
    /// A newer secret has arrived: no more fetches.
    public internal(set) var isRetired = false

    struct Held: Sendable {
        var token: Token
        var lifetime: Duration
        /// When its fetch began.
        var begun: Instant
        var refreshAt: Instant
        /// The API has rejected it, and a fetch of a replacement was begun or is due.
        var isRejected = false
        /// Without the fleet's store, `refreshAt` is this member's own time: no request brings it forward.
        var isPostponed = false
    }

    struct Fetch: Sendable {
        var number: Int
        var begun: Instant
    }

    /// - Parameter notBefore: when the first fetch may begin.
    public init(credential: Int = 1, timing: TokenTiming = TokenTiming(), notBefore: Instant = Instant(nanoseconds: 0)) {
        self.credential = credential
        self.timing = timing
        self.notBefore = notBefore
    }

    /// The token that may be used now, if any.
    public func usable(_ now: Instant) -> Token? {
        guard let held, !held.isRejected, now < held.token.goodUntil else { return nil }
        return held.token
    }

    public func phase(_ now: Instant) -> TokenPhase {
        switch (usable(now) != nil, fetch != nil, failure != nil) {
        case (true, true, _): .refreshing
        case (true, false, true): .failing
        case (true, false, false): .valid
        case (false, true, _): .fetching
        case (false, false, true): .failed
        case (false, false, false): .empty
        }
    }
}

/// The state of a credential, for display.
public enum TokenPhase: String, Sendable, CaseIterable {
    /// No token, and none requested recently.
    case empty
    /// No token yet; a call is in progress.
    case fetching
    case valid
    /// A token is in use while its successor is fetched.
    case refreshing
    /// A token is in use, but the last attempt to replace it failed.
    case failing
    /// No token, and the last attempt failed.
    case failed

    /// Whether requests can be served.
    public var serves: Bool { self == .valid || self == .refreshing || self == .failing }
}

/// Requests of callers.
extension TokenMachine {
    /// A caller wants a token.
    /// - Parameters:
    ///   - needs: how long the call may take. It is a hint: a token that will expire sooner is still used, since the API checks it when
    ///     the call arrives, but after half of its lifetime such a call triggers its refresh earlier.
    ///   - waiting: how many callers are already waiting.
    public mutating func request(_ now: Instant, needs: Duration = .zero, waiting: Int = 0) -> TokenReaction {
        lastUse = now
        if let token = usable(now) {
            return TokenReaction(.serve(token), fetch: isRefreshDue(now, needs: needs) ? begin(now) : nil)
        }
        if fetch == nil {
            if isRetired { return TokenReaction(.refuse(failure ?? TokenFailure(.rejected), retryAfter: timing.backoffBase)) }
            if now >= notBefore { return TokenReaction(.wait, fetch: begin(now)) }
            if let failure {
                let delay = max(notBefore - now, .zero)
                // Callers with enough time wait for transient failures.
                guard failure.isRetryable, delay < needs, delay <= timing.patience else {
                    return TokenReaction(.refuse(failure, retryAfter: delay))
                }
            }
            // The timer begins the next fetch.
            isAwaited = true
        }
        guard waiting < timing.waitLimit else {
            return TokenReaction(.refuse(TokenFailure(.tooManyWaiting), retryAfter: timing.backoffBase))
        }
        return TokenReaction(.wait)
    }

    /// The API rejected this token: a 401 that blames the token.
    ///
    /// Of many rejections of one token the first forces a fetch and all wait for it; if the token has been replaced since,
    /// the successor is returned. If fresh tokens keep being rejected the cause is different: then most rejections are refused
    /// with cause `rejected`, the API's response should be relayed, and the token stays in use until the next fetch is allowed.
    public mutating func rejected(_ version: TokenVersion, _ now: Instant, waiting: Int = 0) -> TokenReaction {
        guard var held, held.token.version == version, !held.isRejected, now < held.token.goodUntil else {
            return request(now, waiting: waiting)
        }
        lastUse = now
        if now - held.begun >= timing.settled { rejections = 0 }
        if fetch == nil, let lastForced, now < lastForced + holdOff {
            return TokenReaction(.refuse(TokenFailure(.rejected), retryAfter: lastForced + holdOff - now))
        }
        rejections += 1
        lastForced = now
        held.isRejected = true
        self.held = held
        return request(now, waiting: waiting)
    }

    /// A caller was served by another version instead.
    mutating func noteUse(_ now: Instant) { lastUse = now }

    /// How long after the last forced fetch the next may follow.
    private var holdOff: Duration {
        guard rejections > 0 else { return .zero }
        return min(timing.holdOffCap, timing.holdOffBase * (1 << min(rejections - 1, 16)))
    }

    private func isRefreshDue(_ now: Instant, needs: Duration) -> Bool {
        guard let held, fetch == nil, !isRetired, now >= notBefore else { return false }
        if now >= held.refreshAt { return true }
        return !held.isPostponed && held.token.goodUntil - now < needs && now - held.begun >= held.lifetime / 2
    }

    mutating func begin(_ now: Instant) -> FetchTicket {
        fetchCount += 1
        fetch = Fetch(number: fetchCount, begun: now)
        isAwaited = false
        prefetchAt = nil
        return FetchTicket(credential: credential, number: fetchCount)
    }
}

/// Results of fetches.
extension TokenMachine {
    /// The token endpoint granted a token. Ignored if the ticket is not that of the fetch in flight.
    /// - Returns: whether the token is in use now.
    @discardableResult
    public mutating func fetched(
        _ grant: TokenGrant, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) -> Bool {
        guard let fetch, isCurrent(ticket) else { return false }
        return hold(grant, begun: fetch.begun, refreshAt: nil, ticket, now, using: &random)
    }

    /// Another member of the fleet fetched the token. Ignored if the ticket is not that of the fetch in flight.
    /// - Parameters:
    ///   - grant: its lifetime is that from now on.
    ///   - refreshAt: when this member looks for its successor.
    /// - Returns: whether the token is in use now.
    mutating func received(
        _ grant: TokenGrant, refreshAt: Instant, _ ticket: FetchTicket, _ now: Instant,
        using random: inout some RandomNumberGenerator
    ) -> Bool {
        guard isCurrent(ticket) else { return false }
        return hold(grant, begun: now, refreshAt: refreshAt, ticket, now, using: &random)
    }

    /// - Parameter refreshAt: nil: at a random point of the timing's window.
    private mutating func hold(
        _ grant: TokenGrant, begun: Instant, refreshAt: Instant?, _ ticket: FetchTicket, _ now: Instant,
        using random: inout some RandomNumberGenerator
    ) -> Bool {
        let goodUntil = begun + timing.usable(grant.lifetime)
        if goodUntil <= now || held?.isRejected == true && held?.token.secret == grant.secret {
            failed(
                TokenFailure(goodUntil <= now ? .malformedResponse(.expiredOnArrival) : .sameTokenAgain), ticket, now,
                using: &random)
            return false
        }
        let refreshAt = refreshAt ?? begun + grant.lifetime * Double.random(in: timing.refreshWindow, using: &random)
        tokenCount += 1
        held = Held(
            token: Token(
                secret: grant.secret, version: TokenVersion(credential: credential, serial: tokenCount), goodUntil: goodUntil,
                scope: grant.scope),
            lifetime: grant.lifetime, begun: begun, refreshAt: refreshAt)
        fetch = nil
        failure = nil
        failures = 0
        notBefore = now
        return true
    }

    /// Ends the fetch in flight without a result, since the token that is held lasts: its successor is fetched at `due`.
    mutating func postpone(_ ticket: FetchTicket, to due: Instant) {
        guard isCurrent(ticket), held != nil else { return }
        fetch = nil
        held?.refreshAt = due
        held?.isPostponed = true
    }

    /// A fetch failed. Ignored if the ticket is not that of the fetch in flight.
    public mutating func failed(
        _ failure: TokenFailure, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) {
        guard isCurrent(ticket) else { return }
        fetch = nil
        failures += 1
        self.failure = failure
        notBefore = now + timing.delay(after: failure, count: failures, using: &random)
    }

    /// A newer secret has arrived: the current token may still be used, but no more are fetched.
    mutating func retire() { isRetired = true }

    /// The newer secret was withdrawn.
    mutating func unretire() { isRetired = false }

    private func isCurrent(_ ticket: FetchTicket) -> Bool {
        ticket.credential == credential && ticket.number == fetch?.number
    }
}

extension TokenTiming {
    /// The back-off after the `count`th consecutive failure.
    func delay(after failure: TokenFailure, count: Int, using random: inout some RandomNumberGenerator) -> Duration {
        let doublings = 1 << min(max(count - 1, 0), 16)
        let delay: Duration
        if failure.isRetryable {
            let ceiling = max(min(backoffCap, backoffBase * doublings), minimumDelay)
            delay = minimumDelay + (ceiling - minimumDelay) * Double.random(in: 0...1, using: &random)
        } else {
            delay = min(backoffCap, permanentBase * doublings) * Double.random(in: 0.5...1, using: &random)
        }
        guard let asked = failure.retryAfter.map({ min($0, retryAfterCap) }), asked > .zero else { return delay }
        // A random time later than requested, since all gateways were told the same time.
        return max(delay, asked + min(asked / 10, .seconds(5)) * Double.random(in: 0...1, using: &random))
    }
}

/// Timers.
extension TokenMachine {
    /// Prefetches a token: at start, and when the secret has changed.
    /// - Parameter due: when, unless a caller wants a token before (`PoliteTiming.prefetch`).
    public mutating func prefetch(_ now: Instant, at due: Instant? = nil) -> FetchTicket? {
        let due = max(due ?? now, notBefore)
        lastUse = max(now, due)
        guard usable(now) == nil, fetch == nil, !isRetired else { return nil }
        guard now >= due else {
            prefetchAt = due
            return nil
        }
        return begin(now)
    }

    /// Handles timers. May be called at any time, and late.
    /// - Returns: a fetch to start.
    public mutating func tick(_ now: Instant, using random: inout some RandomNumberGenerator) -> FetchTicket? {
        if let fetch, now >= fetch.begun + timing.fetchLimit {
            let ticket = FetchTicket(credential: credential, number: fetch.number)
            failed(TokenFailure(.timedOut), ticket, now, using: &random)
        }
        // Dropped and wiped as soon as it has expired.
        if let held, now >= held.token.goodUntil { self.held = nil }
        guard let due = backgroundFetch, now >= due else { return nil }
        if isWanted(now) { return begin(now) }
        // Idle, it does not try again: a failure that may have passed says nothing of now.
        if held == nil, failure?.isRetryable == true {
            failure = nil
            failures = 0
        }
        return nil
    }

    /// When `tick` should be called next, at the latest; nil if not before another event. Right after `tick(now)` it is
    /// later than `now`.
    public func nextTimer(after now: Instant) -> Instant? {
        var next = fetch.map { $0.begun + timing.fetchLimit }
        if let held { next = min(next ?? .distantFuture, held.token.goodUntil) }
        if let due = backgroundFetch, due > now || isWanted(now) { next = min(next ?? .distantFuture, due) }
        // A request that comes before `notBefore` waits for it, and nothing else sets the timer then.
        if prefetchAt != nil, fetch == nil, notBefore > now { next = min(next ?? .distantFuture, notBefore) }
        return next
    }

    /// When a fetch is due without a caller, provided that the token is still in use.
    private var backgroundFetch: Instant? {
        guard fetch == nil, !isRetired else { return nil }
        if let held { return held.isRejected ? notBefore : max(notBefore, held.refreshAt) }
        // A token that expired unused is fetched on demand.
        return failure != nil || isAwaited ? notBefore : prefetchAt
    }

    private func isWanted(_ now: Instant) -> Bool {
        guard let lastUse else { return false }
        return now - lastUse <= (held?.lifetime ?? timing.interest)
    }
}

/// The reply to a caller's request for a token.
public enum TokenReply: Sendable {
    case serve(Token)
    /// A fetch is in progress: ask again when it has ended, successfully or not.
    case wait
    /// None is available before `retryAfter` has passed.
    case refuse(TokenFailure, retryAfter: Duration)
}

/// The reply to a caller, and whether to start a fetch.
public struct TokenReaction: Sendable {
    public var reply: TokenReply
    /// Start one call to the token endpoint, and report its end with `fetched` or `failed` under this ticket.
    public var fetch: FetchTicket?

    public init(_ reply: TokenReply, fetch: FetchTicket? = nil) {
        self.reply = reply
        self.fetch = fetch
    }
}

/// Identifies one call to the token endpoint, so that a late response is not mistaken for another's.
public struct FetchTicket: Hashable, Sendable {
    /// The version of the secret used by the call.
    public let credential: Int
    public let number: Int

    public init(credential: Int, number: Int) {
        self.credential = credential
        self.number = number
    }
}
