import Testing

@testable import Gateway

@Suite struct WorkerMetricsTests {
    private let labels = Samples.Labels()

    @Test func `a request counts for its tenant, route, outcome and status class, and for no other`() {
        var metrics = WorkerMetrics()
        metrics.record(Samples.record(labels.acme, labels.cancel, status: 200, .cancelled))
        metrics.record(Samples.record(labels.acme, labels.cancel, status: 404, .unknownJob))
        metrics.record(Samples.record(labels.globex, labels.get, status: 503, .refused))
        metrics.record(Samples.record(nil, nil, status: 400, .denied))
        let snapshot = metrics.snapshot(WorkerGauges())
        #expect(snapshot.requests(labels.acme, .cancelled) == 1)
        #expect(snapshot.requests(labels.acme, .unknownJob) == 1)
        #expect(snapshot.requests(labels.acme, .refused) == 0)
        #expect(snapshot.requests(labels.globex, .refused) == 1)
        #expect(snapshot.requests(LabelTable.none, .denied) == 1)
        var seen: [[Int]] = []
        for tenant in 0...2 {
            snapshot.forEachRoute(of: tenant) { route, counts in
                for outcome in RequestOutcome.allCases {
                    for status in StatusClass.allCases where counts.requests(outcome, status) > 0 {
                        seen.append([tenant, route, outcome.rawValue, status.rawValue, Int(counts.requests(outcome, status))])
                    }
                }
            }
        }
        #expect(
            seen.sorted { $0.lexicographicallyPrecedes($1) } == [
                [0, 0, RequestOutcome.denied.rawValue, 4, 1], [1, 1, RequestOutcome.cancelled.rawValue, 2, 1],
                [1, 1, RequestOutcome.unknownJob.rawValue, 4, 1], [2, 2, RequestOutcome.refused.rawValue, 5, 1],
            ])
    }

    @Test(arguments: [
        (0, "none"), (99, "none"), (100, "1xx"), (204, "2xx"), (304, "3xx"), (499, "4xx"), (599, "5xx"), (600, "none"),
    ])
    func `a status has a class`(status: Int, expected: String) { #expect("\(StatusClass(status).label)" == expected) }

    @Test func `phases are counted only where they took place`() {
        var metrics = WorkerMetrics()
        var record = Samples.record(labels.acme, labels.get, total: .milliseconds(20))
        metrics.record(record)
        record.phases[.connect] = .milliseconds(5)
        metrics.record(record)
        var seen = 0
        metrics.snapshot(WorkerGauges()).forEachRoute(of: labels.acme.slot) { _, counts in
            seen += 1
            #expect(counts[.total].count == 2)
            #expect(counts[.connect].count == 1)
            #expect(counts[.queue].count == 0)
        }
        #expect(seen == 1)
    }

    @Test func `bytes, retries and gzip work are taken from the record`() {
        var metrics = WorkerMetrics()
        var record = Samples.record(labels.acme, labels.get)
        record.bytesIn = 10
        record.bytesOut = 2000
        record.attempts = 3
        record.gzipIn = .passed
        record.gzipOut = .inflated
        metrics.record(record)
        record.attempts = 1
        record.gzipIn = .none
        metrics.record(record)
        metrics.record(Samples.record(labels.globex, labels.get))
        let snapshot = metrics.snapshot(WorkerGauges())
        #expect(snapshot.count(.bytesIn, labels.acme) == 20)
        #expect(snapshot.count(.bytesOut, labels.acme) == 4000)
        #expect(snapshot.count(.retries, labels.acme) == 2)
        #expect(snapshot.count(.retries, labels.globex) == 0)
        #expect(snapshot.bodies(ofRequests: true, .passed) == 1)
        #expect(snapshot.bodies(ofRequests: false, .inflated) == 2)
        #expect(snapshot.bodies(ofRequests: false, .passed) == 0)
    }

    @Test func `a snapshot does not change when its worker goes on`() {
        var metrics = WorkerMetrics()
        metrics.count(.clientConnections)
        let snapshot = metrics.snapshot(WorkerGauges(clientConnections: 1))
        metrics.count(.clientConnections, 4)
        metrics.count(.tokenFailures, labels.globex)
        #expect(snapshot.count(.clientConnections) == 1)
        #expect(snapshot.count(.tokenFailures, labels.globex) == 0)
        #expect(metrics.snapshot(WorkerGauges()).count(.clientConnections) == 5)
        #expect(metrics.snapshot(WorkerGauges()).count(.tokenFailures, labels.globex) == 1)
    }

    @Test func `merging workers gives what one worker would have counted`() {
        var one = WorkerMetrics()
        var two = [WorkerMetrics(), WorkerMetrics()]
        let tenants = [nil, labels.acme, labels.globex]
        let routes = [nil, labels.cancel, labels.get]
        for i in 0..<60 {
            var record = Samples.record(
                tenants[i % 3], routes[i / 3 % 3], status: 100 * (i % 6), RequestOutcome.allCases[i % RequestOutcome.count],
                total: .milliseconds(i * i))
            record.attempts = i % 4
            record.gzipOut = GzipAction.allCases[i % 4]
            one.record(record)
            two[i % 2].record(record)
            one.count(.upstreamHandshakes)
            two[i % 2].count(.upstreamHandshakes)
        }
        var merged = MetricsSnapshot()
        merged.merge(two[0].snapshot(WorkerGauges(clientConnections: 3, upstreamConnections: 1, longestTurn: .milliseconds(2))))
        merged.merge(two[1].snapshot(WorkerGauges(clientConnections: 4, upstreamConnections: 1, longestTurn: .milliseconds(7))))
        let whole = one.snapshot(WorkerGauges(clientConnections: 7, upstreamConnections: 2, longestTurn: .milliseconds(7)))
        let (a, b) = (lines(merged), lines(whole))
        #expect(a == b)
        #expect(a.contains { $0.hasPrefix("zuora_gateway_tls_handshakes_total") && $0.hasSuffix(" 60") })
    }

    private func lines(_ snapshot: MetricsSnapshot) -> [String] {
        let tenants = [labels.acme, labels.globex].map { TenantStatus($0, host: "rest.example") }
        return text(PrometheusText.render(snapshot, labels: labels.all, gateway: Samples.gateway(), tenants: tenants))
            .split(separator: "\n").map(String.init)
    }

    @Test func `numbers of cases fit the tables`() {
        #expect(RequestPhase.allCases.count == RequestPhase.count && RequestPhase.count == 5)
        #expect(RequestOutcome.allCases.count == RequestOutcome.count)
        #expect(StatusClass.allCases.count == StatusClass.count)
        #expect(RequestOutcome.count * StatusClass.count == 84)
        #expect(GzipAction.allCases.count == GzipAction.count && 2 * GzipAction.count == 8)
        #expect(TenantCounter.allCases.count == TenantCounter.count && TenantCounter.count == 8)
        #expect(WorkerCounter.allCases.count == WorkerCounter.count && WorkerCounter.count == 12)
    }
}
