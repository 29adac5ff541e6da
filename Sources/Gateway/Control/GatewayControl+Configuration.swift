import CLinux
import Configuration
import Glibc
import Logging
import Network
import Policy
import Wire

extension GatewayControl {
    /// The state of a tenant survives a reload if its settings have not changed; its admission adopts most changes.
    func makeSnapshot(_ configuration: Configuration) throws(StartError) -> Snapshot {
        guard let keeper else { throw StartError("not started") }
        let policy = Policy(configuration)
        keeper.polite = PoliteTiming(credentials: Set(configuration.tenants.compactMap { CredentialKey($0) }).count)
        var known: [String: TenantState] = [:]
        for tenant in snapshot?.tenants ?? [] { known[tenant.name] = tenant }
        var targets = UpstreamTargets(
            ProxyEnvironment(Self.processEnvironment), (snapshot?.tenants ?? []).map(\.target))
        var tenants: [TenantState] = []
        for (index, settings) in configuration.tenants.enumerated() {
            if let state = known[settings.name], state.settings == settings {
                tenants.append(state)
                continue
            }
            tenants.append(
                try makeTenant(
                    settings, policy.tenants[index].entities, previous: known[settings.name], keeper, targets: &targets))
        }
        var users: [CredentialKey: [String]] = [:]
        for tenant in tenants {
            if let key = tenant.tokens?.key { users[key, default: []].append(tenant.settings.name) }
        }
        keeper.keepOnly(users)
        // Nothing fails from here on.
        for tenant in tenants {
            guard let previous = known[tenant.name], previous !== tenant, previous.admission === tenant.admission else {
                continue
            }
            tenant.admission.adopt(tenant.settings, now: .now())
        }
        slotKeeper?.keepOnly(tenants.map(\.admission))
        rateKeeper?.dropGone()
        let labels = SnapshotLabels(configuration, policy, tables: &labelTables, others: &otherLabels)
        return Snapshot(configuration: configuration, policy: policy, tenants: tenants, labels: labels)
    }

    private func makeTenant(
        _ settings: TenantSettings, _ entities: EntityPolicy, previous: TenantState?, _ keeper: TokenKeeper,
        targets: inout UpstreamTargets
    ) throws(StartError) -> TenantState {
        let target: UpstreamTarget
        let tokenTarget: UpstreamTarget
        do throws(UpstreamTarget.InvalidURL) {
            (target, tokenTarget) = try targets.targets(of: settings)
        } catch {
            throw StartError("tenants.\(settings.name): \(error.url) is not a base URL")
        }
        let tokens = keeper.source(for: settings, target: tokenTarget) { [loop] key, work in
            Task(executorPreference: loop) { await self.perform(work, key) }
        }
        let admission: TenantAdmission
        if let previous, keepsAdmission(previous.settings, settings) {
            admission = previous.admission
        } else {
            admission = try makeAdmission(settings, entities)
        }
        return TenantState(settings, target: target, tokens: tokens, admission: admission)
    }

    /// Whether the tenant's requests go on being counted where they were: by the index of their entity, here and in the fleet.
    private func keepsAdmission(_ old: TenantSettings, _ new: TenantSettings) -> Bool {
        let hasLanes = slotKeeper != nil && new.admission.fleetConcurrency != nil
        return old.upstream.url == new.upstream.url && old.usesHub == new.usesHub && old.entities == new.entities
            && old.defaultEntity == new.defaultEntity && old.admission.fleetConcurrency == new.admission.fleetConcurrency
            && old.admission.fleetRate == new.admission.fleetRate
            && (!hasLanes || old.upstream.timeout == new.upstream.timeout)
    }

    func perform(_ work: TokenSource.Work, _ key: CredentialKey) { keeper?.perform(work, key) }

