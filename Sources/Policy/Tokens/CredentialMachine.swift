public import Wire

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

/// What callers ask; see `TokenMachine.request` and `TokenMachine.rejected`.
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

    /// The API answered 401 to a call that bore this token, in a way that blames the token.
    ///
    /// For a static token there is no other: the refusal means that the caller should be told what the API said.
    public mutating func rejected(_ version: TokenVersion, _ now: Instant, waiting: Int = 0) -> CredentialReaction {
        if let staticToken {
            guard staticToken.version == version else { return CredentialReaction(.serve(staticToken)) }
            isStaticTokenRejected = true
            return CredentialReaction(
                .refuse(TokenFailure(.rejected), retryAfter: .seconds(5)), rereadsSecret: wantsReread(now))
        }
        guard current?.machine.usable(now)?.version == version else { return request(now, waiting: waiting) }
        if successor != nil {
            // The old version's token died before the new version had one. There will be no other with the old secret.
            promote()
            return request(now, waiting: waiting)
        }
        guard let reaction = current?.machine.rejected(version, now, waiting: waiting) else {
            return request(now, waiting: waiting)
        }
        return CredentialReaction(reaction.reply, fetch: current?.order(reaction.fetch))
    }
}

/// How fetches end, and what happens by itself; see the same of `TokenMachine`. Whoever waits should ask again after each of them.
extension CredentialMachine {
    /// The token endpoint granted a token.
    /// - Returns: whether it is in use now; not, if the ticket is stale or the token came too late.
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

    /// No token was had.
    /// - Returns: whether the secret's source should be read again now.
    @discardableResult
    public mutating func failed(
        _ failure: TokenFailure, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) -> Bool {
        successor?.machine.failed(failure, ticket, now, using: &random)
        current?.machine.failed(failure, ticket, now, using: &random)
        return failure.blamesSecret && ticket.credential == versionCount && wantsReread(now)
    }

    /// Time has passed.
    /// - Returns: fetches to start, one a version at most.
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

/// What becomes of the secret's source.
extension CredentialMachine {
    /// The source was read and holds a usable secret, new or not.
    /// - Returns: a fetch to start.
    public mutating func secretRead(_ secret: Secret, _ now: Instant) -> FetchOrder? {
        problem = nil
        if isStatic {
            adoptStaticToken(secret)
            return nil
        }
        if (successor ?? current)?.secret == secret { return nil }
        if successor != nil, current?.secret == secret {
            // Taken back before it was in use.
            successor = nil
            current?.machine.unretire()
            let ticket = current?.machine.prefetch(now)
            return current?.order(ticket)
        }
        return beginVersion(secret, now)
    }

    /// The source cannot be read, or holds no usable secret. What was read before stays in use.
    public mutating func secretUnusable(_ problem: SecretProblem) { self.problem = problem }

    /// The newest secret that was read.
    public var newestSecret: Secret? { staticToken?.secret ?? (successor ?? current)?.secret }

    /// Gets a token ready before anybody asks.
    /// - Returns: a fetch to start.
    public mutating func prefetch(_ now: Instant) -> FetchOrder? {
        guard successor == nil else { return nil }
        let ticket = current?.machine.prefetch(now)
        return current?.order(ticket)
    }

    private mutating func adoptStaticToken(_ secret: Secret) {
        guard staticToken?.secret != secret else { return }
        versionCount += 1
        staticToken = Token(
            secret: secret, version: TokenVersion(credential: versionCount, serial: 1), goodUntil: .distantFuture)
        isStaticTokenRejected = false
    }

    private mutating func beginVersion(_ secret: Secret, _ now: Instant) -> FetchOrder? {
        versionCount += 1
        let begin = nextSlot(now)
        versionSlot = begin
        var version = Version(
            secret: secret, machine: TokenMachine(credential: versionCount, timing: timing, notBefore: begin))
        let order = version.order(version.machine.prefetch(now))
        if current?.machine.usable(now) == nil {
            current = version
            successor = nil
        } else {
            current?.machine.retire()
            successor = version
        }
        return order
    }

    /// A version that never began leaves its time to the one that replaces it.
    private func nextSlot(_ now: Instant) -> Instant {
        guard let versionSlot else { return now }
        return versionSlot > now ? versionSlot : max(now, versionSlot + timing.versionSpacing)
    }
}

/// The reply to a caller, and what is to be done besides.
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

/// What makes two tenants share one credential, and with it tokens: all of this must be equal. The version of the secret is not
/// part of it, as the secret changes while the credential stays; `CredentialMachine` keeps versions apart.
public struct CredentialKey: Hashable, Sendable {
    /// Where tokens come from; for a static token, the upstream that it is for.
    public var tokenURL: String
    /// Nil for a static token.
    public var clientID: String?
    /// Where the secret or the static token is read from. Two sources are two credentials, even if they hold the same.
    public var source: SecretSource
    /// The entity that tokens are narrowed to; nil: none.
    public var entity: String?
    /// What is added to the form of a token call: with another audience, say, the token is another one.
    public var parameters: [TokenSettings.Parameter] = []
    /// How the token endpoint is reached and trusted: authorities, client certificate, proxy. A tenant that trusts others than
    /// before, or others than its neighbour, has tokens of its own.
    public var connection: [String?] = []

    public init(tokenURL: String, clientID: String?, source: SecretSource, entity: String? = nil) {
        self.tokenURL = tokenURL
        self.clientID = clientID
        self.source = source
        self.entity = entity
    }

    /// - Parameter tokenURL: where a client's tokens come from; of no meaning for a static token.
    public init(_ settings: CredentialSettings, upstream: String, tokenURL: String) {
        switch settings {
        case .client(let id, let source):
            self.init(tokenURL: tokenURL, clientID: id, source: source)
        case .token(let source):
            self.init(tokenURL: upstream, clientID: nil, source: source)
        }
    }
}
