import Wire

/// The body of `/metrics`.
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// - Parameters:
    ///   - snapshot: merged from all workers.
    ///   - labels: the tables that created the labels of the counted records.
    ///   - tenants: the configured tenants; counts of others are omitted.
    public static func render(
        _ snapshot: MetricsSnapshot, labels: MetricsLabels, gateway: GatewayStatus, tenants: [TenantStatus]
    ) -> [UInt8] {
        var out = PrometheusWriter()
        writeProcess(gateway, snapshot, to: &out)
        writeConnections(gateway, snapshot, to: &out)
        writeStatus(tenants, to: &out)
        let slots = [LabelTable.none.slot] + tenants.map(\.label.slot).sorted()
        writeCounters(snapshot, slots, labels, to: &out)
        writeRequests(snapshot, slots, labels, to: &out)
        return out.bytes
    }

    private static func writeProcess(_ gateway: GatewayStatus, _ snapshot: MetricsSnapshot, to out: inout PrometheusWriter) {
        out.family("build_info", .gauge, "The gateway's version; always 1.")
        out.sample(1, [("version", gateway.version)])
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
        out.family("event_loop_lag_seconds", .gauge, "The longest iteration of an event loop within the last minute.")
        out.sample(snapshot.gauges.longestTurn.seconds)
        out.family("access_log_dropped_lines_total", .counter, "Access log lines dropped because the output was blocked.")
        out.sample(gateway.droppedLines)
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
