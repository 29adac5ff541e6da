import Configuration
import Gateway
import Policy
import Wire

extension RequestLimits {
    /// The request's limits, one per line, in the configuration's notation.
    var columns: TextColumns {
        var columns = TextColumns()
        columns.add("timeout", DurationText.text(timeout), isTimeoutCallers ? "requested in X-Request-Timeout" : timeoutNote)
        let upstream = tenant.upstream
        columns.add("connect_timeout", DurationText.text(upstream.connectTimeout), "DNS, TCP and TLS")
        if let firstByte = upstream.firstByteTimeout {
            columns.add(
                "first_byte_timeout", DurationText.text(firstByte), "from the end of the request to the response's first byte")
        }
        columns.add("stall_timeout", DurationText.text(upstream.stallTimeout), "between bytes of a response")
        columns.add("body", SizeText.text(body), "of the request; a larger one gets a 413")
        if !tenant.usesHub {
            addAdmission(to: &columns)
            addRetry(to: &columns)
        }
        columns.add("gzip.request", tenant.gzip.request.rawValue, "compression of the request's body")
        columns.add("gzip.response", tenant.gzip.response.rawValue, "compression of the response's body")
        if tenant.usesHub {
            columns.add("others", "the hub's", "slots, rate, retries, breaker, verification and status")
            return columns
        }
        columns.add(
            "outcome_status", tenant.outcomeStatus.rawValue,
            tenant.outcomeStatus == .relay ? "Zuora's status is relayed" : "the status states the outcome")
        return columns
    }

    private var timeoutNote: String {
        kind == .download
            ? "to the response's first byte; a file has no limit while it makes progress" : "retries and waits included"
    }

    private func addAdmission(to columns: inout TextColumns) {
        let admission = tenant.admission
        columns.add("concurrency", "\(admission.concurrency)", "calls in flight for this tenant")
        if let concurrency = admission.entityConcurrency {
            columns.add("entity_concurrency", "\(concurrency)", "calls in flight for one of its entities")
        }
        if let lane {
            let owner = lane.entity.map { "\(lane.tenant), entity \($0)" } ?? lane.tenant
            columns.add("fleet_concurrency", "\(lane.cap)", "calls in flight of all members for \(owner)")
        }
        columns.add(
            "queue", "\(admission.queue)", "requests that may wait, each for at most \(DurationText.text(admission.queueTimeout))"
        )
        if let rate = admission.rate {
            columns.add("rate", "\(rate.shortText)/s", "after a burst of \(admission.burst)")
        } else if fleetRate == nil {
            columns.add("rate", "unlimited", "no limit in the gateway")
        }
        if let fleetRate { columns.add("fleet_rate", "\(fleetRate.shortText)/s", "of all members together") }
    }

    private func addRetry(to columns: inout TextColumns) {
        let retry = tenant.retry
        let first = DurationText.text(retry.base)
        columns.add(
            "retry.attempts", "\(retry.attempts)",
            "back-off of up to \(first), doubled each time up to \(DurationText.text(retry.cap))")
        columns.add("retry.budget", retry.budget.percent, "of the tenant's requests")
        columns.add("retry.max_wait", DurationText.text(retry.maxWait), "a response with a longer Retry-After is relayed at once")
        columns.add("idempotent", isIdempotent ? "yes" : "no", idempotenceNote)
        if let breaker = tenant.breaker {
            columns.add(
                "breaker", breaker.failures.percent,
                "failures among \(breaker.minimum) or more in \(DurationText.text(breaker.window)) open it for "
                    + "\(DurationText.text(breaker.openTime)) to \(DurationText.text(breaker.longestOpenTime))")
        } else {
            columns.add("breaker", "off", "calls are always attempted")
        }
    }

    private var idempotenceNote: String {
        switch kind {
        case .aquaCancel, .dataQueryCancel: "after a lost response the job's status is checked"
        case .plain, .download, .other:
            isIdempotent ? "retried even after a lost response" : "retried only if Zuora did not process it"
        }
    }
}

extension Double {
    fileprivate var percent: String { "\((self * 100).shortText)%" }

    /// Omits a zero fraction.
    fileprivate var shortText: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