    /// Reloads the configuration. An invalid file is ignored.
    /// - Parameter isAskedFor: an operator requested it; otherwise the same failure is not logged again.
    public func reload(isAskedFor: Bool = true) async {
        if phase == .starting { reloadsOnceServing = true }
        guard phase == .serving, let path = configurationPath else { return }
        // First, so that a concurrent change is noticed, and this one is not detected twice.
        configurationText = Self.content(path)
        notifier?.reloading()
        defer { notifier?.reloaded() }
        do {
            let loaded = try Configuration.load(path: path)
            let configuration = try withOpenListeners(loaded)
            let tls = try makeTLS(configuration)
            let next = try makeSnapshot(configuration)
            snapshot = next
            level?.level = Logger.Level(rawValue: configuration.gateway.logLevel.rawValue) ?? .info
            tlsContext = tls
            keeper?.rereadSecrets()
            adminHandler?.accept(hosts: configuration.gateway.hosts)
            upstream?.keepOnly((keeper?.targets ?? []) + [exporter?.target].compactMap(\.self))
            watchDirectories()
            loadedAt = .now()
            reloads += 1
            // Before the wait, during which the next reload may fail.
            reloadFailure = nil
            // A worker whose loop does not turn takes it over once it does.
            _ = await ask { await $0.adopt(next) }
            log.notice("configuration reloaded", metadata: ["tenant_count": .number(configuration.tenants.count)])
            warn(of: loaded, on: configuration.gateway.listen)
            noteRestart(loaded)
        } catch {
            failedReloads += 1
            let reason = (error as? ConfigurationErrors)?.summary ?? "\(error)"
            let isKnown = reloadFailure?.reason == reason
            reloadFailure = (reason, .now())
            if isKnown, !isAskedFor { return }
            log.error("configuration reload failed, keeping the current one", metadata: ["reason": "\(reason)"])
        }
    }

    /// Logs the warnings about a configuration, except those that also apply to the previous one.
    /// - Parameter listeners: those that are open.
    func warn(of configuration: Configuration, on listeners: [ListenerSettings]) {
        let known = warned
        warned = []
        for warning in configuration.warnings {
            // Without the line, which other changes move.
            let subject = "\(warning.keyPath ?? ""): \(warning.message)"
            if warned.insert(subject).inserted, !known.contains(subject) {
                log.warning("configuration warning", metadata: ["reason": "\(warning)"])
            }
        }
        guard configuration.callers.isEmpty else { return }
        for address in listeners.map(\.address) where !address.isLocal {
            if warned.insert("\(address)").inserted, !known.contains("\(address)") {
                log.warning(
                    "no callers are configured: every client that can reach this listener is trusted",
                    metadata: ["listen": "\(address)"])
            }
        }
    }

    /// Logs once which changes require a restart; readyz, metrics and the status page keep reporting them.
    private func noteRestart(_ loaded: Configuration) {
        let keys = started.map { loaded.keysAwaitingRestart(since: $0) } ?? []
        defer { awaitingRestart = keys }
        guard !keys.isEmpty, keys != awaitingRestart else { return }
        log.warning(
            "some changes require a restart, keeping the current values", metadata: ["keys": "\(keys.joined(separator: ", "))"])
    }

    /// Open listeners are unchanged: connections are identified by the index of their listener.
    private func withOpenListeners(_ configuration: Configuration) throws(StartError) -> Configuration {
        guard let current = snapshot?.configuration, current.gateway.listen != configuration.gateway.listen else {
            return configuration
        }
        do throws(Configuration.UnservedListener) {
            var next = try configuration.keepingListeners(current.gateway.listen)
            if next.gateway.tls == nil { next.gateway.tls = current.gateway.tls }
            return next
        } catch {
            throw StartError("\(error)")
        }
    }

    static var processEnvironment: [String: String] {
        var variables: [String: String] = [:]
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
            if let value = unsafe getenv(name) { variables[name] = unsafe String(cString: value) }
        }
        return variables
    }
}

extension SocketAddress {
    /// The address of a configured listener.
    init(_ listener: ListenerSettings) {
        switch listener.address {
        case .tcp(let host, let port, _): self = .tcp(host: host, port: port)
        case .unix(let path): self = .unix(path: path, mode: listener.mode, uid: listener.ownerID, gid: listener.groupID)
        case .abstractUnix(let name): self = .abstract(name: name)
        case .fileDescriptor(.number(let number)): self = .inherited(descriptor: number)
        case .fileDescriptor(.name(let name)): self = .inherited(descriptor: SystemdSockets.descriptor(named: name) ?? -1)
        }
    }
}

extension ListenAddress {
    /// Whether only this machine can reach it.
    var isLocal: Bool {
        switch self {
        case .tcp(let host, _, _): HostName.isLoopback(host)
        case .unix, .abstractUnix, .fileDescriptor: true
        }
    }
}
