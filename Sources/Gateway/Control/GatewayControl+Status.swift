import Configuration
import Network
import Policy
import Wire

/// Data for the admin listener.
extension GatewayControl {
    var stage: GatewayStatus.Stage {
        switch phase {
        case .starting: .starting
        case .serving: .running
        case .draining, .stopped: .draining
        }
    }

    /// - Parameter ofTenants: whether tenants count too.
    func readiness(ofTenants: Bool) async -> ReadinessReport {
        var status = gatewayStatus()
        // A read whose value is not used is optimised away, and with it the turn on the worker's loop.
        let requests = await ask { await $0.activeRequests }
        for (index, requests) in requests.enumerated() where requests == nil {
            status.missing.append("worker \(index) does not respond within \(Self.workerPatience)")
        }
        return ReadinessReport(status, tenants: ofTenants ? tenantStatuses() : nil)
    }

    /// Below the second that Kubernetes gives a probe by default, so that the reason can be read.
    static let workerPatience = Duration.milliseconds(800)

    /// Asks all workers, and waits `patience` for them.
    /// - Returns: what each responds; nil for one whose loop does not turn, which is asked once it does.
    func ask<Answer: Sendable>(
        patience: Duration = workerPatience, _ question: @escaping (GatewayWorker) async -> Answer
    ) async -> [Answer?] {
        let call = RollCall<Answer>(of: workers.count)
        for (index, worker) in workers.enumerated() {
            reactor.spawn { call.answer(index, await question(worker)) }
        }
        let timer = Timer(reactor.timers) { call.end() }
        timer.schedule(at: .now() + patience)
        await call.wait()
        timer.cancel()
        return call.answers
    }

    func metricsText(_ format: MetricsFormat) async -> [UInt8] {
        let reports = await workerReports()
        var gateway = gatewayStatus()
        gateway.usage = .withDescriptors()
        return PrometheusText.render(
            merged(reports), labels: labelTables, gateway: gateway, tenants: tenantStatuses(), format: format)
    }

    /// The description of what callers see of the configuration in use.
    func openAPI() -> [UInt8] { snapshot.map { OpenAPIDescription($0.configuration).json } ?? [] }

    func status() async -> StatusSnapshot {
        let reports = await workerReports()
        let metrics = merged(reports)
        var gateway = gatewayStatus()
        gateway.usage = .now()
        return StatusSnapshot(
            gateway: gateway, tenants: tenantStatuses(), metrics: metrics,
            activity: history.activity(metrics, now: .now()), errors: RecentErrors.merged(reports.map(\.errors)))
    }

    /// A worker that does not respond is represented by its last report, so that no counter goes back, and by the time it was waited for
    /// as its loop's lag.
    private func workerReports() async -> [WorkerReport] {
        for (index, answer) in await ask({ await $0.report() }).enumerated() {
            if let answer {
                lastReports[index] = answer
            } else {
                lastReports[index, default: WorkerReport()].metrics.gauges.noteTurn(of: Self.workerPatience)
            }
        }
        return workers.indices.compactMap { lastReports[$0] }
    }

    /// Counts a call to a token endpoint for every tenant that has the credential.
    func count(_ call: TokenKeeper.Call) {
        metrics.count(call.timings)
        if case .tls = call.failure?.kind { metrics.count(.upstreamHandshakeFailures) }
        guard let snapshot else { return }
        for (index, tenant) in snapshot.tenants.enumerated() where tenant.tokens?.key == call.key {
            metrics.count(call.broughtToken ? .tokenRefreshes : .tokenFailures, snapshot.labels.tenants[index])
        }
    }

    private func merged(_ reports: [WorkerReport]) -> MetricsSnapshot {
        var metrics = metrics.snapshot(
            WorkerGauges(upstreamConnections: upstream?.openConnections ?? 0, longestTurn: reactor.longestTurn))
        for report in reports { metrics.merge(report.metrics) }
        return metrics
    }

    private func gatewayStatus() -> GatewayStatus {
        var configuration = ConfigurationStatus(loadedAt: loadedAt)
        configuration.reloads = reloads
        configuration.failures = failedReloads
        configuration.awaitingRestart = awaitingRestart
        if let failure = reloadFailure {
            configuration.error = failure.reason
            configuration.failedAt = failure.time
        }
        var status = GatewayStatus(
            version: Version.current, stage: stage, startedAt: startedAt, now: .now(), configuration: configuration)
        status.workers = workers.count
        status.droppedLines = accessDrain?.droppedLines ?? 0
        status.requests = load.requests
        status.heldBytes = load.heldBytes
        status.callers = snapshot?.labels.callers ?? []
        status.certificateExpiry = tlsContext?.certificateExpiry
        if let queue = exporter?.queue { status.spans = (queue.exportedSpans, queue.droppedSpans) }
        status.fleet = fleetStatus
        return status
    }

    private func tenantStatuses() -> [TenantStatus] {
        guard let snapshot else { return [] }
        let now = Instant.now()
        return snapshot.tenants.indices.map { index in
            var status = tenantStatus(snapshot.tenants[index], snapshot.labels.tenants[index], now)
            status.routes = routes(snapshot, of: index)
            return status
        }
    }

    private func routes(_ snapshot: Snapshot, of tenant: Int) -> [TenantStatus.Route] {
        let forwarded = snapshot.policy.tenants[tenant].routes
        let isStrict = snapshot.tenants[tenant].settings.outcomeStatus == .strict
        var names = Set<Int>()
        return snapshot.policy.routes.enumerated().compactMap { index, route in
            guard forwarded.contains(route.nameIndex), names.insert(route.nameIndex).inserted else { return nil }
            return TenantStatus.Route(label: snapshot.labels.routes[index], isCancel: route.kind.isCancel, isStrict: isStrict)
        }
    }

    private func tenantStatus(_ tenant: TenantState, _ label: Label, _ now: Instant) -> TenantStatus {
        var status = TenantStatus(label, host: tenant.target.hostAndPort)
        status.usesHub = tenant.usesHub
        status.inFlight = tenant.admission.inFlight
        status.queued = tenant.admission.queued
        status.concurrency = tenant.usesHub ? 0 : tenant.settings.admission.concurrency
        status.breaker = tenant.admission.breakerState(now: now) ?? .closed
        status.rateLimit = tenant.admission.observedRateLimit
        if let file = tenant.settings.upstream.clientCertificate { status.certificateExpiry = certificates.expiry(of: file) }
        if let tokens = tenant.tokens { note(tokens, of: tenant, now, in: &status) }
        return status
    }

    private func note(_ tokens: TokenSource, of tenant: TenantState, _ now: Instant, in status: inout TenantStatus) {
        let credential = tokens.status(now)
        status.token = credential.phase
        status.isTokenStatic = tokens.key.clientID == nil
        status.tokenRemaining = credential.remaining
        if let lifetime = tokens.lifetime, let remaining = credential.remaining {
            status.tokenLifetime = lifetime
            status.tokenAge = max(TokenTiming().usable(lifetime) - remaining, .zero)
        }
        status.credential = credential.fingerprint
        if !credential.isReady {
            status.missing.append(
                tenant.usesHub
                    ? "no key for the hub: \(credential.problem?.text ?? "it has not been read")"
                    : credential.text(host: tokens.host))
        }
        if let scope = tokens.scope {
            for finding in ScopeCheck(scope).findings(tenant.settings) where finding.severity >= .error {
                status.missing.append(finding.text)
            }
        }
    }
}
