import Policy
import Testing
import Wire

@testable import Gateway

/// What a scrape has from the start, and what only OpenMetrics has.
@Suite struct PrometheusFamiliesTests {
    private var labels = Samples.Labels()
    private let billing: Label

    init() { billing = labels.all.callers.label("billing") }

    private func acme(isStrict: Bool = false) -> TenantStatus {
        var status = TenantStatus(labels.acme, host: "rest.example")
        status.routes = [
            .init(label: labels.cancel, isCancel: true, isStrict: isStrict),
            .init(label: labels.get, isCancel: false, isStrict: isStrict),
        ]
        return status
    }

    private func render(
        _ metrics: WorkerMetrics = WorkerMetrics(), gateway: GatewayStatus = Samples.gateway(), tenants: [TenantStatus],
        format: MetricsFormat = .prometheus
    ) -> [UInt8] {
        PrometheusText.render(
            metrics.snapshot(WorkerGauges()), labels: labels.all, gateway: gateway, tenants: tenants, format: format)
    }

    @Test func `counters of what has not happened yet are zero, so that the first event is an increase`() throws {
        let text = try ExpositionParser(render(tenants: [acme()]))
        for name in ["retries_total", "breaker_openings_total", "coalesced_requests_total", "received_bytes_total"] {
            #expect(text.value("zuora_gateway_" + name, ["tenant": "acme"]) == 0, "\(name)")
        }
        #expect(text.value("zuora_gateway_token_fetches_total", ["tenant": "acme", "result": "failed"]) == 0)
        func requests(_ route: String, _ outcome: String, _ status: String, tenant: String = "acme") -> Double? {
            text.value(
                "zuora_gateway_requests_total", ["tenant": tenant, "route": route, "outcome": outcome, "status": status])
        }
        #expect(requests("aqua.cancel", "unknown", "5xx") == 0 && requests("aqua.cancel", "cancelled", "2xx") == 0)
        #expect(requests("aqua.cancel", "wrong-entity", "2xx") == 0)
        #expect(requests("aqua.get", "failed", "5xx") == 0 && requests("aqua.get", "unknown", "5xx") == nil)
        #expect(requests("(none)", "denied", "4xx", tenant: "(none)") == 0)
        let strict = try ExpositionParser(render(tenants: [acme(isStrict: true)]))
        let pairs = ["tenant": "acme", "route": "aqua.cancel", "outcome": "unknown-job", "status": "4xx"]
        #expect(strict.value("zuora_gateway_requests_total", pairs) == 0)
    }

    @Test func `what was counted takes the place of the zero`() throws {
        var metrics = WorkerMetrics()
        metrics.record(Samples.record(labels.acme, labels.cancel, status: 502, .unknown))
        metrics.record(Samples.record(labels.acme, labels.cancel, status: 200, .unknown))
        let text = try ExpositionParser(render(metrics, tenants: [acme()]))
        var pairs = ["tenant": "acme", "route": "aqua.cancel", "outcome": "unknown", "status": "5xx"]
        #expect(text.value("zuora_gateway_requests_total", pairs) == 1)
        pairs["status"] = "2xx"
        #expect(text.value("zuora_gateway_requests_total", pairs) == 1)
    }

