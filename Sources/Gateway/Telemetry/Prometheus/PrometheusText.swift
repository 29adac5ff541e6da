import Wire

/// The body of `/metrics`.
public enum PrometheusText {
    /// - Parameters:
    ///   - snapshot: merged from all workers.
    ///   - labels: the tables that created the labels of the counted records.
    ///   - tenants: the configured tenants; counts of others are omitted.
    public static func render(
        _ snapshot: MetricsSnapshot, labels: MetricsLabels, gateway: GatewayStatus, tenants: [TenantStatus],
        format: MetricsFormat = .prometheus
    ) -> [UInt8] {
        var out = PrometheusWriter(format)
        writeProcess(gateway, snapshot, to: &out)
        writeConnections(gateway, snapshot, to: &out)
        if let fleet = gateway.fleet { write(fleet, to: &out) }
        writeStatus(tenants, to: &out)
        let slots = [LabelTable.none.slot] + tenants.map(\.label.slot).sorted()
        writeCounters(snapshot, slots, labels, to: &out)
        writeRequests(snapshot, tenants, slots, labels, to: &out)
        writeCallers(snapshot, gateway.callers, to: &out)
        writeCertificates(gateway, tenants, to: &out)
        out.end()
        return out.bytes
    }

    private static func writeProcess(_ gateway: GatewayStatus, _ snapshot: MetricsSnapshot, to out: inout PrometheusWriter) {
        out.family("build_info", .gauge, "The gateway's version, and the commit that was built, if known; always 1.")
        var build: [PrometheusWriter.Pair] = [("version", gateway.version)]
        if !gateway.revision.isEmpty { build.append(("revision", gateway.revision)) }
        out.sample(1, build)
        out.family("draining", .gauge, "1 while the gateway is draining.")
        out.sample(gateway.stage == .draining ? 1 : 0)
        out.family("workers", .gauge, "Event loops.")
        out.sample(gateway.workers)
        out.foreignFamily("process_start_time_seconds", .gauge, "When the process began, in seconds since 1970.")
        out.sample(Double(gateway.startedAt.nanoseconds) / 1e9)
        out.foreignFamily("process_resident_memory_bytes", .gauge, "Resident set size.")
        out.sample(gateway.usage.residentBytes)
        out.foreignFamily("process_cpu_seconds_total", .counter, "User and system time.")
        out.sample(gateway.usage.cpuSeconds)
        out.foreignFamily("process_open_fds", .gauge, "Open descriptors.")
        out.sample(gateway.usage.descriptors)
        out.foreignFamily("process_max_fds", .gauge, "The limit on open descriptors.")
        out.sample(gateway.usage.maximumDescriptors)
        out.family("event_loop_lag_seconds", .gauge, "The longest iteration of an event loop within the last minute.")
        out.sample(snapshot.gauges.longestTurn.seconds)
        out.family("access_log_dropped_lines_total", .counter, "Access log lines dropped because the output was blocked.")
        out.sample(gateway.droppedLines)
        if let spans = gateway.spans {
            out.family("trace_spans_exported_total", .counter, "Spans that the collector has accepted.")
            out.sample(spans.exported)
            out.family("trace_spans_dropped_total", .counter, "Spans that were lost: too many, or refused by the collector.")
            out.sample(spans.dropped)
        }
        let configuration = gateway.configuration
        out.family("configuration_reloads_total", .counter, "Reloads of the configuration, by whether they took effect.")
        out.sample(configuration.reloads, [("result", "done")])
        out.sample(configuration.failures, [("result", "failed")])
        out.family("configuration_current", .gauge, "0 if the last reload failed and an older configuration is in use.")
        out.sample(configuration.error == nil ? 1 : 0)
        out.family(
            "configuration_awaiting_restart", .gauge, "Keys changed by a reload that only take effect after a restart.")
        out.sample(configuration.awaitingRestart.count)
        out.family("configuration_loaded_timestamp_seconds", .gauge, "When the configuration in use was loaded.")
        out.sample(Double(configuration.loadedAt.nanoseconds) / 1e9)
    }

