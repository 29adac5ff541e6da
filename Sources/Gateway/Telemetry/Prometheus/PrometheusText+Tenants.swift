import Policy
import Wire

extension PrometheusText {
    static func writeStatus(_ tenants: [TenantStatus], to out: inout PrometheusWriter) {
        func gauge(_ name: String, _ help: String, ofHubs: Bool = true, _ value: (TenantStatus) -> Int) {
            out.family(name, .gauge, help)
            for tenant in tenants where ofHubs || !tenant.usesHub {
                out.sample(value(tenant), [("tenant", tenant.label.name)])
            }
        }
        func seconds(_ name: String, _ help: String, _ value: (TenantStatus) -> Duration?) {
            out.family(name, .gauge, help)
            for tenant in tenants {
                if let time = value(tenant) { out.sample(time.seconds, [("tenant", tenant.label.name)]) }
            }
        }
        gauge("tenant_ready", "1 if the tenant can be served.") { $0.isReady ? 1 : 0 }
        gauge("requests_in_flight", "The tenant's requests in flight.") { $0.inFlight }
        gauge("requests_queued", "The tenant's requests waiting for a slot.", ofHubs: false) { $0.queued }
        gauge("concurrency_limit", "The limit on the tenant's requests in flight.", ofHubs: false) { $0.concurrency }
        gauge("breaker_state", "The circuit breaker: 0 closed, 1 half-open, 2 open.", ofHubs: false) { $0.breaker.number }
        gauge("token_usable", "1 if there is a usable token.", ofHubs: false) { $0.token.serves ? 1 : 0 }
        seconds("token_age_seconds", "Age of the token in use.") { $0.tokenAge }
        seconds("token_lifetime_seconds", "Total lifetime of the token in use.") { $0.tokenLifetime }
        seconds("token_remaining_seconds", "Time until the token in use is no longer used.") { $0.tokenRemaining }
        out.family("rate_limit_remaining", .gauge, "RateLimit-Remaining as last reported by Zuora.")
        for tenant in tenants {
            if let remaining = tenant.rateLimit?.remaining { out.sample(remaining, [("tenant", tenant.label.name)]) }
        }
    }

    static func writeCounters(
        _ snapshot: MetricsSnapshot, _ slots: [Int], _ labels: MetricsLabels, to out: inout PrometheusWriter
    ) {
        func counter(_ name: String, _ help: String, _ counters: [(TenantCounter, String?)]) {
            out.family(name, .counter, help)
            for slot in slots {
                let counts = snapshot.tenants.indices.contains(slot) ? snapshot.tenants[slot] : TenantCounts()
                for (counter, result) in counters {
                    var pairs: [PrometheusWriter.Pair] = [("tenant", labels.tenants[slot].name)]
                    if let result { pairs.append(("result", result)) }
                    out.sample(counts[counter], pairs)
                }
            }
        }
        counter("retries_total", "Attempts beyond a request's first.", [(.retries, nil)])
        counter(
            "token_fetches_total", "Calls to the token endpoint, by result.",
            [(.tokenRefreshes, "done"), (.tokenFailures, "failed")])
        counter("breaker_openings_total", "Times that the circuit breaker opened.", [(.breakerOpenings, nil)])
        counter("coalesced_requests_total", "Requests that shared another's upstream call.", [(.coalesced, nil)])
        counter(
            "track_id_mismatches_total", "Responses with a different track id than their request.",
            [(.trackIDMismatches, nil)])
        counter("received_bytes_total", "Bytes of bodies from callers.", [(.bytesIn, nil)])
        counter("sent_bytes_total", "Bytes of bodies to callers.", [(.bytesOut, nil)])
    }

    static func writeRequests(
        _ snapshot: MetricsSnapshot, _ tenants: [TenantStatus], _ slots: [Int], _ labels: MetricsLabels,
        to out: inout PrometheusWriter
    ) {
        out.family("requests_total", .counter, "Completed requests, by outcome and status class.")
        let none = TenantStatus.Route(label: LabelTable.none, isCancel: false, isStrict: false)
        // What no tenant is known of can only be denied.
        write(snapshot.counts(ofTenant: 0, route: 0), LabelTable.none, none, expecting: [.denied], to: &out)
        for tenant in tenants {
            for route in tenant.routes {
                let expected = RequestOutcome.allCases.filter { !$0.isOfCancel || route.isCancel }
                write(
                    snapshot.counts(ofTenant: tenant.label.slot, route: route.label.slot), tenant.label, route,
                    expecting: expected, to: &out)
            }
            // A path that is not a route's.
            write(
                snapshot.counts(ofTenant: tenant.label.slot, route: LabelTable.none.slot), tenant.label, none,
                expecting: [.denied], to: &out)
            let known = Set(tenant.routes.map(\.label.slot)).union([LabelTable.none.slot])
            snapshot.forEachRoute(of: tenant.label.slot) { slot, counts in
                guard !known.contains(slot) else { return }
                let route = TenantStatus.Route(label: labels.routes[slot], isCancel: false, isStrict: false)
                write(counts, tenant.label, route, expecting: [], to: &out)
            }
        }
        out.family("request_phase_seconds", .histogram, "Durations of request phases.")
        for tenant in slots {
            snapshot.forEachRoute(of: tenant) { route, counts in
                let pairs: [PrometheusWriter.Pair] = [
                    ("tenant", labels.tenants[tenant].name), ("route", labels.routes[route].name),
                ]
                for phase in RequestPhase.allCases {
                    let histogram = counts[phase]
                    guard histogram.count > 0 else { continue }
                    out.sample(
                        histogram, pairs + [("phase", "\(phase.label)")], exemplars: phase == .total ? counts.exemplars : [])
                }
            }
        }
    }
}

extension PrometheusText {
    /// What was counted, and zero for each expected outcome: a counter that begins with its first event shows no increase.
    private static func write(
        _ counts: RouteCounts?, _ tenant: Label, _ route: TenantStatus.Route, expecting expected: [RequestOutcome],
        to out: inout PrometheusWriter
    ) {
        let pairs: [PrometheusWriter.Pair] = [("tenant", tenant.name), ("route", route.label.name)]
        for outcome in RequestOutcome.allCases {
            let usual = expected.contains(outcome) ? outcome.usualStatus(isStrict: route.isStrict) : nil
            for status in StatusClass.allCases {
                let count = counts?.requests(outcome, status) ?? 0
                guard count > 0 || status == usual else { continue }
                out.sample(count, pairs + [("outcome", "\(outcome.name)"), ("status", "\(status.label)")])
            }
        }
    }
}

extension RequestOutcome {
    /// Whether only a cancel has this outcome.
    fileprivate var isOfCancel: Bool { rawValue >= RequestOutcome.cancelled.rawValue }

    /// The status class that it usually comes with.
    fileprivate func usualStatus(isStrict: Bool) -> StatusClass {
        switch self {
        case .relayed, .cut, .cancelled, .alreadyCancelled: .success
        case .denied, .refused: .clientError
        case .failed, .unknown: .serverError
        case .abandoned: .none
        case .alreadyFinished, .unknownJob, .notPermitted, .wrongEntity, .rejected: isStrict ? .clientError : .success
        }
    }
}

extension CircuitBreaker.State {
    fileprivate var number: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}