    @Test func `requests are counted by caller, for configured callers only`() throws {
        var metrics = WorkerMetrics()
        var record = Samples.record(labels.acme, labels.get)
        record.caller = billing
        metrics.record(record)
        record.status = 404
        metrics.record(record)
        metrics.record(Samples.record(labels.acme, labels.get))
        var gateway = Samples.gateway()
        gateway.callers = [billing]
        let text = try ExpositionParser(render(metrics, gateway: gateway, tenants: []))
        let samples = text.samples.filter { $0.name == "zuora_gateway_caller_requests_total" }
        #expect(samples.reduce(0) { $0 + $1.value } == 2 && samples.count == 5)
        #expect(text.value("zuora_gateway_caller_requests_total", ["caller": "billing", "status": "4xx"]) == 1)
        gateway.callers = []
        #expect(
            try !ExpositionParser(render(metrics, gateway: gateway, tenants: [])).types.keys.contains { $0.contains("caller_") })
    }

    @Test func `expiry of certificates, descriptors and revision`() throws {
        var gateway = Samples.gateway()
        gateway.certificateExpiry = Samples.time
        gateway.revision = "0123456789ab"
        gateway.usage.descriptors = 17
        gateway.usage.maximumDescriptors = 1024
        var tenant = acme()
        tenant.certificateExpiry = WallTime(nanoseconds: 1_000_000_000_000)
        let text = try ExpositionParser(render(gateway: gateway, tenants: [tenant]))
        let expiry = "zuora_gateway_tls_certificate_expiry_timestamp_seconds"
        #expect(text.value(expiry, ["side": "client"]) == 1_771_579_800)
        #expect(text.value(expiry, ["side": "upstream", "tenant": "acme"]) == 1000)
        #expect(text.value("process_open_fds") == 17 && text.value("process_max_fds") == 1024)
        #expect(text.value("zuora_gateway_build_info", ["version": "1.4.0", "revision": "0123456789ab"]) == 1)
        let usage = ProcessUsage.withDescriptors()
        #expect(usage.descriptors >= 3 && usage.descriptors < usage.maximumDescriptors)
    }

    @Test(arguments: [
        ("", MetricsFormat.prometheus), ("*/*", .prometheus), ("text/plain", .prometheus),
        ("application/openmetrics-text", .openMetrics), ("application/openmetrics-text;version=1.0.0;q=0", .prometheus),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8, text/plain;q=0.5", .openMetrics),
        ("text/plain, application/openmetrics-text;q=0.5", .prometheus),
        (
            "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;"
                + "version=0.0.4;q=0.3,*/*;q=0.2", .openMetrics
        ),
    ])
    func `OpenMetrics is sent to those who ask for it`(_ accept: String, _ expected: MetricsFormat) {
        #expect(MetricsFormat(accept: accept) == expected)
    }

    @Test func `a bucket of OpenMetrics names the last sampled trace in it`() throws {
        var (one, other) = (WorkerMetrics(), WorkerMetrics())
        func record(_ trace: UInt64, _ flags: UInt8, _ milliseconds: Int64, _ time: WallTime) -> AccessRecord {
            var record = Samples.record(labels.acme, labels.get, total: .milliseconds(milliseconds))
            record.trace = TraceContext(traceHigh: 0, traceLow: trace, spanID: 1, flags: flags)
            record.time = time
            return record
        }
        let later = WallTime(nanoseconds: Samples.time.nanoseconds + 1_000_000_000)
        one.record(record(0xA, 1, 3, Samples.time))
        one.record(record(0xB, 0, 3, later))
        one.record(record(0xC, 1, 700, Samples.time))
        other.record(record(0xD, 1, 4, later))
        var merged = one.snapshot(WorkerGauges())
        merged.merge(other.snapshot(WorkerGauges()))
        let lines = text(
            PrometheusText.render(merged, labels: labels.all, gateway: Samples.gateway(), tenants: [acme()], format: .openMetrics)
        ).split(separator: "\n")
        #expect(lines.last == "# EOF")
        let exemplars = lines.filter { $0.contains(" # {") }.compactMap { $0.split(separator: " # ").last }
        #expect(
            exemplars == [
                "{trace_id=\"0000000000000000000000000000000d\"} 0.004 1771579801.125",
                "{trace_id=\"0000000000000000000000000000000c\"} 0.7 1771579800.125",
            ])
        #expect(lines.contains("# TYPE zuora_gateway_requests counter") && lines.contains { $0.contains("le=\"1.0\"") })
        #expect(
            !text(PrometheusText.render(merged, labels: labels.all, gateway: Samples.gateway(), tenants: [acme()])).contains(
                "# {"))
    }
}
