import Wire

/// One credential over the versions of its secret.
///
/// A pure value, driven as `TokenMachine` is. When the secret changes, a new version begins to fetch its first token while the old
/// version's token serves; the old version fetches no more. Once the new one has its token it takes over, and the old one's is
/// forgotten. If the new secret does not work, the old token serves until its true expiry, and `status` says so. A static token
/// takes over at once.
///
/// At most one fetch is in flight a version; versions follow each other no faster than `TokenTiming.versionSpacing`.
public struct CredentialMachine: Sendable {
    public let key: CredentialKey
    public let timing: TokenTiming

    /// The version that serves.
    var current: Version?
    /// The version that is to take over.
    var successor: Version?
    /// The static token, if the key has no client id.
    var staticToken: Token?
    /// Whether the API has rejected the static token.
    var isStaticTokenRejected = false
    var versionCount = 0
    /// When the first fetch of the newest version begins.
    var versionSlot: Instant?
    /// What was wrong with the secret's source when it was last read.
    var problem: SecretProblem?
    var lastReread: Instant?

    struct Version: Sendable {
        var secret: Secret
        var machine: TokenMachine

        func order(_ ticket: FetchTicket?) -> FetchOrder? { ticket.map { FetchOrder(ticket: $0, secret: secret) } }
    }

    public init(key: CredentialKey, timing: TokenTiming = TokenTiming()) {
        self.key = key
        self.timing = timing
    }

    public var isStatic: Bool { key.clientID == nil }

    mutating func promote() {
        guard let successor else { return }
        current = successor
        self.successor = nil
    }

    /// Whether the secret's file should be read again now, because it may be stale: at most every 5 s.
    mutating func wantsReread(_ now: Instant) -> Bool {
        if let lastReread, now < lastReread + .seconds(5) { return false }
        lastReread = now
        return true
    }
}
