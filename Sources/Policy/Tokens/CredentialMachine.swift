public import Wire

/// One credential with the versions of its secret.
///
/// A pure value, driven as `TokenMachine` is. When the secret changes, a new version begins to fetch its first token while the old
/// version's token stays in use; the old version fetches no more. Once the new one has a token it takes over, and the old one is
/// dropped. If the new secret does not work, the old token is used until its true expiry, and `status` reports it. A static token
/// takes over at once.
///
/// At most one fetch per version is in flight; versions follow each other no faster than `TokenTiming.versionSpacing`.
public struct CredentialMachine: Sendable {
    public let key: CredentialKey
    public let timing: TokenTiming

    /// The version in use.
    var current: Version?
    /// The version that will take over.
    var successor: Version?
    /// The static token, if the key has no client id.
    var staticToken: Token?
    /// Whether the API has rejected the static token.
    var isStaticTokenRejected = false
    var versionCount = 0
    /// When the first fetch of the newest version begins.
    var versionSlot: Instant?
    /// The problem of the secret's source when it was last read.
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

/// Requests of callers; see `TokenMachine.request` and `TokenMachine.rejected`.
extension CredentialMachine {
    /// A caller wants a token.
    public mutating func request(_ now: Instant, needs: Duration = .zero, waiting: Int = 0) -> CredentialReaction {
        if let staticToken { return CredentialReaction(.serve(staticToken)) }
        if successor != nil {
            if let token = current?.machine.usable(now) {
                successor?.machine.noteUse(now)
                return CredentialReaction(.serve(token))
            }
            promote()
        }
        guard let reaction = current?.machine.request(now, needs: needs, waiting: waiting) else {
            let failure = TokenFailure(.noSecret(problem ?? .notRead))
            return CredentialReaction(.refuse(failure, retryAfter: .seconds(5)), rereadsSecret: wantsReread(now))
        }
        return CredentialReaction(reaction.reply, fetch: current?.order(reaction.fetch))
    }

    /// The API rejected this token: a 401 that blames the token.
    ///
    /// For a static token there is no other: the refusal means that the API's response should be relayed.
    public mutating func rejected(_ version: TokenVersion, _ now: Instant, waiting: Int = 0) -> CredentialReaction {
        if let staticToken {
            guard staticToken.version == version else { return CredentialReaction(.serve(staticToken)) }
            isStaticTokenRejected = true
            return CredentialReaction(
                .refuse(TokenFailure(.rejected), retryAfter: .seconds(5)), rereadsSecret: wantsReread(now))
        }
        guard current?.machine.usable(now)?.version == version else { return request(now, waiting: waiting) }
        if successor != nil {
            // The old version's token expired before the new version had one. The old secret gets no other.
            promote()
            return request(now, waiting: waiting)
        }
        guard let reaction = current?.machine.rejected(version, now, waiting: waiting) else {
            return request(now, waiting: waiting)
        }
        return CredentialReaction(reaction.reply, fetch: current?.order(reaction.fetch))
    }
}

/// Results of fetches, and timers; see those of `TokenMachine`. Waiting requests should ask again after each of them.
extension CredentialMachine {
    /// The token endpoint granted a token.
    /// - Returns: whether it is in use now; false if the ticket is stale or the token came too late.
    @discardableResult
    public mutating func fetched(
        _ grant: TokenGrant, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) -> Bool {
        if successor?.machine.credential == ticket.credential {
            guard successor?.machine.fetched(grant, ticket, now, using: &random) == true else { return false }
            promote()
            return true
        }
        return current?.machine.fetched(grant, ticket, now, using: &random) ?? false
    }

    /// A fetch failed.
    /// - Returns: whether the secret's source should be read again now.
    @discardableResult
    public mutating func failed(
        _ failure: TokenFailure, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) -> Bool {
        successor?.machine.failed(failure, ticket, now, using: &random)
        current?.machine.failed(failure, ticket, now, using: &random)
        return failure.blamesSecret && ticket.credential == versionCount && wantsReread(now)
    }

    /// Handles timers.
    /// - Returns: fetches to start, at most one per version.
    public mutating func tick(_ now: Instant, using random: inout some RandomNumberGenerator) -> [FetchOrder] {
        var orders: [FetchOrder] = []
        if let order = current?.order(current?.machine.tick(now, using: &random)) { orders.append(order) }
        if let order = successor?.order(successor?.machine.tick(now, using: &random)) { orders.append(order) }
        if current?.machine.usable(now) == nil { promote() }
        return orders
    }

