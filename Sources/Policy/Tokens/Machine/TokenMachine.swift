public import Wire

/// The life of the tokens of one version of one credential: empty, fetching, valid, refreshing, failed.
///
/// A pure value: events and the time in, what to do out. Whoever drives it
/// - starts a call to the token endpoint for each `FetchTicket` it is given, and reports how it ended;
/// - lets callers that were told to wait ask again when a fetch has ended;
/// - calls `tick` at `nextTimer(after:)`, which it reads again after each event but a plain `serve`.
///
/// Promises:
/// - never two fetches in flight;
/// - no token is served at or after `goodUntil`, nor once the API has rejected it and a fresh one was called for;
/// - a token is refreshed at about 80 % of its life while the old one serves, and only if somebody asked for it within its
///   lifetime: an idle sidecar costs no token calls;
/// - failures are spaced by back-off, and fetches forced by rejected tokens by a growing interval, whatever the callers do.
public struct TokenMachine: Sendable {
    /// Which version of the secret this is, from 1.
    public let credential: Int
    public let timing: TokenTiming

    /// The token, and what is known of it.
    var held: Held?
    /// The fetch in flight.
    var fetch: Fetch?
    /// Why the last fetch failed; nil once one succeeded.
    public internal(set) var failure: TokenFailure?
    /// Failures in a row.
    public internal(set) var failures = 0
    /// No fetch begins before this.
    var notBefore: Instant
    /// Whether a fetch is wanted though nobody waits: the credential is new.
    var isAwaited = false
    /// When a token was last asked for.
    var lastUse: Instant?
    /// Rejections in a row of tokens that were still young, and when the last fetch for such a reason began.
    var rejections = 0
    var lastForced: Instant?
    var fetchCount = 0
    var tokenCount = 0
    /// A newer secret has come: no more fetches.
    public internal(set) var isRetired = false

    struct Held: Sendable {
        var token: Token
        var lifetime: Duration
        /// When the fetch that brought it began.
        var begun: Instant
        var refreshAt: Instant
        /// The API has turned it down, and a fetch in its stead was begun or is due.
        var isRejected = false
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

    /// The token that may be served now, if there is one.
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

/// Where a credential stands, for people.
public enum TokenPhase: String, Sendable, CaseIterable {
    /// No token, and none asked for lately.
    case empty
    /// No token yet; a call is under way.
    case fetching
    case valid
    /// A token serves while its successor is fetched.
    case refreshing
    /// A token serves, but the last attempt to replace it failed.
    case failing
    /// No token, and the last attempt failed.
    case failed

    /// Whether callers are served.
    public var serves: Bool { self == .valid || self == .refreshing || self == .failing }
}
