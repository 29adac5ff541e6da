public import Wire

/// A bearer token in hand.
public struct Token: Sendable {
    public let secret: Secret
    /// Which token this is; to be handed back with `rejected` if the API turns it down.
    public let version: TokenVersion
    /// It is never served at or after this time: its expiry less a margin. `.distantFuture` for a static token.
    public let goodUntil: Instant
    /// What it covers; `.unknown` for a static token.
    public let scope: TokenScope

    public init(secret: Secret, version: TokenVersion, goodUntil: Instant, scope: TokenScope = .unknown) {
        self.secret = secret
        self.version = version
        self.goodUntil = goodUntil
        self.scope = scope
    }

    /// Appends the value of an `Authorization` field (RFC 6750 section 2.1).
    public func appendAuthorization(to out: inout [UInt8]) {
        out.append(contentsOf: "Bearer ".utf8)
        secret.append(to: &out)
    }
}

/// Tells tokens of one credential apart. Later tokens are greater.
public struct TokenVersion: Hashable, Comparable, Sendable {
    /// Which version of the secret it was had with, from 1.
    public let credential: Int
    /// Which token of that version, from 1.
    public let serial: Int

    public init(credential: Int, serial: Int) {
        self.credential = credential
        self.serial = serial
    }

    public static func < (a: TokenVersion, b: TokenVersion) -> Bool {
        (a.credential, a.serial) < (b.credential, b.serial)
    }
}

/// What a token endpoint granted.
public struct TokenGrant: Sendable {
    public var secret: Secret
    /// `expires_in`: life from the moment of issue.
    public var lifetime: Duration
    /// `scope`; `.unknown` when there was none.
    public var scope: TokenScope

    public init(secret: Secret, lifetime: Duration, scope: TokenScope = .unknown) {
        self.secret = secret
        self.lifetime = lifetime
        self.scope = scope
    }
}

/// The times that rule a token's life. The defaults suit Zuora: tokens of an hour, 100 token calls a minute from one address.
public struct TokenTiming: Hashable, Sendable {
    /// A refresh begins at a random point of this part of the token's life, so that gateways started together drift apart.
    public var refreshWindow: ClosedRange<Double> = 0.75...0.85
    /// A token is not served in the last bit of its life: it must still be good when the call arrives. This much, or a twentieth of
    /// the life if that is shorter. Life counts from when the call to the token endpoint *began*, so the answer's travel and a slow
    /// endpoint are on the safe side already, and this is for the API call's travel and for clocks that run at unlike speeds.
    public var margin: Duration = .seconds(5)
    /// Full-jitter back-off after failures that may pass by themselves: random between `minimumDelay` and min(cap, base * 2^n).
    public var backoffBase: Duration = .seconds(1)
    public var backoffCap: Duration = .seconds(60)
    public var minimumDelay: Duration = .milliseconds(250)
    /// Back-off after failures that only people can mend (a wrong secret): random in the upper half of min(cap, this * 2^n), so at
    /// most four calls in the first minute and two a minute from then on.
    public var permanentBase: Duration = .seconds(20)
    /// A longer `Retry-After` is cut to this.
    public var retryAfterCap: Duration = .seconds(3600)
    /// After this time a fetch that was never reported as ended counts as failed.
    public var fetchLimit: Duration = .seconds(40)
    /// Between two fetches that were forced by rejected tokens: nothing after the first rejection, then this, doubled each time a
    /// fresh token is rejected again, up to the cap: at most four in the first minute, then one a minute.
    public var holdOffBase: Duration = .seconds(10)
    public var holdOffCap: Duration = .seconds(60)
    /// A token that was accepted for this long had nothing wrong with it: its rejection begins a new count.
    public var settled: Duration = .seconds(300)
    /// Without a token, failures are retried in the background only while somebody asked for one within this time. With a token,
    /// the time is that token's life.
    public var interest: Duration = .seconds(900)
    /// Between the first fetches of two versions of a secret, should its file change again and again.
    public var versionSpacing: Duration = .seconds(5)
    /// Callers wait out a back-off after a failure that may pass by itself, if it is no longer than this.
    public var patience: Duration = .seconds(10)
    /// Callers that may wait for one fetch.
    public var waitLimit = 10_000

    public init() {}
}