    /// When `tick` should be called next, at the latest.
    public func nextTimer(after now: Instant) -> Instant? {
        let times = [current?.machine.nextTimer(after: now), successor?.machine.nextTimer(after: now)].compactMap { $0 }
        return times.min()
    }
}

/// Events of the secret's source.
extension CredentialMachine {
    /// The source was read and contains a usable secret, new or not.
    /// - Parameter due: when to fetch its first token, unless a caller wants one before; nil: now.
    /// - Returns: a fetch to start.
    public mutating func secretRead(_ secret: Secret, _ now: Instant, prefetchAt due: Instant? = nil) -> FetchOrder? {
        problem = nil
        if isStatic {
            adoptStaticToken(secret)
            return nil
        }
        if (successor ?? current)?.secret == secret { return nil }
        if successor != nil, current?.secret == secret {
            // Reverted before it was in use.
            successor = nil
            current?.machine.unretire()
            let ticket = current?.machine.prefetch(now, at: due)
            return current?.order(ticket)
        }
        return beginVersion(secret, now, prefetchAt: due)
    }

    /// The source cannot be read, or has no usable secret. The previous secret stays in use.
    public mutating func secretUnusable(_ problem: SecretProblem) { self.problem = problem }

    /// The source has the newest secret, which it may have been without in the meantime.
    public mutating func secretUnchanged() { problem = nil }

    /// The newest secret that was read.
    public var newestSecret: Secret? { staticToken?.secret ?? (successor ?? current)?.secret }

    private mutating func adoptStaticToken(_ secret: Secret) {
        guard staticToken?.secret != secret else { return }
        versionCount += 1
        staticToken = Token(
            secret: secret, version: TokenVersion(credential: versionCount, serial: 1), goodUntil: .distantFuture)
        isStaticTokenRejected = false
    }

    private mutating func beginVersion(_ secret: Secret, _ now: Instant, prefetchAt due: Instant?) -> FetchOrder? {
        versionCount += 1
        let begin = nextSlot(now)
        versionSlot = begin
        var version = Version(
            secret: secret, machine: TokenMachine(credential: versionCount, timing: timing, notBefore: begin))
        let order = version.order(version.machine.prefetch(now, at: due))
        if current?.machine.usable(now) == nil {
            current = version
            successor = nil
        } else {
            current?.machine.retire()
            successor = version
        }
        return order
    }

    /// A version that never began passes its start time to its replacement.
    private func nextSlot(_ now: Instant) -> Instant {
        guard let versionSlot else { return now }
        return versionSlot > now ? versionSlot : max(now, versionSlot + timing.versionSpacing)
    }
}

/// The reply to a caller, and further actions.
public struct CredentialReaction: Sendable {
    public var reply: TokenReply
    /// Start this call to the token endpoint.
    public var fetch: FetchOrder?
    /// Read the secret's source again, now: it may have changed unnoticed.
    public var rereadsSecret: Bool

    public init(_ reply: TokenReply, fetch: FetchOrder? = nil, rereadsSecret: Bool = false) {
        self.reply = reply
        self.fetch = fetch
        self.rereadsSecret = rereadsSecret
    }
}

/// One call to the token endpoint, and the secret to make it with.
public struct FetchOrder: Sendable {
    public var ticket: FetchTicket
    public var secret: Secret

    public init(ticket: FetchTicket, secret: Secret) {
        self.ticket = ticket
        self.secret = secret
    }
}

/// Identifies a credential: tenants with equal keys share it and its tokens. The version of the secret is not
/// part of it, since the secret may change; `CredentialMachine` handles versions.
public struct CredentialKey: Hashable, Sendable {
    /// The token endpoint; for a static token, the upstream that it is for.
    public var tokenURL: String
    /// Nil for a static token.
    public var clientID: String?
    /// The source of the secret or static token. Two sources are two credentials, even with the same content.
    public var source: SecretSource
    /// Additional form parameters of a token call: another audience, for example, means another token.
    public var parameters: [TokenSettings.Parameter] = []
    /// Connection settings of the token endpoint: authorities, client certificate, proxy. Tenants with different
    /// settings have different tokens.
    public var connection: [String?] = []

    /// What the secret has to be valid for.
    public var use: SecretVerdict.Use { clientID == nil ? .bearerToken : .clientSecret }

    public init(tokenURL: String, clientID: String?, source: SecretSource) {
        self.tokenURL = tokenURL
        self.clientID = clientID
        self.source = source
    }

    /// - Parameter tokenURL: the client's token endpoint; ignored for a static token and for the key of a hub.
    /// - Returns: nil for a hub without a key.
    public init?(_ settings: CredentialSettings, upstream: String, tokenURL: String) {
        switch settings {
        case .client(let id, let source):
            self.init(tokenURL: tokenURL, clientID: id, source: source)
        case .token(let source):
            self.init(tokenURL: upstream, clientID: nil, source: source)
        case .hub(let key):
            guard let key else { return nil }
            self.init(tokenURL: upstream, clientID: nil, source: key)
        }
    }
}
