import Policy
import Wire

extension Schema {
    static let gateway = Section<GatewaySettings>(
        "[gateway]", "The process as a whole.",
        [
            Field(
                "listen", \.listen, .list(of: .listener),
                """
                Listener addresses: \(ListenAddress.form). A table instead of a string assigns a tenant to a listener, or a \
                mode and owner to a socket; see below.
                """, example: #"["127.0.0.1:8080", { address = "unix:/run/zuora-gateway.sock", mode = "0660" }]"#),
            Field(
                "admin", \.admin, .admin,
                "The address of the admin listener (health, metrics, status page, quit), in the form of `listen` but without `tls:`; it "
                    + "must not be one of the callers' listeners.",
                example: #""127.0.0.1:9901""#),
            Field(
                "workers", \.workers, .workers, "Event loops; `\"auto\"` is one per processor available to the process.",
                example: "2"),
            Field(
                "tenant_header", \.tenantHeader, .string("header field name", problem: tenantHeaderProblem),
                "The request header that selects the tenant.", example: #""X-Zuora-Tenant""#),
            Field(
                "default_tenant", \.defaultTenant, .name,
                "The tenant of a request without one from its header or listener. Absent: such a request gets a 400.",
                example: #""acme""#),
            Field(
                "hosts", \.hosts, .list(of: .host),
                """
                `Host` values accepted on loopback listeners, the admin listener included, besides addresses, names without a dot, \
                names under `localhost` and the listener's host; any other gets a 421, which prevents DNS rebinding by \
                web pages.
                """, example: #"["gateway.local.example.com"]"#),
            Field(
                "health_path", \.healthPath, .string("path", problem: healthPathProblem),
                """
                A path at which callers' listeners respond as `/readyz` does, for load balancers: without authentication, tenant \
                or log line. Absent: none.
                """, example: #""/healthz""#),
            Field(
                "drain", \.drain, .duration(.zero ... .seconds(3600)),
                """
                How long the gateway waits for requests in flight after a SIGTERM. Keep it below Kubernetes' \
                `terminationGracePeriodSeconds`.
                """,
                example: #""25s""#),
            Field(
                "min_drain", \.minDrain, .duration(.zero ... .seconds(3600)),
                """
                How long listeners keep accepting after a SIGTERM, so that load balancers and callers with idle connections can \
                react; part of `drain`.
                """,
                example: #""5s""#),
            Field(
                "trust_network", \.trustNetwork, .boolean,
                "Whether to allow a listener that other machines can reach without configured callers, trusting every client.",
                example: "false"),
            Field(
                "exit_zero_on_sigterm", \.exitZeroOnSigterm, .boolean,
                "Whether the exit code after a drain by SIGTERM is 0 instead of 143.",
                example: "true"),
            Field(
                "log_level", \.logLevel, .choice(), "The lowest level of diagnostics written to stderr.",
                example: #""info""#),
            Field(
                "log_format", \.logFormat, .choice(),
                """
                The format of both logs: `json`, `ecs` (Elastic Common Schema), `otel` (OTLP in JSON lines) or `text`; see \
                [logging](logging.md#formats).
                """, example: #""json""#),
            Field(
                "landlock", \.landlock, .boolean,
                "Whether the process drops access to files that it does not need (Landlock), if the kernel supports it.",
                example: "true"),
            Field(
                "seccomp", \.seccomp, .boolean,
                "Whether the process drops system calls that it does not need (seccomp), if the kernel supports it.",
                example: "true"),
            Field("tracing", form: "table, see below", "Export of traces over OTLP/HTTP.") { node, root, reading in
                guard let table = reading.table(node) else { return }
                var tracing = TracingSettings()
                gatewayTracing.read(table, into: &tracing, &reading)
                root.tracing = tracing
            },
            Field("tls", form: "table, see below", "Certificate and client authentication of `tls:` listeners.") {
                node, root, reading in
                guard let table = reading.table(node) else { return }
                var tls = InboundTLSSettings(certificate: "", key: "")
                gatewayTLS.read(table, into: &tls, &reading)
                root.tls = tls
            },
        ])

    static let gatewayTLS = Section<InboundTLSSettings>(
        "[gateway.tls]", "For `tls:` listeners. Certificates are reloaded when their files change.",
        [
            Field(
                "certificate", \.certificate, .file, isRequired: true,
                "PEM file with the certificate, followed by its intermediates.",
                example: #""/etc/zuora-gateway/tls.crt""#),
            Field(
                "key", \.key, .file, isRequired: true, "PEM file with the certificate's private key.",
                example: #""/etc/zuora-gateway/tls.key""#),
            Field(
                "client_ca", \.clientCA, .file,
                "PEM file with certificate authorities: callers must present a certificate that one of them issued (mTLS).",
                example: #""/etc/zuora-gateway/callers-ca.crt""#),
            Field("min_version", \.minimumVersion, .choice(), "The minimum TLS version.", example: #""1.2""#),
            Field(
                "handshake_timeout", \.handshakeTimeout, .duration(.milliseconds(100) ... .seconds(120)),
                "Time limit for a TLS handshake.",
                example: #""10s""#),
        ])

    static let gatewayTracing = Section<TracingSettings>(
        "[gateway.tracing]",
        """
        Export of traces over OTLP/HTTP in JSON. A request whose caller sends a `traceparent` is traced if its `sampled` flag is set; \
        others by `ratio`.
        """,
        [
            Field(
                "endpoint", \.endpoint, .traceEndpoint, isRequired: true,
                "The collector's URL; without a path, `/v1/traces` is added.", example: #""http://127.0.0.1:4318/v1/traces""#),
            Field(
                "ratio", \.ratio, .percentage(from: 0), "The share of requests without `traceparent` that are traced.",
                example: #""1%""#),
            Field(
                "headers", \.headersFile, .file,
                "A file with header fields for the collector, such as `Authorization: Bearer …`, one on each line; needs `https://` or loopback.",
                example: #""/var/run/secrets/otlp-headers""#),
            Field(
                "ca_file", \.caFile, .file, "PEM file of certificate authorities instead of the system's.",
                example: #""/etc/ssl/private-ca.pem""#),
        ])

    static let listener = Section<ListenerDraft>(
        "a table in gateway.listen", "",
        [
            Field(
                "address", \.address, .listenAddress, isRequired: true, "As in the string form.", example: #""127.0.0.1:8081""#),
            Field("tenant", \.tenant, .name, "The tenant of every request on this listener.", example: #""acme""#),
            Field("mode", \.mode, .fileMode, "Permission bits of the Unix socket, in octal.", example: #""0660""#),
            Field("owner", \.owner, .account(.user), "Owner of the Unix socket: a name or a number.", example: #""root""#),
            Field("group", \.group, .account(.group), "Group of the Unix socket: a name or a number.", example: "0"),
        ])

    private static let healthPathProblem: @Sendable (String) -> String? = { path in
        if let problem = RoutePath.problem(path) { return "\(quoted(path)): \(problem)" }
        if path.contains("{") { return "\(quoted(path)): one path, without parameters" }
        return path == "/oauth/token" ? "\(quoted(path)) is the path of the gateway's token endpoint" : nil
    }

    private static let tenantHeaderProblem: @Sendable (String) -> String? = { name in
        if !Names.isToken(name) || name.utf8.count > 64 { return "\(quoted(name)) is not a valid header field name" }
        if UnlistedFields.isReserved(name.utf8.map(\.lowercased)) { return "\(quoted(name)) has a reserved meaning" }
        return nil
    }
}

extension Schema {
    static let limits = Section<LimitSettings>(
        "[limits]", "Limits on callers' requests and connections.",
        [
            Field(
                "head", \.head, .size(1024...1 << 20), "Size of a request head; a larger one gets a 431.", example: #""32KiB""#),
            Field(
                "target", \.target, .size(256...64 << 10), "Size of a request target; a larger one gets a 414. At most `head`.",
                example: #""8KiB""#
            ),
            Field(
                "fields", \.fields, .integer(16...1000), "Number of header fields of a request; more get a 431.", example: "100"),
            Field("body", \.body, .size(0...1 << 30), "Size of a request body; a larger one gets a 413.", example: #""16MiB""#),
            Field(
                "head_timeout", \.headTimeout, .duration(.milliseconds(100) ... .seconds(300)),
                "From the first byte of a request head, or from a new connection, to the end of the head.", example: #""10s""#),
            Field(
                "idle_timeout", \.idleTimeout, .duration(.seconds(1) ... .seconds(3600)),
                "How long a connection may be idle between requests.", example: #""75s""#),
            Field(
                "body_rate", \.bodyRate, .size(0...1 << 30),
                "Minimum average transfer rate of a request body, per second; slower gets a 408. `\"0B\"` disables it.",
                example: #""1KiB""#),
            Field(
                "write_stall_timeout", \.writeStallTimeout, .duration(.seconds(1) ... .seconds(3600)),
                "How long a caller may read nothing of a response before its connection is closed.", example: #""30s""#),
            Field(
                "connections", \.connections, .integer(1...1_000_000), "Concurrent connections from callers.", example: "10000"),
            Field(
                "requests", \.requests, .integer(1...1_000_000),
                "Requests in flight or waiting, of all tenants; further ones get a 503. This limit and the following ones may be exceeded "
                    + "by a tenth by cancels, and by requests of a tenant that is below its share (half the limit, divided evenly).",
                example: "10000"),
            Field(
                "memory", \.memory, .size(1 << 20...1 << 40),
                "Memory for heads and bodies of all requests. Above it, reading pauses and new requests get a 503; "
                    + "after a second, stalled and waiting requests get one as well.", example: #""256MiB""#),
            Field(
                "loop_delay", \.loopDelay, .duration(.milliseconds(10) ... .seconds(60)),
                "How far an event loop may lag before new requests get a 503.", example: #""2s""#),
        ])
}
