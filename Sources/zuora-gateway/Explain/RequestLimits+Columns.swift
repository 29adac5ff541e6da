import Configuration
import Gateway
import Policy

extension RequestLimits {
    /// What bounds the request, a line for each, as the configuration would spell it.
    var columns: TextColumns {
        var columns = TextColumns()
        columns.add("timeout", DurationText.text(timeout), isTimeoutCallers ? "asked for in X-Request-Timeout" : timeoutNote)
        let upstream = tenant.upstream
        columns.add("connect_timeout", DurationText.text(upstream.connectTimeout), "name look-up, TCP and TLS")
        if let firstByte = upstream.firstByteTimeout {
            columns.add("first_byte_timeout", DurationText.text(firstByte), "from the request sent to the answer's first byte")
        }
        columns.add("stall_timeout", DurationText.text(upstream.stallTimeout), "an answer under way that stands still")
        columns.add("body", SizeText.text(body), "of the request; more is a 413")
        addAdmission(to: &columns)
        addRetry(to: &columns)
        columns.add("gzip.request", tenant.gzip.request.rawValue, "whether the request's body is coded")
        columns.add("gzip.response", tenant.gzip.response.rawValue, "whether the answer's body is coded")
        columns.add(
            "outcome_status", tenant.outcomeStatus.rawValue,
            tenant.outcomeStatus == .relay ? "Zuora's status is the caller's" : "the status says what became of the job")
        return columns
    }

    private var timeoutNote: String {
        kind == .download ? "to the answer's first byte; a file takes as long as it makes progress" : "retries and waits included"
    }

    private func addAdmission(to columns: inout TextColumns) {
        let admission = tenant.admission
        columns.add("concurrency", "\(admission.concurrency)", "calls under way to this tenant")
        if let concurrency = admission.entityConcurrency {
            columns.add("entity_concurrency", "\(concurrency)", "calls under way to one of its entities")
        }
        columns.add(
            "queue", "\(admission.queue)", "requests that may wait, each for at most \(DurationText.text(admission.queueTimeout))"
        )
        if let rate = admission.rate {
            columns.add("rate", "\(rate.shortText)/s", "after a burst of \(admission.burst)")
        } else {
            columns.add("rate", "unlimited", "by the gateway")
        }
    }

    private func addRetry(to columns: inout TextColumns) {
        let retry = tenant.retry
        let first = DurationText.text(retry.base)
        columns.add(
            "retry.attempts", "\(retry.attempts)",
            "pauses of up to \(first), doubled each time up to \(DurationText.text(retry.cap))")
        columns.add("retry.budget", retry.budget.percent, "of the tenant's requests")
        columns.add("idempotent", isIdempotent ? "yes" : "no", idempotenceNote)
        if let breaker = tenant.breaker {
            columns.add(
                "breaker", breaker.failures.percent,
                "failures among \(breaker.minimum) or more in \(DurationText.text(breaker.window)) open it for "
                    + "\(DurationText.text(breaker.openTime)) to \(DurationText.text(breaker.longestOpenTime))")
        } else {
            columns.add("breaker", "off", "the tenant's Zuora is always tried")
        }
    }

    private var idempotenceNote: String {
        switch kind {
        case .aquaCancel, .dataQueryCancel: "after a lost answer the job is looked at, and the truth is told"
        case .plain, .download, .other:
            isIdempotent ? "repeated after a lost answer, too" : "repeated only if Zuora surely did nothing"
        }
    }
}

extension Double {
    fileprivate var percent: String { "\((self * 100).shortText)%" }

    /// Without a fraction where there is none.
    fileprivate var shortText: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
