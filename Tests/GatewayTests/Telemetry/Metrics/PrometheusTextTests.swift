import Policy
import Testing

@testable import Gateway

@Suite struct PrometheusTextTests {
    private let labels = Samples.Labels()

    private func render(
        _ metrics: WorkerMetrics = WorkerMetrics(), gauges: WorkerGauges = WorkerGauges(), gateway: GatewayStatus? = nil,
        tenants: [TenantStatus]? = nil
    ) throws -> ExpositionParser {
        let tenants = tenants ?? [labels.acme, labels.globex].map { TenantStatus($0, host: "rest.example") }
        return try ExpositionParser(
            PrometheusText.render(
                metrics.snapshot(gauges), labels: labels.all, gateway: gateway ?? Samples.gateway(), tenants: tenants))
    }

    @Test func `what was counted for a tenant that is no longer configured is left out, and is there when it comes back`() throws
    {
        var metrics = WorkerMetrics()
        metrics.record(Samples.record(labels.acme, labels.get, total: .milliseconds(1)))
        metrics.record(Samples.record(labels.globex, labels.get, total: .milliseconds(1)))
        metrics.record(Samples.record(nil, nil, status: 400, .denied))
        func names(_ tenants: [Label]) throws -> Set<String> {
            let text = try render(metrics, tenants: tenants.map { TenantStatus($0, host: "rest.example") })
            return Set(text.samples.compactMap { $0.labels["tenant"] })
        }
        #expect(try names([labels.acme]) == ["(none)", "acme"])
        #expect(try names([labels.acme, labels.globex]) == ["(none)", "acme", "globex"])
    }

    @Test func `an idle gateway's metrics are valid`() throws {
        let metrics = try render()
        #expect(metrics.value("zuora_gateway_build_info", ["version": "1.4.0"]) == 1)
        #expect(metrics.value("process_start_time_seconds") == 1_771_579_710.125)
        #expect(metrics.value("zuora_gateway_configuration_current") == 1)
        #expect(metrics.value("zuora_gateway_draining") == 0)
    }

