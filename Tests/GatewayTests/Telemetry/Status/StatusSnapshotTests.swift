import Policy
import Testing
import Wire

@testable import Gateway

@Suite struct StatusSnapshotTests {
    private let labels = Samples.Labels()

    private func snapshot(_ metrics: WorkerMetrics, _ tenants: [TenantStatus], errors: RecentErrors = RecentErrors())
        -> StatusSnapshot
    {
        let metrics = metrics.snapshot(
            WorkerGauges(clientConnections: 7, upstreamConnections: 5, longestTurn: .microseconds(1500)))
        var history = StatusHistory()
        let activity = history.activity(metrics, now: Instant(nanoseconds: 1))
        return StatusSnapshot(
            gateway: Samples.gateway(), tenants: tenants, metrics: metrics, activity: activity, errors: errors.errors)
    }

    @Test func `everything that the page shows is in it`() throws {
        var metrics = WorkerMetrics()
        for _ in 0..<3 { metrics.record(Samples.record(labels.acme, labels.cancel, .cancelled, total: .milliseconds(200))) }
        metrics.record(Samples.record(labels.acme, labels.get, status: 502, .failed))
        metrics.count(.tokenRefreshes, labels.acme, 12)
        var acme = TenantStatus(labels.acme, host: "rest.na.example")
        acme.token = .valid
        acme.tokenAge = .seconds(1210)
        acme.tokenLifetime = .seconds(3600)
        acme.tokenRemaining = .milliseconds(2_390_900)
        acme.credential = "valid, 39 min left"
        acme.inFlight = 4
        acme.concurrency = 20
        var globex = TenantStatus(labels.globex, host: "rest.eu.example")
        globex.missing = ["no token"]
        globex.queued = 2
        var errors = RecentErrors()
        try errors.note(Samples.fullRecord())
        let expected =
            #"{"version":"1.4.0","status":"degraded","time":"2026-02-20T09:30:00.125Z","started":"2026-02-20T09:28:30.125Z","#
            + #""uptime_s":90,"workers":1,"configuration":{"loaded":"2026-02-20T09:30:00.125Z","reloads":0,"failures":0},"#
            + #""totals":{"requests":4,"p50_ms":175,"p95_ms":242.5,"p99_ms":248.5,"in_flight":4,"queued":2,"#
            + #""client_connections":7,"upstream_connections":5,"lag_ms":1.5,"memory_bytes":0,"cpu_s":0.0,"dropped_lines":0},"#
            + #""tenants_total":2,"tenants":[{"tenant":"acme","host":"rest.na.example","ready":true,"token":{"state":"valid","#
            + #""static":false,"text":"valid, 39 min left","age_s":1210,"lifetime_s":3600,"remaining_s":2390,"fetches":12,"#
            + #""failures":0},"in_flight":4,"queued":0,"concurrency":20,"breaker":"closed","retries":0,"requests":4,"#
            + #""p50_ms":175,"p95_ms":242.5,"p99_ms":248.5,"outcomes":{"failed":1,"cancelled":3}},"#
            + #"{"tenant":"globex","host":"rest.eu.example","ready":false,"missing":["no token"],"token":{"state":"empty","#
            + #""static":false,"fetches":0,"failures":0},"in_flight":0,"queued":2,"concurrency":0,"breaker":"closed","#
            + #""retries":0,"requests":0,"outcomes":{}}],"errors":[{"time":"2026-02-20T09:30:00.125Z","caller":"billing","#
            + #""tenant":"acme","route":"aqua.cancel","status":200,"outcome":"cancelled","error":"timeout-total","#
            + #""count":1,"detail":"The time limit passed.","track_id":"nightly-77"}]}"# + "\n"
        let json = snapshot(metrics, [acme, globex], errors: errors).json
        #expect(text(json) == expected)
        #expect(try object(json).count == 11)
    }

    @Test func `of very many tenants those in trouble and the busiest are listed`() throws {
        var labels = MetricsLabels()
        var metrics = WorkerMetrics()
        let tenants = (0..<500).map { i in
            let label = labels.tenants.label("t\(i)")
            for _ in 0..<i / 100 { metrics.record(Samples.record(label, nil)) }
            var status = TenantStatus(label, host: "h")
            if i == 3 { status.missing = ["no token"] }
            if i == 4 { status.breaker = .open }
            return status
        }
        let members = try object(snapshot(metrics, tenants).json)
        let listed = try #require(members["tenants"] as? [[String: Any]]).compactMap { $0["tenant"] as? String }
        #expect(listed.count == StatusSnapshot.listed)
        #expect(Set(listed.prefix(2)) == ["t3", "t4"])
        #expect(Set(listed[2..<102]) == Set((400..<500).map { "t\($0)" }))
        #expect(members["tenants_total"] as? Int == 500)
    }
}

@Suite struct RecentErrorsTests {
    private func record(_ number: Int) -> AccessRecord {
        var record = AccessRecord(time: WallTime(nanoseconds: Int64(number)))
        record.error = "error-\(number)"
        return record
    }

    @Test(arguments: [0, 1, 3, 4, 5, 9, 12])
    func `the last ones are kept, newest first`(count: Int) {
        var errors = RecentErrors(capacity: 4)
        for i in 0..<count { errors.note(record(i)) }
        #expect(errors.errors.map(\.error) == (max(count - 4, 0)..<count).reversed().map { "error-\($0)" })
    }

    @Test func `a request without an error is not kept`() {
        var errors = RecentErrors()
        errors.note(AccessRecord(time: Samples.time))
        #expect(errors.errors.isEmpty)
    }

    @Test func `equal errors are one, with their number and the last one's details`() throws {
        var workers = [RecentErrors(capacity: 4), RecentErrors(capacity: 4)]
        func note(_ worker: Int, _ error: String, at time: Int64, tenant: String = "acme", track: String) throws {
            var record = AccessRecord(time: WallTime(nanoseconds: time))
            record.error = error
            record.tenant = Samples.label(tenant)
            record.trackID = try Samples.trackID(track)
            workers[worker].note(record)
        }
        for i in 0..<5 { try note(0, "a", at: Int64(i), track: "a-\(i)") }
        try note(0, "b", at: 5, track: "b")
        try note(1, "a", at: 6, track: "a-other")
        try note(1, "a", at: 7, tenant: "globex", track: "a-globex")
        let errors = RecentErrors.merged(workers.map(\.errors))
        #expect(
            errors.map { "\($0.count) \($0.error) \($0.trackID?.description ?? "")" } == ["1 a a-globex", "6 a a-other", "1 b b"])
    }

    @Test func `those of several workers are put in order`() {
        var workers = [RecentErrors(), RecentErrors()]
        for i in 0..<10 { workers[i % 2].note(record(i)) }
        #expect(RecentErrors.merged(workers.map(\.errors), limit: 5).map(\.error) == (5..<10).reversed().map { "error-\($0)" })
    }
}
