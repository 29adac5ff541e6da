import Policy

/// `[fleet]` as written.
struct FleetDraft {
    var url: String?
    var settings = FleetSettings(url: "")
}

extension Schema {
    static let fleet = Section<FleetDraft>(
        "[fleet]",
        """
        A store that the members of a fleet share for their tokens: one Redis or Valkey server, without Sentinel or Cluster. \
        Absent: none. See [fleets](fleet.md).
        """,
        storeKeys + connectionFields)

    private static let storeKeys: [Field<FleetDraft>] = [
        Field(
            "url", \.url, .string("URL") { $0.isEmpty ? "an empty URL" : nil }, isRequired: true,
            "`rediss://host` or `rediss://host:port`; `redis://` on loopback only; `unix:/path` for a Unix socket.",
            example: #""rediss://redis.shop.svc:6379""#),
        Field("username", \.settings.username, text, "The ACL user. Absent: the default one.", example: #""zg""#),
        Field(
            "password", \.settings.password, .secret, "A reference to its password, which is read for each connection.",
            example: #"{ file = "/var/run/secrets/zuora-gateway/redis" }"#),
        Field(
            "name", \.settings.name, .name, "The fleet: members with the same name, key and secrets share.",
            example: #""shop-prod""#),
        Field(
            "key", \.settings.key, .secret,
            "A reference to a secret of all members, which encrypts the store's records in addition to the client secrets.",
            example: #"{ file = "/var/run/secrets/zuora-gateway/fleet-key" }"#),
        Field(
            "egress", \.settings.egress, .name,
            "The address from which members call Zuora: those with the same name share its limit on token calls.",
            example: #""nat-1""#),
        Field(
            "members", \.settings.members, .integer(1...100_000),
            "How many members there are: without the store, they spread their token calls accordingly.", example: "1000"),
        Field(
            "timeout", \.settings.timeout, .duration(.milliseconds(10) ... .seconds(5)),
            "How long the store may take for a command.", example: #""100ms""#),
    ]

    private static var connectionFields: [Field<FleetDraft>] {
        connectionKeys.filter { connection.contains($0.name) }.map { $0.lifted(\.settings.connection) }
    }

    private static let connection = ["connect_timeout", "ca_file", "client_certificate", "client_key", "min_tls"]

    private static let text = ValueReader<String>.string("text") { text in
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            ? nil : "not 1 to 256 visible ASCII characters"
    }
}

extension FleetDraft {
    /// The settings; nil after reporting an error. `reading` is at `[fleet]`.
    func resolve(_ reading: inout Reading) -> FleetSettings? {
        guard let url else { return nil }
        var settings = settings
        guard let isLocal = reading.at(.key("url"), { Self.read(url, into: &settings.connection, &$0) }) else { return nil }
        reading.checkSecret(settings.password, at: "password", isLiteralAllowed: isLocal)
        reading.checkSecret(settings.key, at: "key", isLiteralAllowed: isLocal)
        reading.checkPairs(of: settings.connection)
        if settings.username != nil, settings.password == nil, reading.isAbsent("password") {
            reading.at(.key("username")) { $0.error("a user without a password") }
        }
        return settings
    }

    /// - Returns: whether the store is on this machine; nil after reporting an error.
    private static func read(_ text: String, into connection: inout UpstreamSettings, _ reading: inout Reading) -> Bool? {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), (2...107).contains(path.utf8.count) else {
                reading.error("not a socket's path of at most 107 bytes", hint: "unix:/run/redis/redis.sock")
                return nil
            }
            connection.url = "http://localhost:6379"
            connection.unixSocket = path
            return true
        }
        let url: UpstreamURL
        do throws(UpstreamURL.Problem) {
            url = try UpstreamURL(text)
        } catch {
            reading.error(
                error == .userInfo ? "a user or password in the URL" : "not a URL: \(quoted(text))",
                hint: "rediss://host:6379, with username and password as keys")
            return nil
        }
        guard url.scheme == "rediss" || url.scheme == "redis", url.path.isEmpty else {
            reading.error("not the URL of a store: \(quoted(text))", hint: "rediss://host:6379, without a path")
            return nil
        }
        guard url.scheme == "rediss" || url.isLoopback else {
            reading.error("redis:// beyond this machine: the password could be read in transit", hint: "rediss://\(url.host)")
            return nil
        }
        var origin = url
        origin.scheme = url.scheme == "rediss" ? "https" : "http"
        origin.port = url.port ?? 6379
        connection.url = origin.origin
        return url.isLoopback
    }
}
