import Policy

extension Schema {
    static let gateway = Section<GatewaySettings>(
        "[gateway]", "The process as a whole.",
        [
            Field(
                "listen", \.listen, .list(of: .listener),
                """
                Where callers connect: \(ListenAddress.form). A table in place of a string gives a listener a tenant, or a \
                socket its mode and owner; see below.
                """, example: #"["127.0.0.1:8080", { address = "unix:/run/zuora-gateway.sock", mode = "0660" }]"#),
            Field(
                "admin", \.admin, .admin,
                "Health, metrics, status page and quit: an address as in `listen` but without `tls:`, and none that callers use.",
                example: #""127.0.0.1:9901""#),
            Field(
                "workers", \.workers, .workers, "Event loops; `\"auto\"` is one for each processor that the process may use.",
                example: "2"),
            Field(
                "tenant_header", \.tenantHeader, .string("header field name", problem: tenantHeaderProblem),
                "The field in which a caller names its tenant.", example: #""X-Zuora-Tenant""#),
            Field(
                "default_tenant", \.defaultTenant, .name,
                "The tenant of a request that names none, by field or by listener. Absent: such a request is a 400.",
                example: #""acme""#),
            Field(
                "hosts", \.hosts, .list(of: .host),
                """
                Names that `Host` may have on loopback listeners and the admin listener there, beside addresses, names without a dot, \
                names under `localhost` and the listener's own; any other is a 421, since a web page can have its own name resolve \
                to this machine.
                """, example: #"["gateway.local.example.com"]"#),
            Field(
                "drain", \.drain, .duration(.zero ... .seconds(3600)),
                """
                How long a SIGTERM waits for requests under way, counted from its coming. Keep it below Kubernetes' \
                `terminationGracePeriodSeconds`.
                """,
                example: #""25s""#),
            Field(
                "min_drain", \.minDrain, .duration(.zero ... .seconds(3600)),
                """
                How long listeners go on accepting after a SIGTERM, so that load balancers can take notice, and callers with idle \
                connections; a part of `drain`.
                """,
                example: #""5s""#),
            Field(
                "trust_network", \.trustNetwork, .boolean,
                "Whether to serve a listener that other machines can reach although no callers are configured, trusting every client.",
                example: "false"),
            Field(
                "exit_zero_on_sigterm", \.exitZeroOnSigterm, .boolean,
                "Whether a drained SIGTERM ends with exit code 0 rather than 143.",
                example: "true"),
            Field(
                "log_level", \.logLevel, .choice(), "The least severe diagnostics that are written to stderr.",
                example: #""info""#),
            Field(
                "landlock", \.landlock, .boolean,
                "Whether the process gives up the files that it does not need (Landlock), where the kernel offers it.",
                example: "true"),
            Field(
                "seccomp", \.seccomp, .boolean,
                "Whether the process gives up the system calls that it does not need (seccomp), where the kernel offers it.",
                example: "true"),
            Field("tls", form: "table, see below", "What `tls:` listeners present and ask for.") { node, root, reading in
                guard let table = reading.table(node) else { return }
                var tls = InboundTLSSettings(certificate: "", key: "")
                gatewayTLS.read(table, into: &tls, &reading)
                root.tls = tls
            },
        ])

    static let gatewayTLS = Section<InboundTLSSettings>(
        "[gateway.tls]", "For `tls:` listeners. Certificates are read again when their files change.",
        [
            Field(
                "certificate", \.certificate, .file, isRequired: true, "PEM file: the certificate, then its intermediates.",
                example: #""/etc/zuora-gateway/tls.crt""#),
            Field(
                "key", \.key, .file, isRequired: true, "PEM file of the certificate's key.",
                example: #""/etc/zuora-gateway/tls.key""#),
            Field(
                "client_ca", \.clientCA, .file,
                "PEM file of authorities: a caller must then show a certificate that one of them issued (mTLS).",
                example: #""/etc/zuora-gateway/callers-ca.crt""#),
            Field("min_version", \.minimumVersion, .choice(), "The oldest TLS version that is spoken.", example: #""1.2""#),
            Field(
                "handshake_timeout", \.handshakeTimeout, .duration(.milliseconds(100) ... .seconds(120)),
                "How long a handshake may take.",
                example: #""10s""#),
        ])

    static let listener = Section<ListenerDraft>(
        "a table in gateway.listen", "",
        [
            Field(
                "address", \.address, .listenAddress, isRequired: true, "As the string would be.", example: #""127.0.0.1:8081""#),
            Field("tenant", \.tenant, .name, "The tenant of every request that comes in here.", example: #""acme""#),
            Field("mode", \.mode, .fileMode, "Permission bits of a Unix socket's file, in octal.", example: #""0660""#),
            Field("owner", \.owner, .account(.user), "Owner of a Unix socket's file: a name or a number.", example: #""root""#),
            Field("group", \.group, .account(.group), "Group of a Unix socket's file: a name or a number.", example: "0"),
        ])

    private static let tenantHeaderProblem: @Sendable (String) -> String? = { name in
        if !Names.isToken(name) || name.utf8.count > 64 { return "\(quoted(name)) is no name of a header field" }
        if Names.isOwnedField(name) { return "\(quoted(name)) has a meaning of its own" }
        return nil
    }
}

extension Schema {
    static let limits = Section<LimitSettings>(
        "[limits]", "What a caller may send and hold.",
        [
            Field("head", \.head, .size(1024...1 << 20), "A request head; more is a 431.", example: #""32KiB""#),
            Field(
                "target", \.target, .size(256...64 << 10), "A request target; more is a 414. At most `head`.", example: #""8KiB""#
            ),
            Field("fields", \.fields, .integer(16...1000), "Header fields of a request; more is a 431.", example: "100"),
            Field("body", \.body, .size(0...1 << 30), "A request body; more is a 413.", example: #""16MiB""#),
            Field(
                "head_timeout", \.headTimeout, .duration(.milliseconds(100) ... .seconds(300)),
                "From the first byte of a head, or from a new connection, to the head's last byte.", example: #""10s""#),
            Field(
                "idle_timeout", \.idleTimeout, .duration(.seconds(1) ... .seconds(3600)),
                "How long a connection may stand idle between requests.", example: #""75s""#),
            Field(
                "body_rate", \.bodyRate, .size(0...1 << 30),
                "What a request body must average a second; less is a 408. `\"0B\"` turns it off.", example: #""1KiB""#),
            Field(
                "write_stall_timeout", \.writeStallTimeout, .duration(.seconds(1) ... .seconds(3600)),
                "How long a caller may take no byte of an answer before its connection is cut.", example: #""30s""#),
            Field("connections", \.connections, .integer(1...1_000_000), "Connections of callers at one time.", example: "10000"),
            Field(
                "requests", \.requests, .integer(1...1_000_000),
                "Requests under way or waiting, of all tenants; further ones get a 503. Here and below, cancels do so a tenth later, and so "
                    + "do requests of a tenant that holds less than its share: half of this, divided evenly.", example: "10000"),
            Field(
                "memory", \.memory, .size(1 << 20...1 << 40),
                "What is held of heads and bodies at one time, of all requests. Above, nothing more is read and new requests get a 503; "
                    + "after a second those that stand still, or wait, do, too.", example: #""256MiB""#),
            Field(
                "loop_delay", \.loopDelay, .duration(.milliseconds(10) ... .seconds(60)),
                "How late an event loop may be before new requests get a 503.", example: #""2s""#),
        ])
}
