import Configuration
import Policy
import Testing

@Suite struct ListenerTests {
    func gateway(_ body: String) -> String { acme + "[gateway]\n" + body }
    let caller = "\n[callers.b]\npeer_uid = 1\nkey_sha256 = \"\(String(repeating: "0a", count: 32))\""
    let tls = "\n[gateway.tls]\ncertificate = \"c\"\nkey = \"k\"\n"

    @Test func `a listener is a string or a table, and one needs no brackets`() throws {
        let text = gateway(
            #"listen = ["127.0.0.1:1", { address = "unix:/s", tenant = "acme", mode = "0660", owner = "root", group = 7 }]"#)
        let found = try parse(text).gateway.listen
        #expect(found[0] == ListenerSettings(address: .tcp(host: "127.0.0.1", port: 1, tls: false)))
        #expect(found[1].address == .unix(path: "/s") && found[1].tenant == "acme" && found[1].mode == 0o660)
        #expect(found[1].ownerID == 0 && found[1].groupID == 7)
        #expect(try parse(gateway("listen = \"unix:@z\"")).gateway.listen.map(\.address) == [.abstractUnix(name: "z")])
    }

    @Test func `every key of [gateway] has effect`() throws {
        let found = try parse(
            gateway(
                """
                listen = "tls:127.0.0.1:1"
                admin = "unix:/admin.sock"
                workers = "auto"
                tenant_header = "X-Tenant"
                default_tenant = "acme"
                drain = "20s"
                min_drain = "5s"
                exit_zero_on_sigterm = true
                log_level = "debug"
                landlock = false
                seccomp = false
                tls = { certificate = "c.pem", key = "/k", client_ca = "ca", min_version = "1.3", handshake_timeout = "3s" }
                """)
        ).gateway
        var expected = GatewaySettings()
        expected.listen = [ListenerSettings(address: .tcp(host: "127.0.0.1", port: 1, tls: true))]
        expected.admin = .unix(path: "/admin.sock")
        expected.workers = nil
        expected.tenantHeader = "X-Tenant"
        expected.defaultTenant = "acme"
        expected.drain = .seconds(20)
        expected.minDrain = .seconds(5)
        expected.exitZeroOnSigterm = true
        expected.logLevel = .debug
        expected.landlock = false
        expected.seccomp = false
        var tls = InboundTLSSettings(certificate: "c.pem", key: "/k")
        tls.clientCA = "ca"
        tls.minimumVersion = .tls13
        tls.handshakeTimeout = .seconds(3)
        expected.tls = tls
        #expect(found == expected)
        #expect(try parse(gateway("admin = \"off\"")).gateway.admin == nil)
    }

    @Test func `every key of [limits] has effect`() throws {
        let found = try parse(
            acme + """
                [limits]
                head = "16KiB"
                target = "4KiB"
                fields = 50
                body = "1MiB"
                head_timeout = "1s"
                idle_timeout = "2s"
                body_rate = "3KiB"
                write_stall_timeout = "4s"
                connections = 5
                requests = 6
                memory = "64MiB"
                loop_delay = "7s"
                """
        ).limits
        #expect(found.head == 16 << 10 && found.target == 4 << 10 && found.fields == 50 && found.body == 1 << 20)
        #expect(found.headTimeout == .seconds(1) && found.idleTimeout == .seconds(2) && found.bodyRate == 3 << 10)
        #expect(found.writeStallTimeout == .seconds(4) && found.connections == 5)
        #expect(found.requests == 6 && found.memory == 64 << 20 && found.loopDelay == .seconds(7))
    }

    @Test(arguments: [
        (#"listen = []"#, "gateway.listen: an empty array"),
        (#"listen = ["127.0.0.1:1", "127.0.0.1:1"]"#, "gateway.listen[1]: listed twice"),
        (
            #"listen = ["127.0.0.1:1", { address = "127.0.0.1:1", tenant = "acme" }]"#,
            "gateway.listen[1]: 127.0.0.1:1 is already used by another listener"
        ),
        (
            #"listen = "127.0.0.1:9901""#,
            "gateway.admin: 127.0.0.1:9901 is also a listener for callers (127.0.0.1:9901) (this is the default"
        ),
        ("listen = \"127.0.0.1:1\"\nadmin = \"127.0.0.1:1\"", "gateway.admin: 127.0.0.1:1 is also a listener for callers"),
        (#"admin = "tls:127.0.0.1:1""#, "gateway.admin: the admin listener supports plain HTTP only"),
        (#"admin = "9901""#, "gateway.admin: not an address: \"9901\" (\"127.0.0.1:9901\", \"[::1]:9901\", \"unix:"),
        (#"listen = "tls:127.0.0.1:1""#, "gateway.listen: tls: listener without [gateway.tls]"),
        (
            #"listen = { address = "127.0.0.1:1", tenant = "acne" }"#,
            "gateway.listen.tenant: there is no tenant \"acne\" (did you mean \"acme\"?)"
        ),
        (#"listen = { tenant = "acme" }"#, "gateway.listen.address: missing"),
        (#"listen = { address = "127.0.0.1:1", mode = "0660" }"#, "listen.mode: only supported for a Unix socket"),
        (#"listen = { address = "unix:/s", mode = 660 }"#, "listen.mode: expected permission bits"),
        (#"listen = { address = "unix:/s", mode = "1777" }"#, "listen.mode: expected permission bits"),
        (#"listen = { address = "unix:/s", owner = "nobody-of-that-name" }"#, "listen.owner: this machine has no user"),
        (#"listen = { address = "unix:/s", group = -1 }"#, "listen.group: -1 is not a group id"),
        (#"workers = 0"#, "gateway.workers: expected a number"),
        (#"tenant_header = "Zuora-Entity-Ids""#, "gateway.tenant_header: \"Zuora-Entity-Ids\" has a reserved meaning"),
        (#"tenant_header = "X Y""#, "gateway.tenant_header: \"X Y\" is not a valid header field name"),
        (#"min_drain = "26s""#, "gateway.min_drain: longer than drain (25s)"),
        (#"tls = { certificate = "c" }"#, "gateway.tls.key: missing"),
    ])
    func `what cannot be served is refused`(body: String, expected: String) {
        let found = errors(gateway(body))
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }

    @Test func `a target larger than the head is refused`() {
        #expect(
            errors(acme + "[limits]\nhead = \"4KiB\"") == [
                "proxy.conf:5: limits.target: larger than head (4KiB), which it is part of"
            ])
    }

    @Test(arguments: ["0.0.0.0:80", "[::]:80", "10.0.0.1:80", "gateway.internal:80", "tls:0.0.0.0:443"])
    func `a listener beyond this machine needs callers or consent`(address: String) throws {
        let listen = "listen = \"\(address)\"\n"
        let tls = address.hasPrefix("tls:") ? tls : ""
        let found = errors(gateway(listen) + tls)
        #expect(
            found.count == 1 && found[0].contains("can be reached from other machines, and no callers are configured"), "\(found)"
        )
        #expect(errors(gateway(listen) + tls + caller) == [])
        #expect(
            try warnings(gateway(listen + "trust_network = true\n") + tls).contains {
                $0.contains("every client that can reach it is trusted")
            })
    }

    @Test func `a socket that any user may open causes a warning`() throws {
        #expect(try warnings(gateway("listen = \"unix:@z\""))[0].contains("an abstract socket has no permissions"))
        #expect(
            try warnings(gateway(#"listen = { address = "unix:/s", mode = "0666" }"#))[0].contains(
                "any local user may open it"))
        #expect(try warnings(gateway(#"listen = "fd:3""#))[0].contains("the address of an inherited socket is unknown"))
        #expect(try warnings(gateway(#"listen = { address = "unix:/s", mode = "0660" }"#)) == [])
        #expect(try warnings(gateway("listen = \"unix:@z\"") + caller) == [])
    }

    @Test func `a new configuration keeps the listeners that are open, in their order`() throws {
        let open = try parse(gateway(#"listen = [{ address = "127.0.0.1:1", tenant = "acme" }, "127.0.0.1:2"]"#)).gateway.listen
        let next = try parse(gateway(#"listen = ["127.0.0.1:2", { address = "127.0.0.1:1", tenant = "acme" }]"#))
        #expect(try next.keepingListeners(open).gateway.listen == open)
    }

    @Test func `a new configuration that the open listeners cannot serve is refused`() throws {
        let next = try parse(gateway(#"listen = "127.0.0.1:1""#))
        for (address, tenant, words) in [
            (ListenAddress.tcp(host: "127.0.0.1", port: 1, tls: false), "globex", "its tenant globex was removed"),
            (.tcp(host: "127.0.0.1", port: 1, tls: true), nil, "[gateway.tls] was removed"),
            (.tcp(host: "0.0.0.0", port: 1, tls: false), nil, "would be trusted"),
        ] as [(ListenAddress, String?, String)] {
            #expect {
                try next.keepingListeners([ListenerSettings(address: address, tenant: tenant)])
            } throws: {
                "\($0)".contains(words)
            }
        }
    }

    @Test(arguments: [
        ("/v1/files/{id}", "one path, without parameters"), ("healthz", "a path begins with"), ("/oauth/token", "token endpoint"),
        ("/v1/files/abc/status", "a path of the route \"files.status\""), ("/query/jobs", "a path of the route"),
        ("/a?b", "segment 1 is neither a plain segment"),
    ])
    func `a health path hides no route`(_ path: String, _ expected: String) {
        let found = errors(acme + "[gateway]\nhealth_path = \"\(path)\"\n")
        #expect(found.count == 1 && found.first?.contains(expected) == true, "\(found)")
        #expect(errors(acme + "[gateway]\nhealth_path = \"/v1/files/abc/other\"\n") == [])
    }

    @Test(arguments: [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"), ("https://Otlp.example/", "https://otlp.example/v1/traces"),
        ("http://collector:4318/otlp/v1/traces", "http://collector:4318/otlp/v1/traces"),
    ])
    func `traces go to the collector's usual path unless another is given`(_ text: String, _ expected: String) throws {
        let tracing = try parse(acme + "[gateway.tracing]\nendpoint = \"\(text)\"\nratio = \"5%\"\n").gateway.tracing
        #expect(tracing?.endpoint == expected && tracing?.ratio == 0.05)
        #expect(tracing.map { $0.origin + $0.path } == expected)
    }

    @Test(arguments: [
        ("ratio = \"1%\"", "endpoint: missing"), ("endpoint = \"collector\"", "not a URL"),
        ("endpoint = \"ftp://a\"", "not a URL"),
        ("endpoint = \"http://collector:4318\"\nheaders = \"/x\"", "could be read in transit"),
    ])
    func `a collector that cannot be used, or would be told a secret in the clear, is an error`(
        _ text: String, _ expected: String
    ) {
        let found = errors(acme + "[gateway.tracing]\n\(text)\n")
        #expect(found.count == 1 && found.first?.contains(expected) == true, "\(found)")
    }
}
