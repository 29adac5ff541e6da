import Policy

extension TenantDraft {
    /// Keys that only make sense together.
    func checkPairs(_ reading: inout Reading) {
        reading.checkPairs(of: settings.upstream)
        if settings.retry.cap < settings.retry.base {
            reading.at(.key("retry")) { $0.error("cap is shorter than base") }
        }
        if let breaker = settings.breaker, breaker.longestOpenTime < breaker.openTime {
            reading.at(.key("breaker")) { $0.error("max_open is shorter than open") }
        }
        let admission = settings.admission
        if let entity = admission.entityConcurrency, entity > admission.concurrency {
            reading.at(.key("entity_concurrency")) { $0.warning("more than concurrency, which bounds it") }
        }
        if admission.concurrency > 40, settings.entities.count <= 1, entities.count <= 1 {
            reading.at(.key("concurrency")) { $0.warning("above 40, where Zuora answers 429 for one entity") }
        }
        if admission.rate == nil, !reading.isAbsent("burst") {
            reading.at(.key("burst")) { $0.warning("of no use without rate") }
        }
        if admission.queueTimeout > settings.upstream.timeout, !reading.isAbsent("queue_timeout") || !reading.isAbsent("timeout")
        {
            reading.at(.key("queue_timeout")) { $0.warning("longer than timeout, which comes first") }
        }
    }
}

extension Reading {
    /// Keys of `[upstream]` that only make sense together, in the table at `path`. What that table merely inherits has been
    /// spoken of where it is written.
    mutating func checkPairs(of upstream: UpstreamSettings) {
        let hasPart = !isAbsent("client_certificate") || !isAbsent("client_key")
        if hasPart, (upstream.clientCertificate == nil) != (upstream.clientKey == nil) {
            let missing = upstream.clientKey == nil ? "client_key" : "client_certificate"
            at(.key(missing)) { $0.error("missing", hint: "client_certificate and client_key go together") }
        }
        for (key, limit) in [
            ("connect_timeout", upstream.connectTimeout), ("first_byte_timeout", upstream.firstByteTimeout ?? .zero),
        ]
        where limit > upstream.timeout && !(isAbsent(key) && isAbsent("timeout")) {
            at(.key(key)) { $0.warning("longer than timeout (\(DurationText.text(upstream.timeout))), which comes first") }
        }
    }
}