    @Test func `requests and phases are labelled by what is configured`() throws {
        var metrics = WorkerMetrics()
        var record = Samples.record(labels.acme, labels.cancel, status: 200, .cancelled, total: .milliseconds(134))
        record.phases[.token] = .milliseconds(2)
        metrics.record(record)
        record.phases[.total] = .seconds(200)
        metrics.record(record)
        metrics.record(Samples.record(nil, nil, status: 400, .denied))
        let text = try render(metrics)
        let requests = "zuora_gateway_requests_total"
        #expect(
            text.value(requests, ["tenant": "acme", "route": "aqua.cancel", "outcome": "cancelled", "status": "2xx"]) == 2)
        #expect(text.value(requests, ["tenant": "(none)", "route": "(none)", "outcome": "denied", "status": "4xx"]) == 1)
        #expect(text.samples.filter { $0.name == requests && $0.value != 0 }.count == 2)
        // So that the first is an increase.
        #expect(text.value(requests, ["tenant": "acme", "route": "(none)", "outcome": "denied", "status": "4xx"]) == 0)
        let phase = "zuora_gateway_request_phase_seconds"
        var pairs = ["tenant": "acme", "route": "aqua.cancel", "phase": "total"]
        #expect(text.value(phase + "_sum", pairs) == 200.134)
        #expect(text.value(phase + "_count", pairs) == 2)
        pairs["le"] = "0.25"
        #expect(text.value(phase + "_bucket", pairs) == 1)
        pairs["le"] = "0.1"
        #expect(text.value(phase + "_bucket", pairs) == 0)
        pairs["le"] = "120"
        #expect(text.value(phase + "_bucket", pairs) == 1)
        pairs["le"] = "+Inf"
        #expect(text.value(phase + "_bucket", pairs) == 2)
        // A phase that never took place has no series.
        #expect(Set(text.samples.compactMap { $0.labels["phase"] }) == ["token", "total"])
    }

    @Test func `no label but those of the configuration exists, whatever callers send`() throws {
        var metrics = WorkerMetrics()
        for i in 0..<50 {
            var record = try Samples.fullRecord()
            record.tenant = labels.acme
            record.route = labels.get
            record.caller = Samples.label("caller-\(i)")
            record.entity = Samples.label("entity-\(i)")
            record.jobID = Samples.text("job-\(i)")
            record.trackID = try Samples.trackID("track-\(i)")
            record.error = "error-\(i)"
            metrics.record(record)
        }
        let text = try render(metrics)
        let values = Set(text.samples.flatMap(\.labels.values))
        #expect(!values.contains { $0.contains("-") && $0.last?.isNumber == true })
        #expect(
            Set(text.samples.flatMap(\.labels.keys)).isSubset(of: [
                "version", "revision", "caller", "tenant", "route", "outcome", "status", "phase", "le", "side", "result",
                "direction", "action",
                "resource",
            ]))
    }

    @Test(arguments: ["q\"uote", "back\\slash", "line\nfeed", "\\n", "{}", "Zürich", "a,b=\"c\""])
    func `a label's value comes back as it was`(name: String) throws {
        var labels = MetricsLabels()
        var metrics = WorkerMetrics()
        let label = labels.tenants.label(name)
        metrics.record(Samples.record(label, nil))
        var gateway = Samples.gateway()
        gateway.version = name
        let text = try ExpositionParser(
            PrometheusText.render(
                metrics.snapshot(WorkerGauges()), labels: labels, gateway: gateway,
                tenants: [TenantStatus(label, host: "rest.example")]))
        #expect(text.value("zuora_gateway_build_info", ["version": name]) == 1)
        #expect(text.samples.contains { $0.labels["tenant"] == name })
    }

    @Test func `a tenant's state is shown as numbers, and what is not known not at all`() throws {
        var acme = TenantStatus(labels.acme, host: "rest.example")
        acme.token = .refreshing
        acme.tokenAge = .seconds(3000)
        acme.tokenLifetime = .seconds(3600)
        acme.tokenRemaining = .milliseconds(600_500)
        acme.inFlight = 4
        acme.queued = 2
        acme.concurrency = 20
        acme.breaker = .open
        var limits = RateLimitFields()
        limits.remaining = 49_000
        acme.rateLimit = limits
        var globex = TenantStatus(labels.globex, host: "rest.example")
        globex.token = .failed
        globex.missing = ["no token"]
        let text = try render(tenants: [acme, globex])
        func value(_ name: String, _ tenant: String) -> Double? { text.value("zuora_gateway_" + name, ["tenant": tenant]) }
        #expect(value("token_age_seconds", "acme") == 3000)
        #expect(value("token_lifetime_seconds", "acme") == 3600)
        #expect(value("token_remaining_seconds", "acme") == 600.5)
        #expect(value("token_usable", "acme") == 1)
        #expect(value("requests_in_flight", "acme") == 4)
        #expect(value("requests_queued", "acme") == 2)
        #expect(value("concurrency_limit", "acme") == 20)
        #expect(value("breaker_state", "acme") == 2)
        #expect(value("rate_limit_remaining", "acme") == 49_000)
        #expect(value("tenant_ready", "acme") == 1)
        #expect(value("tenant_ready", "globex") == 0)
        #expect(value("token_usable", "globex") == 0)
        #expect(value("token_age_seconds", "globex") == nil)
        #expect(value("rate_limit_remaining", "globex") == nil)
    }

    @Test func `what workers and process have is told`() throws {
        var metrics = WorkerMetrics()
        for (i, counter) in WorkerCounter.allCases.enumerated() { metrics.count(counter, i + 1) }
        metrics.count(.tokenRefreshes, labels.acme, 3)
        metrics.count(.tokenFailures, labels.acme)
        metrics.count(.breakerOpenings, labels.acme)
        metrics.count(.coalesced, labels.acme, 2)
        var gateway = Samples.gateway(.draining)
        gateway.workers = 2
        gateway.droppedLines = 12
        gateway.requests = 21
        gateway.heldBytes = 4096
        gateway.usage = ProcessUsage(residentBytes: 14_000_000, cpuSeconds: 1.5)
        gateway.configuration.reloads = 3
        gateway.configuration.failures = 1
        gateway.configuration.error = "line 3"
        gateway.configuration.awaitingRestart = ["gateway.workers", "limits.body"]
        let gauges = WorkerGauges(clientConnections: 7, upstreamConnections: 5, longestTurn: .microseconds(1500))
        let text = try render(metrics, gauges: gauges, gateway: gateway)
        func value(_ name: String, _ labels: [String: String] = [:]) -> Double? { text.value("zuora_gateway_" + name, labels) }
        #expect(value("client_connections_total") == 1)
        #expect(value("client_connections_refused_total") == 2)
        #expect(value("tls_handshakes_total", ["side": "client", "result": "done"]) == 3)
        #expect(value("tls_handshakes_total", ["side": "client", "result": "failed"]) == 4)
        #expect(value("tls_handshakes_total", ["side": "client", "result": "refused"]) == 5)
        #expect(value("upstream_connections_total") == 6)
        #expect(value("tls_handshakes_total", ["side": "upstream", "result": "done"]) == 7)
        #expect(value("tls_handshakes_total", ["side": "upstream", "result": "failed"]) == 8)
        #expect(value("requests_under_way") == 21 && value("held_body_bytes") == 4096)
        let shed = ["requests", "memory", "descriptors", "event-loop"].map { value("requests_shed_total", ["resource": $0]) }
        #expect(shed == [9, 10, 11, 12])
        #expect(value("client_connections") == 7)
        #expect(value("upstream_connections") == 5)
        #expect(value("event_loop_lag_seconds") == 0.0015)
        #expect(value("access_log_dropped_lines_total") == 12)
        #expect(value("draining") == 1)
        #expect(value("workers") == 2)
        #expect(value("configuration_current") == 0)
        #expect(value("configuration_awaiting_restart") == 2)
        #expect(value("configuration_reloads_total", ["result": "done"]) == 3)
        #expect(value("configuration_reloads_total", ["result": "failed"]) == 1)
        #expect(value("token_fetches_total", ["tenant": "acme", "result": "done"]) == 3)
        #expect(value("token_fetches_total", ["tenant": "acme", "result": "failed"]) == 1)
        #expect(value("breaker_openings_total", ["tenant": "acme"]) == 1)
        #expect(value("coalesced_requests_total", ["tenant": "acme"]) == 2)
        #expect(text.value("process_resident_memory_bytes") == 14_000_000)
        #expect(text.value("process_cpu_seconds_total") == 1.5)
    }

    @Test func `resident memory is the second number of statm`() {
        #expect(ProcessUsage.residentPages(Array("81234 4711 900 1 0 2000 0\n".utf8)[...]) == 4711)
        #expect(ProcessUsage.residentPages([]) == 0)
        #expect(ProcessUsage.residentPages(Array("1 x".utf8)[...]) == 0)
        let usage = ProcessUsage.now()
        #expect(usage.residentBytes > 1 << 20)
        #expect(usage.cpuSeconds > 0)
    }
}
