import Policy
import Wire

extension StatusSnapshot {
    /// The body of `/status.json`. Names of times end with their unit.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("version", gateway.version)
        json.member("status", ReadinessReport(gateway, tenants: tenants).state.rawValue)
        json.member("time", gateway.now.rfc3339)
        json.member("started", gateway.startedAt.rfc3339)
        json.member("uptime_s", gateway.uptime)
        json.member("workers", gateway.workers)
        json.texts("missing", gateway.missing)
        if let fleet = gateway.fleet { json.append(fleet) }
        write(gateway.configuration, to: &json)
        writeTotals(to: &json)
        json.member("tenants_total", tenants.count)
        json.key("tenants")
        json.beginArray()
        for tenant in listedTenants { write(tenant, to: &json) }
        json.endArray()
        json.key("errors")
        json.beginArray()
        for error in errors { write(error, to: &json) }
        json.endArray()
        json.endObject()
        json.bytes.append(UInt8(ascii: "\n"))
        return json.bytes
    }

    private func write(_ configuration: ConfigurationStatus, to json: inout JSONWriter) {
        json.key("configuration")
        json.beginObject()
        json.member("loaded", configuration.loadedAt.rfc3339)
        json.member("reloads", configuration.reloads)
        json.member("failures", configuration.failures)
        if let error = configuration.error { json.member("error", error) }
        if let failedAt = configuration.failedAt { json.member("failed", failedAt.rfc3339) }
        json.texts("awaiting_restart", configuration.awaitingRestart)
        json.endObject()
    }

    private func writeTotals(to json: inout JSONWriter) {
        json.key("totals")
        json.beginObject()
        if let window = activity.window { json.member("window_s", millionths: window.nanoseconds / 100_000_000 * 100_000) }
        json.activity(activity.total)
        json.member("in_flight", tenants.reduce(0) { $0 + $1.inFlight })
        json.member("queued", tenants.reduce(0) { $0 + $1.queued })
        json.member("client_connections", metrics.gauges.clientConnections)
        json.member("upstream_connections", metrics.gauges.upstreamConnections)
        json.member("lag_ms", millionths: metrics.gauges.longestTurn.nanoseconds)
        json.member("memory_bytes", Int(clamping: gateway.usage.residentBytes))
        json.key("cpu_s")
        json.value(gateway.usage.cpuSeconds)
        json.member("dropped_lines", Int(clamping: gateway.droppedLines))
        json.endObject()
    }

    private func write(_ tenant: TenantStatus, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tenant", tenant.label.name)
        json.member("host", tenant.host)
        json.member("ready", tenant.isReady)
        json.texts("missing", tenant.missing)
        if tenant.usesHub {
            json.member("hub", true)
            json.member("in_flight", tenant.inFlight)
        } else {
            writeToken(of: tenant, to: &json)
            json.member("in_flight", tenant.inFlight)
            json.member("queued", tenant.queued)
            json.member("concurrency", tenant.concurrency)
            json.member("breaker", tenant.breaker.rawValue)
        }
        if let remaining = tenant.rateLimit?.remaining { json.member("rate_remaining", remaining) }
        if let limit = tenant.rateLimit?.limit { json.member("rate_limit", limit) }
        json.member("retries", Int(clamping: metrics.count(.retries, tenant.label)))
        json.activity(activity[tenant.label.slot])
        json.key("outcomes")
        json.beginObject()
        for outcome in RequestOutcome.allCases {
            let count = metrics.requests(tenant.label, outcome)
            if count > 0 { json.member(outcome.name, Int(clamping: count)) }
        }
        json.endObject()
        json.endObject()
    }

    private func writeToken(of tenant: TenantStatus, to json: inout JSONWriter) {
        json.key("token")
        json.beginObject()
        json.member("state", tenant.token.rawValue)
        json.member("static", tenant.isTokenStatic)
        if let text = tenant.credential { json.member("text", text) }
        if let age = tenant.tokenAge { json.member("age_s", Int(age.seconds)) }
        if let lifetime = tenant.tokenLifetime { json.member("lifetime_s", Int(lifetime.seconds)) }
        if let remaining = tenant.tokenRemaining { json.member("remaining_s", Int(remaining.seconds)) }
        json.member("fetches", Int(clamping: metrics.count(.tokenRefreshes, tenant.label)))
        json.member("failures", Int(clamping: metrics.count(.tokenFailures, tenant.label)))
        json.endObject()
    }

    private func write(_ error: RecentError, to json: inout JSONWriter) {
        json.beginObject()
        json.member("time", error.time.rfc3339)
        if let caller = error.caller { json.member("caller", caller.name) }
        if let tenant = error.tenant { json.member("tenant", tenant.name) }
        if let route = error.route { json.member("route", route.name) }
        json.member("status", error.status)
        json.member("outcome", error.outcome.name)
        json.member("error", error.error)
        json.member("count", error.count)
        if let detail = error.detail { json.member("detail", detail) }
        if let trackID = error.trackID { json.member("track_id", trackID.bytes) }
        json.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func activity(_ tenant: Activity.Tenant) {
        member("requests", Int(clamping: tenant.requests))
        if let rate = tenant.rate { member("per_second", millionths: Int64(min(rate * 1000, 1e15).rounded()) * 1000) }
        for (name, share) in [("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)] as [(StaticString, Double)] {
            if let time = tenant.latency.percentile(share) { member(name, millionths: Int64(clamping: time) / 1000 * 1000) }
        }
    }
}
