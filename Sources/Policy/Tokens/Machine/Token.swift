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
