import Policy
import Wire

extension RequestReport {
    /// The report as one JSON object on one line. Durations are in milliseconds, sizes in bytes.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch verdict {
        case .forwarded(let upstream):
            writer.member("verdict", "forwarded")
            writer.key("upstream")
            writer.beginObject()
            writer.member("method", upstream.method)
            writer.member("url", upstream.url)
            writer.member("host", upstream.host)
            writer.endObject()
        case .handledLocally: writer.member("verdict", "answered-here")
        case .refused(let problem):
            writer.member("verdict", "refused")
            writer.key("refusal")
            writer.append(problem)
        }
        writer.key("decisions")
        writer.list(decisions) { writer, decision in
            writer.member("subject", decision.subject.rawValue)
            writer.member("value", decision.value)
            writer.member("why", decision.why)
        }
        writer.key("sent")
        writer.list(sent) { writer, line in
            writer.member("name", line.name)
            writer.member("value", line.value)
            writer.member("redacted", line.isRedacted)
            writer.member("why", line.origin.rawValue)
        }
        writer.key("removed")
        writer.list(removed) { writer, line in
            writer.member("name", line.name)
            writer.member("why", line.why.rawValue)
        }
        if let limits {
            writer.key("limits")
            writer.append(limits)
        }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func list<Element>(_ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) {
        beginArray()
        for element in elements {
            beginObject()
            write(&self, element)
            endObject()
        }
        endArray()
    }

    fileprivate mutating func append(_ problem: Problem) {
        beginObject()
        member("phase", problem.phase)
        member("status", problem.status)
        member("type", problem.typeURI)
        member("title", problem.title)
        member("detail", problem.detail)
        if let allow = problem.allow { member("allow", allow) }
        endObject()
    }

    fileprivate mutating func append(_ limits: RequestLimits) {
        let tenant = limits.tenant
        beginObject()
        member("timeout_ms", limits.timeout.milliseconds)
        member("connect_timeout_ms", tenant.upstream.connectTimeout.milliseconds)
        if let firstByte = tenant.upstream.firstByteTimeout { member("first_byte_timeout_ms", firstByte.milliseconds) }
        member("stall_timeout_ms", tenant.upstream.stallTimeout.milliseconds)
        member("body", limits.body)
        if !tenant.usesHub { appendDecisions(limits, tenant) }
        if let lane = limits.lane {
            key("fleet")
            beginObject()
            member("tenant", lane.tenant)
            if let entity = lane.entity { member("entity", entity) }
            member("concurrency", lane.cap)
            endObject()
        }
        member("gzip_request", tenant.gzip.request.rawValue)
        member("gzip_response", tenant.gzip.response.rawValue)
        if !tenant.usesHub {
            member("outcome_status", tenant.outcomeStatus.rawValue)
            member("coalesce", tenant.coalesce)
        }
        endObject()
    }

    /// What a hub decides, if there is one.
    private mutating func appendDecisions(_ limits: RequestLimits, _ tenant: TenantSettings) {
        member("concurrency", tenant.admission.concurrency)
        if let concurrency = tenant.admission.entityConcurrency { member("entity_concurrency", concurrency) }
        member("queue", tenant.admission.queue)
        member("queue_timeout_ms", tenant.admission.queueTimeout.milliseconds)
        if let rate = tenant.admission.rate {
            key("rate")
            value(rate)
            member("burst", tenant.admission.burst)
        }
        if let fleetRate = limits.fleetRate {
            key("fleet_rate")
            value(fleetRate)
        }
        member("idempotent", limits.isIdempotent)
        key("retry")
        beginObject()
        member("attempts", tenant.retry.attempts)
        key("budget")
        value(tenant.retry.budget)
        member("base_ms", tenant.retry.base.milliseconds)
        member("cap_ms", tenant.retry.cap.milliseconds)
        member("max_wait_ms", tenant.retry.maxWait.milliseconds)
        endObject()
        key("breaker")
        if let breaker = tenant.breaker { append(breaker) } else { null() }
    }

    private mutating func append(_ breaker: BreakerSettings) {
        beginObject()
        key("failures")
        value(breaker.failures)
        member("minimum", breaker.minimum)
        member("window_ms", breaker.window.milliseconds)
        member("open_ms", breaker.openTime.milliseconds)
        member("longest_open_ms", breaker.longestOpenTime.milliseconds)
        endObject()
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(nanoseconds / 1_000_000)
    }
}
