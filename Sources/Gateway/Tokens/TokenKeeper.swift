import Logging
import Network
import Policy
import Wire

/// Keeps every credential's tokens valid: calls the token endpoints, runs the machines' timers, and reloads secrets when
/// they change. Runs on the control loop, so that workers never wait for it.
final class TokenKeeper {
    let reactor: Reactor
    private let upstream: UpstreamClient
    let log: Logger
    var random = SplitMix64()
    /// How first tokens are spread over time.
    var polite = PoliteTiming()
    /// Called after each call to a token endpoint.
    var onCall: ((Call) -> Void)?
    private(set) var entries: [CredentialKey: Entry] = [:]
    /// Credentials that no tenant uses anymore, but requests in flight may.
    private(set) var retired: [CredentialKey: Entry] = [:]
    /// The other members of the fleet; nil without one.
    var fleet: Fleet?
    private static let sweepInterval = Duration.seconds(5)
    private var sweeper: Timer?

    /// The result of a call to a token endpoint.
    struct Call {
        var key: CredentialKey
        var broughtToken: Bool
        var failure: UpstreamFailure?
        var timings: UpstreamTimings
    }

    final class Entry {
        var source: TokenSource
        var settings: TenantSettings
        var target: UpstreamTarget
        var timer: Timer?
        /// The tenants with this credential, for the log.
        var tenants: [String]
        /// Why the secret could not be used when it was read last.
        var secretProblem: SecretProblem?
        /// With a fleet: what is known of each version of the secret.
        var shares: [Int: TokenShare] = [:]

        init(source: TokenSource, settings: TenantSettings, target: UpstreamTarget) {
            self.source = source
            self.settings = settings
            self.target = target
            tenants = [settings.name]
        }

        /// What every line about it says.
        var metadata: Logger.Metadata {
            ["source": "\(source.key.source)", "tenants": .array(tenants.map { .string($0) })]
        }
    }

    init(reactor: Reactor, upstream: UpstreamClient, log: Logger) {
        self.reactor = reactor
        self.upstream = upstream
        self.log = log
    }

    /// The source for a tenant's credential: the existing one, or a new one, whose secret is read and whose first
    /// token is fetched now. Calls use these settings from now on.
    /// - Parameter target: the origin of the token endpoint.
    /// - Returns: nil for a tenant without a credential: one with a hub that needs no key.
    func source(
        for settings: TenantSettings, target: UpstreamTarget,
        notify: @escaping @Sendable (CredentialKey, TokenSource.Work) -> Void
    ) -> TokenSource? {
        guard let key = CredentialKey(settings) else { return nil }
        if let entry = entries[key] ?? retired.removeValue(forKey: key) {
            entries[key] = entry
            entry.settings = settings
            entry.target = target
            return entry.source
        }
        let source = TokenSource(key: key, host: target.authority) { work in notify(key, work) }
        let entry = Entry(source: source, settings: settings, target: target)
        entry.timer = Timer(reactor.timers) { [weak self, weak entry] in
            if let self, let entry { tick(entry) }
        }
        entries[key] = entry
        readSecret(entry)
        return source
    }

    /// The token endpoint.
    var targets: [UpstreamTarget] { entries.values.map(\.target) + retired.values.map(\.target) }

    /// Retires credentials that no tenant uses anymore. Requests that began before still use them; afterwards they are
    /// dropped.
    /// - Parameter tenants: the names of those that have each credential.
    func keepOnly(_ tenants: [CredentialKey: [String]]) {
        for (key, entry) in entries {
            if let names = tenants[key] {
                entry.tenants = names
            } else {
                entries[key] = nil
                retired[key] = entry
            }
        }
        sweep()
    }

    /// Drops retired credentials that are not referenced anymore.
    private func sweep() {
        for (key, entry) in retired where isKnownUniquelyReferenced(&entry.source) {
            entry.timer?.cancel()
            entry.shares = [:]
            retired[key] = nil
        }
        guard !retired.isEmpty else { return }
        let timer = sweeper ?? Timer(reactor.timers) { [weak self] in self?.sweep() }
        sweeper = timer
        timer.schedule(at: .now() + Self.sweepInterval)
    }

    func perform(_ work: TokenSource.Work, _ key: CredentialKey) {
        guard let entry = entries[key] ?? retired[key] else { return }
        switch work {
        case .fetch(let order): start(order, entry, isAwaited: true)
        case .rereadSecret: readSecret(entry)
        }
    }

