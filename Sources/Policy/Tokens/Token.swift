public import Wire

/// A bearer token in use. A class, since every request passes it on several times: each for one reference count.
public final class Token: Sendable {
    public let secret: Secret
    /// Identifies the token; must be passed to `rejected` if the API rejects it.
    public let version: TokenVersion
    /// It is never used at or after this time: its expiry minus a margin. `.distantFuture` for a static token.
    public let goodUntil: Instant
    /// Its scope; `.unknown` for a static token.
    public let scope: TokenScope

    public init(secret: Secret, version: TokenVersion, goodUntil: Instant, scope: TokenScope = .unknown) {
        self.secret = secret
        self.version = version
        self.goodUntil = goodUntil
        self.scope = scope
    }
}

/// Identifies tokens of one credential. Later tokens are greater.
public struct TokenVersion: Hashable, Comparable, Sendable {
    /// The version of the secret that it was fetched with, from 1.
    public let credential: Int
    /// The number of the token of that version, from 1.
    public let serial: Int

    public init(credential: Int, serial: Int) {
        self.credential = credential
        self.serial = serial
    }

    public static func < (a: TokenVersion, b: TokenVersion) -> Bool {
        (a.credential, a.serial) < (b.credential, b.serial)
    }
}

/// A token granted by a token endpoint.
public struct TokenGrant: Sendable {
    public var secret: Secret
    /// `expires_in`: the lifetime from the moment of issue.
    public var lifetime: Duration
    /// `scope`; `.unknown` if absent.
    public var scope: TokenScope

    public init(secret: Secret, lifetime: Duration, scope: TokenScope = .unknown) {
        self.secret = secret
        self.lifetime = lifetime
        self.scope = scope
    }
}

/// The timing of tokens. The defaults suit Zuora: tokens of an hour, 100 token calls per minute and address.
public struct TokenTiming: Hashable, Sendable {
    /// A refresh begins at a random point in this part of the token's lifetime, so that gateways started together diverge.
    public var refreshWindow: ClosedRange<Double> = 0.75...0.85
    /// A token is not used at the end of its lifetime: it must still be valid when the call arrives. This margin, or a twentieth of
    /// the lifetime if that is shorter. The lifetime counts from when the call to the token endpoint *began*, so the response's latency
    /// is already covered, and the margin is for the API call's latency and clock drift.
    public var margin: Duration = .seconds(5)
    /// Full-jitter back-off after transient failures: random between `minimumDelay` and min(cap, base * 2^n).
    public var backoffBase: Duration = .seconds(1)
    public var backoffCap: Duration = .seconds(60)
    public var minimumDelay: Duration = .milliseconds(250)
    /// Back-off after failures that need a fix (a wrong secret): random in the upper half of min(cap, this * 2^n), so at
    /// most four calls in the first minute and two per minute from then on.
    public var permanentBase: Duration = .seconds(20)
    /// A longer `Retry-After` is reduced to this.
    public var retryAfterCap: Duration = .seconds(3600)
    /// After this time a fetch that was never reported as ended counts as failed.
    public var fetchLimit: Duration = .seconds(40)
    /// The interval between two fetches forced by rejected tokens: none after the first rejection, then this, doubled each time a
    /// fresh token is rejected again, up to the cap: at most four in the first minute, then one per minute.
    public var holdOffBase: Duration = .seconds(10)
    public var holdOffCap: Duration = .seconds(60)
    /// A token that was accepted for this long was valid: its rejection starts a new count.
    public var settled: Duration = .seconds(300)
    /// Without a token, failures are retried in the background only if one was requested within this time. With a token,
    /// the time is that token's lifetime.
    public var interest: Duration = .seconds(900)
    /// The interval between the first fetches of two versions of a secret, in case its file changes repeatedly.
    public var versionSpacing: Duration = .seconds(5)
    /// Callers wait for a back-off after a transient failure, if it is no longer than this.
    public var patience: Duration = .seconds(10)
    /// The maximum number of callers waiting for one fetch.
    public var waitLimit = 10_000

    public init() {}

    /// How long a token with this lifetime is used.
    public func usable(_ lifetime: Duration) -> Duration { lifetime - min(margin, lifetime / 20) }
}