    private static func writeCallers(_ snapshot: MetricsSnapshot, _ callers: [Label], to out: inout PrometheusWriter) {
        out.family("caller_requests_total", .counter, "Completed requests of each configured caller, by status class.")
        for caller in callers {
            for status in StatusClass.allCases where status != .informational {
                out.sample(
                    snapshot.requests(ofCaller: caller.slot, status), [("caller", caller.name), ("status", "\(status.label)")])
            }
        }
    }

    private static func writeCertificates(_ gateway: GatewayStatus, _ tenants: [TenantStatus], to out: inout PrometheusWriter) {
        out.family(
            "tls_certificate_expiry_timestamp_seconds", .gauge,
            "When a certificate that the gateway presents expires: to callers (side client) or to a tenant's upstream.")
        if let expiry = gateway.certificateExpiry { out.sample(Int(clamping: expiry.seconds), [("side", "client")]) }
        for tenant in tenants {
            guard let expiry = tenant.certificateExpiry else { continue }
            out.sample(Int(clamping: expiry.seconds), [("side", "upstream"), ("tenant", tenant.label.name)])
        }
    }

    private static func writeConnections(_ gateway: GatewayStatus, _ snapshot: MetricsSnapshot, to out: inout PrometheusWriter) {
        out.family("client_connections", .gauge, "Open connections from callers.")
        out.sample(snapshot.gauges.clientConnections)
        out.family("client_connections_total", .counter, "Connections accepted from callers.")
        out.sample(snapshot.count(.clientConnections))
        out.family("client_connections_refused_total", .counter, "Connections that were closed because there were too many.")
        out.sample(snapshot.count(.clientConnectionsRefused))
        out.family("requests_under_way", .gauge, "Requests in flight or waiting, of all tenants.")
        out.sample(gateway.requests)
        out.family("held_body_bytes", .gauge, "Bytes of bodies buffered for requests in flight.")
        out.sample(gateway.heldBytes)
        out.family("requests_shed_total", .counter, "Requests shed at the gateway's limits, by resource.")
        out.sample(snapshot.count(.shedForRequests), [("resource", "requests")])
        out.sample(snapshot.count(.shedForMemory), [("resource", "memory")])
        out.sample(snapshot.count(.shedForDescriptors), [("resource", "descriptors")])
        out.sample(snapshot.count(.shedForEventLoop), [("resource", "event-loop")])
        out.family("upstream_connections", .gauge, "Open connections to upstreams, including idle ones.")
        out.sample(snapshot.gauges.upstreamConnections)
        out.family("upstream_connections_total", .counter, "Connections established to upstreams.")
        out.sample(snapshot.count(.upstreamConnections))
        out.family("tls_handshakes_total", .counter, "TLS handshakes, by side and by whether they succeeded.")
        out.sample(snapshot.count(.clientHandshakes), [("side", "client"), ("result", "done")])
        out.sample(snapshot.count(.clientHandshakeFailures), [("side", "client"), ("result", "failed")])
        out.sample(snapshot.count(.clientHandshakesRefused), [("side", "client"), ("result", "refused")])
        out.sample(snapshot.count(.upstreamHandshakes), [("side", "upstream"), ("result", "done")])
        out.sample(snapshot.count(.upstreamHandshakeFailures), [("side", "upstream"), ("result", "failed")])
        out.family("gzip_bodies_total", .counter, "Bodies with gzip coding, by action.")
        for (isRequest, direction) in [(true, "request"), (false, "response")] {
            for action in GzipAction.allCases where action != .none {
                let count = snapshot.bodies(ofRequests: isRequest, action)
                out.sample(count, [("direction", direction), ("action", "\(action.name)")])
            }
        }
    }
}