    /// Reloads every secret after a file has changed.
    func rereadSecrets() {
        for entry in entries.values { readSecret(entry) }
    }

    /// The paths of secret files.
    var secretFiles: [String] {
        entries.values.compactMap { entry in
            if case .file(let path) = entry.source.key.source { path } else { nil }
        }
    }

    func readSecret(_ entry: Entry) {
        let source = entry.source
        let facts = SecretReader.read(source.key.source)
        let known = source.inspect { $0.newestSecret }
        let verdict = SecretVerdict(facts, use: source.key.use, known: known)
        let now = Instant.now()
        let knownProblem = entry.secretProblem
        entry.secretProblem = nil
        switch verdict.outcome {
        case .unchanged:
            source.update { $0.secretUnchanged() }
            return
        case .unusable(let problem):
            source.update { $0.secretUnusable(problem) }
            entry.secretProblem = problem
            // Files are read again and again until it is gone.
            if problem == knownProblem { break }
            log.error("secret cannot be used", metadata: entry.metadata.merging(["reason": "\(problem.text)"]) { $1 })
        case .changed(let secret):
            for warning in verdict.warnings where known == nil {
                log.warning("secret", metadata: entry.metadata.merging(["warning": "\(warning.text)"]) { $1 })
            }
            let due = polite.prefetch(now, using: &random)
            let order = source.update { $0.secretRead(secret, now, prefetchAt: due) }
            log.info("secret read", metadata: entry.metadata.merging(["version": "\(secret.fingerprint)"]) { $1 })
            if let order { start(order, entry) }
        }
        arm(entry)
    }

    private func tick(_ entry: Entry) {
        let now = Instant.now()
        let orders = entry.source.update { $0.tick(now, using: &random) }
        for order in orders { start(order, entry) }
        arm(entry)
    }

    func arm(_ entry: Entry) {
        let now = Instant.now()
        guard let next = entry.source.inspect({ $0.nextTimer(after: now) }) else { return }
        entry.timer?.schedule(at: next)
    }

    // MARK: Calls

    private func start(_ order: FetchOrder, _ entry: Entry, isAwaited: Bool = false) {
        arm(entry)
        if share(order, entry, isAwaited: isAwaited) { return }
        startAlone(order, entry)
    }

    func startAlone(_ order: FetchOrder, _ entry: Entry) {
        reactor.spawn { [self] in
            let response = await call(order, entry)
            finish(response, order, entry)
        }
    }

    func finish(_ response: TokenResponse, _ order: FetchOrder, _ entry: Entry) {
        let now = Instant.now()
        switch response {
        case .token(let grant):
            entry.source.noteGrant(lifetime: grant.lifetime, scope: grant.scope)
            let isInUse = entry.source.update { $0.fetched(grant, order.ticket, now, using: &random) }
            log.info(
                "token fetched",
                metadata: entry.metadata.merging([
                    "host": "\(entry.source.host)", "lifetime": .number(Int(grant.lifetime.seconds)), "in_use": .flag(isInUse),
                    "secret": "\(order.secret.fingerprint)",
                ]) { $1 })
        case .failure(let failure):
            let rereads = entry.source.update { $0.failed(failure, order.ticket, now, using: &random) }
            log.warning(
                "token fetch failed",
                metadata: entry.metadata.merging([
                    "cause": "\(failure.name)", "reason": "\(failure.text(host: entry.source.host))",
                ]) { $1 })
            if rereads { readSecret(entry) }
        }
        arm(entry)
    }

    func call(_ order: FetchOrder, _ entry: Entry) async -> TokenResponse {
        guard let call = TokenCall(entry.source.key, entry.settings.token, secret: order.secret, target: entry.target) else {
            return .failure(TokenFailure(.refused))
        }
        var report = Call(key: entry.source.key, broughtToken: false, failure: nil, timings: UpstreamTimings())
        let response = await call.make(upstream) { transfer in
            report.timings = transfer.timings
            report.failure = transfer.failure
        }
        if case .token = response { report.broughtToken = true }
        onCall?(report)
        return response
    }
}

extension CredentialKey {
    /// - Returns: nil for a tenant without a credential.
    init?(_ tenant: TenantSettings) {
        let upstream = tenant.upstream
        self.init(tenant.credential, upstream: upstream.url, tokenURL: tenant.token.url)
        parameters = tenant.token.parameters
        connection = [
            upstream.caFile, upstream.clientCertificate, upstream.clientKey, upstream.proxy, upstream.minimumTLS.rawValue,
        ]
    }
}
