public import Configuration
public import Network
import Policy
import Wire

/// Tests every tenant online: connects to its upstream and requests a token, with the code and settings that serve requests.
///
/// One token is requested per credential, and each upstream without a token call gets one `HEAD /` without a credential. A
/// static token is read but not sent, since no call is known to be safe for every user. A hub gets a request for a path that no
/// gateway forwards, so that its response tells whether it knows this gateway and the tenant. The fleet's store runs one script.
public actor OnlineCheck: EventLoopActor {
    public nonisolated let loop: EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    public let reactor: Reactor

    /// The result for the fleet's store; nil without a fleet.
    public private(set) var store: StoreTrial?
    private var connections: [ObjectIdentifier: TenantTrial.Connection] = [:]
    private var results: [CredentialKey: Outcome] = [:]
    /// By tenant.
    private var hubs: [String: TenantTrial.HubResult] = [:]

    private enum Outcome {
        case granted(lifetime: Duration, scope: TokenScope)
        case failed(TokenFailure)
        case unused
    }

    private struct Subject {
        let settings: TenantSettings
        /// nil for a hub without a key.
        let key: CredentialKey?
        let api: UpstreamTarget
        let token: UpstreamTarget
    }

    /// `CurlLibrary.initialize` must have been called.
    /// - Throws: `SystemError` if the process has no descriptor left.
    public init() throws(SystemError) {
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
    }

    /// Tests the fleet's store, then all hubs, all credentials and all upstreams, the ones of a kind concurrently. The duration of each
    /// round is that of its slowest call, at most half a minute, plus a second for each credential beyond `burst`.
    /// - Returns: the tenants in the configuration's order.
    /// - Throws: `StartError` for an upstream that is not a base URL, or if libcurl is out of memory.
    public func run(_ configuration: Configuration) async throws(StartError) -> [TenantTrial] {
        bindReactor()
        let upstream: UpstreamClient
        do throws(SystemError) { upstream = try UpstreamClient(reactor: reactor) } catch { throw StartError("\(error)") }
        defer { upstream.close() }
        if let fleet = configuration.fleet { store = await tryStore(fleet, upstream) }
        let all = try subjects(configuration)
        await together(all.filter(\.settings.usesHub)) { [self] subject, _ in
            hubs[subject.settings.name] = await hub(subject, configuration.gateway.tenantHeader, upstream)
        }
        let subjects = all.filter { !$0.settings.usesHub }
        var credentials: [CredentialKey: Subject] = [:]
        for subject in subjects {
            if let key = subject.key, credentials[key] == nil { credentials[key] = subject }
        }
        let first = subjects.filter { subject in subject.key.flatMap { credentials.removeValue(forKey: $0) } != nil }
        await together(first) { [self] subject, place in
            if place >= Self.burst { await reactor.sleep(.seconds(place - Self.burst)) }
            guard let key = subject.key else { return }
            results[key] = await token(subject, key, upstream)
        }
        var targets: [ObjectIdentifier: UpstreamTarget] = [:]
        for subject in subjects where connections[ObjectIdentifier(subject.api)] == nil {
            targets[ObjectIdentifier(subject.api)] = subject.api
        }
        await together(Array(targets.values)) { [self] target, _ in await connect(target, upstream) }
        return all.map(trial)
    }

    /// Token calls at once; further ones follow at one per second. Zuora's limit is 100 per minute per address (429 beyond it), and
    /// running gateways need some of them.
    private static let burst = 30

    private func subjects(_ configuration: Configuration) throws(StartError) -> [Subject] {
        var targets = UpstreamTargets(ProxyEnvironment(GatewayControl.processEnvironment))
        var subjects: [Subject] = []
        for settings in configuration.tenants {
            do throws(UpstreamTarget.InvalidURL) {
                let (api, token) = try targets.targets(of: settings)
                subjects.append(Subject(settings: settings, key: CredentialKey(settings), api: api, token: token))
            } catch {
                throw StartError("tenants.\(settings.name): \(error.url) is not a base URL")
            }
        }
        return subjects
    }

    /// Runs an operation for each element concurrently, and waits for all.
    private func together<Element>(_ elements: [Element], _ work: @escaping (Element, Int) async -> Void) async {
        guard !elements.isEmpty else { return }
        var open = elements.count
        await withCheckedContinuation { continuation in
            for (place, element) in elements.enumerated() {
                reactor.spawn {
                    await work(element, place)
                    open -= 1
                    if open == 0 { continuation.resume() }
                }
            }
        }
    }

    private func read(_ key: CredentialKey) -> Result<Secret, SecretProblem> {
        SecretReader.secret(key.source, for: key.use)
    }

    private func token(_ subject: Subject, _ key: CredentialKey, _ upstream: UpstreamClient) async -> Outcome {
        let secret: Secret
        switch read(key) {
        case .success(let found): secret = found
        case .failure(let problem): return .failed(TokenFailure(.noSecret(problem)))
        }
        guard let call = TokenCall(key, subject.settings.token, secret: secret, target: subject.token) else {
            return .unused
        }
        let response = await call.make(upstream, notingTLS: true) { note($0) }
        switch response {
        case .token(let grant): return .granted(lifetime: grant.lifetime, scope: grant.scope)
        case .failure(let failure): return .failed(failure)
        }
    }

    /// Whether the hub knows this gateway and the tenant: both are checked before the path, which none forwards.
    private func hub(_ subject: Subject, _ tenantHeader: String, _ upstream: UpstreamClient) async -> TenantTrial.HubResult {
        let transfer = upstream.lend(subject.api)
        defer {
            note(transfer)
            upstream.recycle(transfer)
        }
        transfer.notesAgreement = true
        transfer.fields.append(.other, tenantHeader, subject.settings.name)
        if let key = subject.key {
            switch read(key) {
            case .success(let secret): secret.withBytes { _ = transfer.fields.append(.xGatewayKey, value: $0) }
            case .failure(let problem): return .noKey(problem)
            }
        }
        let path: [UInt8] = [UInt8(ascii: "/")]
        transfer.start(method: "GET", path: path.span, limits: UpstreamLimits(total: .now() + TokenCall.limit))
        do throws(UpstreamFailure) {
            try await transfer.head()
            _ = try await transfer.collect(upTo: 64 << 10)
        } catch {
            return .unreachable
        }
        return transfer.withContent { TenantTrial.HubResult(status: transfer.status, problem: $0) }
    }

    private func note(_ transfer: UpstreamExchange) {
        guard let target = transfer.target else { return }
        connections[ObjectIdentifier(target)] = TenantTrial.Connection(transfer)
    }

    /// Tests whether an upstream responds at all.
    private func connect(_ target: UpstreamTarget, _ upstream: UpstreamClient) async {
        let transfer = upstream.lend(target)
        transfer.notesAgreement = true
        let path: [UInt8] = [UInt8(ascii: "/")]
        transfer.start(method: "HEAD", path: path.span, limits: UpstreamLimits(total: .now() + TokenCall.limit))
        try? await transfer.head()
        note(transfer)
        upstream.recycle(transfer)
    }

    private func trial(_ subject: Subject) -> TenantTrial {
        let tenant = subject.settings
        let outcome = subject.key.flatMap { results[$0] } ?? .unused
        var scope = TokenScope.unknown
        let result: TenantTrial.TokenResult
        var findings: [ScopeFinding] = []
        switch outcome {
        case .granted(let lifetime, let granted):
            result = .granted(lifetime: lifetime)
            scope = granted
            findings = ScopeCheck(granted).findings(tenant)
        case .failed(let failure): result = .failed(failure)
        case .unused: result = hubs[tenant.name].map { .hub($0) } ?? .unused
        }
        let names = Dictionary(tenant.entities.map { ($0.id, $0.name) }) { first, _ in first }
        return TenantTrial(
            tenant: tenant, upstream: subject.api.authority, tokenHost: subject.token.authority,
            connection: connections[ObjectIdentifier(subject.api)] ?? .open(nil), token: result,
            entities: scope.entities.map { names[$0.hex] ?? $0.hyphenated }, findings: findings)
    }
}
