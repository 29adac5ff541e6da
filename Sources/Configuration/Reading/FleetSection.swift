import Policy

/// `[fleet]` as written.
struct FleetDraft {
    var url: String?
    var sentinels: [String] = []
    var master: String?
    var cluster: [String] = []
    var settings = FleetSettings(url: "")
}

extension Schema {
    static let fleet = Section<FleetDraft>(
        "[fleet]",
        """
        The Redis or Valkey store through which the members of a fleet share tokens, slots and rates: one server (`url`), one \
        that Sentinel watches (`sentinels` and `master`), or a cluster (`cluster`). Absent: none. See [fleets](fleet.md).
        """,
        storeKeys + connectionFields)

    private static let storeKeys: [Field<FleetDraft>] = [
        Field(
            "url", \.url, url,
            "`rediss://host` or `rediss://host:port`; `redis://` on loopback only; `unix:/path` for a Unix socket.",
            example: #""rediss://redis.shop.svc:6379""#),
        Field(
            "sentinels", \.sentinels, .list(of: url),
            "Instead of `url`: the sentinels of a server with replicas, at most 16, each like `url`; their port is 26379 by default.",
            example: #"["rediss://sentinel-0.shop.svc", "rediss://sentinel-1.shop.svc", "rediss://sentinel-2.shop.svc"]"#),
        Field("master", \.master, .name, "The name by which the sentinels know the server.", example: #""mymaster""#),
        Field("sentinel_username", \.settings.sentinelUsername, text, "As `username`, for the sentinels.", example: #""zg""#),
        Field(
            "sentinel_password", \.settings.sentinelPassword, .secret,
            "As `password`, for the sentinels. Absent: they need none; `password` is not sent to them.",
            example: #"{ file = "/var/run/secrets/zuora-gateway/sentinel" }"#),
        Field(
            "cluster", \.cluster, .list(of: url),
            "Instead of `url`: nodes of a cluster, at most 16, each like `url`. One is enough; it names the others.",
            example: #"["rediss://redis-0.shop.svc:6379", "rediss://redis-1.shop.svc:6379"]"#),
        Field("username", \.settings.username, text, "The ACL user. Absent: the default one.", example: #""zg""#),
        Field(
            "password", \.settings.password, .secret, "A reference to its password, which is read for each connection.",
            example: #"{ file = "/var/run/secrets/zuora-gateway/redis" }"#),
        Field(
            "name", \.settings.name, .name, "The fleet's name: members with the same name, key and secrets share.",
            example: #""shop-prod""#),
        Field(
            "key", \.settings.key, .secret,
            "A reference to a secret of all members, with which records are encrypted in addition to the client secrets.",
            example: #"{ file = "/var/run/secrets/zuora-gateway/fleet-key" }"#),
        Field(
            "egress", \.settings.egress, .name,
            "The address from which members call Zuora: those with the same name share its limit on token calls.",
            example: #""nat-1""#),
        Field(
            "members", \.settings.members, .integer(1...100_000),
            "The number of members, by which they spread token calls and divide slots without the store.",
            example: "1000"),
        Field(
            "timeout", \.settings.timeout, .duration(.milliseconds(10) ... .seconds(5)),
            "How long the store may take for a command.", example: #""100ms""#),
        Field(
            "share", \.settings.share, .list(of: .choice()),
            "What members share: tokens, the slots of tenants with `fleet_concurrency`, and rates (`fleet_rate` and the pauses that "
                + "Zuora asks for).", example: #"["tokens"]"#),
        Field(
            "lease", \.settings.lease, .duration(.seconds(1) ... .seconds(60)),
            "How long slots are leased; renewed after a third of it. Must be the same for all members.", example: #""6s""#),
        Field(
            "when_lost", \.settings.whenLost, .choice(),
            "Slots without the store. `local`: an even share of `fleet_concurrency`, at least 1, for each member. `wait`: none beyond "
                + "the lease.", example: #""wait""#),
        Field(
            "crash_hold", \.settings.crashHold, .duration(.zero ... .seconds(3600)),
            "How long after its lease the slots of a crashed member stay taken, since Zuora may still work on its calls. Absent: the "
                + "tenant's `timeout`.", example: #""130s""#),
    ]

    private static var connectionFields: [Field<FleetDraft>] {
        connectionKeys.filter { connection.contains($0.name) }.map { $0.lifted(\.settings.connection) }
    }

    private static let connection = ["connect_timeout", "ca_file", "client_certificate", "client_key", "min_tls"]

    private static let url = ValueReader<String>.string("URL") { $0.isEmpty ? "an empty URL" : nil }

    private static let text = ValueReader<String>.string("text") { text in
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            ? nil : "not 1 to 256 visible ASCII characters"
    }
}

extension FleetDraft {
    /// The settings; nil without a store, or after reporting an error. `reading` is at `[fleet]`.
    func resolve(_ reading: inout Reading) -> FleetSettings? {
        guard let key = onlyKey(&reading) else { return nil }
        var settings = settings
        let found = reading.at(.key(key)) { reading -> [Server]? in
            switch key {
            case "sentinels": Server.all(sentinels, defaultPort: 26379, &reading)
            case "cluster": Server.all(cluster, defaultPort: 6379, &reading)
            default: Server(url ?? "", isAlone: true, defaultPort: 6379, &reading).map { [$0] }
            }
        }
        checkSentinelKeys(&reading)
        guard let found, let first = found.first else { return nil }
        settings.addresses = found.map(\.address)
        settings.connection.url = first.origin
        settings.connection.unixSocket = first.socket
        if key == "cluster" { settings.kind = .cluster }
        if key == "sentinels" { settings.kind = .sentinels(master: master ?? "") }
        let areLocal = found.allSatisfy(\.address.isLoopback)
        reading.checkSecret(settings.password, at: "password", isLiteralAllowed: areLocal)
        reading.checkSecret(settings.sentinelPassword, at: "sentinel_password", isLiteralAllowed: areLocal)
        reading.checkSecret(settings.key, at: "key", isLiteralAllowed: areLocal)
        reading.checkPairs(of: settings.connection)
        for (user, password) in [("username", "password"), ("sentinel_username", "sentinel_password")]
        where !reading.isAbsent(user) && reading.isAbsent(password) {
            reading.at(.key(user)) { $0.error("a user without a password") }
        }
        return settings
    }

    /// The key that says where the store is; nil if the section is absent, or after reporting an error.
    private func onlyKey(_ reading: inout Reading) -> String? {
        let all = ["url", "sentinels", "cluster"]
        let keys = all.filter { !reading.isAbsent($0) }
        if keys.isEmpty, reading.report.has(reading.path) {
            reading.error("no store", hint: "url, sentinels or cluster")
        }
        for key in keys.dropFirst() { reading.at(.key(key)) { $0.error("\(key) besides \(keys[0])", hint: "only one of them") } }
        return keys.count == 1 ? keys.first : nil
    }

    private func checkSentinelKeys(_ reading: inout Reading) {
        if reading.isAbsent("sentinels") {
            for key in ["master", "sentinel_username", "sentinel_password"] where !reading.isAbsent(key) {
                reading.at(.key(key)) { $0.error("\(key) without sentinels") }
            }
        } else if reading.isAbsent("master") {
            reading.at(.key("master")) { $0.error("missing", hint: "master = \"mymaster\"") }
        }
    }
}

/// A server as configured.
private struct Server {
    let address: StoreAddress
    /// `https://` stands for `rediss://`, `http://` for `redis://`.
    let origin: String
    var socket: String?

    /// Those of a list, all of them with or without TLS; nil after reporting an error.
    static func all(_ texts: [String], defaultPort: UInt16, _ reading: inout Reading) -> [Server]? {
        guard texts.count <= 16 else {
            reading.error("\(texts.count) are more than 16")
            return nil
        }
        let servers = texts.enumerated().compactMap { index, text in
            reading.at(.index(index)) { Server(text, isAlone: false, defaultPort: defaultPort, &$0) }
        }
        guard servers.count == texts.count, let first = servers.first else { return nil }
        guard servers.allSatisfy({ $0.isTLS == first.isTLS }) else {
            reading.error("redis:// besides rediss://", hint: "the servers that they name are reached the same way")
            return nil
        }
        return servers
    }

    var isTLS: Bool { origin.hasPrefix("https://") }

    /// - Parameter isAlone: whether a Unix socket is possible.
    /// - Returns: nil after reporting an error.
    init?(_ text: String, isAlone: Bool, defaultPort: UInt16, _ reading: inout Reading) {
        if isAlone, text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), (2...107).contains(path.utf8.count) else {
                reading.error("not a socket's path of at most 107 bytes", hint: "unix:/run/redis/redis.sock")
                return nil
            }
            guard let local = StoreAddress(host: "localhost", port: 6379) else { return nil }
            (address, origin, socket) = (local, "http://\(local)", path)
            return
        }
        let url: UpstreamURL
        do throws(UpstreamURL.Problem) {
            url = try UpstreamURL(text)
        } catch {
            reading.error(
                error == .userInfo ? "a user or password in the URL" : "not a URL: \(quotedURL(text))",
                hint: "rediss://host:\(defaultPort), with username and password as keys")
            return nil
        }
        guard url.scheme == "rediss" || url.scheme == "redis", url.path.isEmpty,
            let address = StoreAddress(host: url.host, port: Int(url.port ?? defaultPort))
        else {
            reading.error("not the URL of a store: \(quotedURL(text))", hint: "rediss://host:\(defaultPort), without a path")
            return nil
        }
        guard url.scheme == "rediss" || url.isLoopback else {
            reading.error("redis:// to another machine: the password could be read in transit", hint: "rediss://\(url.host)")
            return nil
        }
        self.address = address
        origin = (url.scheme == "rediss" ? "https://" : "http://") + address.description
    }
}
