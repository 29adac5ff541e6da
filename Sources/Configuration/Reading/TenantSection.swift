import Policy

extension Schema {
    /// `[tenants.NAME]`, the keys of `[upstream]` included.
    static let tenant = Section<TenantDraft>(
        tenantOnly.heading, tenantOnly.introduction,
        tenantOnly.fields + hubKeys.map { $0.lifted(\.hub) } + connectionKeys.map { $0.lifted(\.settings.upstream) })

    /// The keys that no other table has.
    static let tenantOnly = Section<TenantDraft>(
        "[tenants.NAME]", tenantIntroduction, targetKeys + credentialKeys + scopeKeys + policyKeys)

    private static let tenantIntroduction = """
        One for each Zuora tenant; NAME is the value of the tenant header. Any key of `[upstream]` may be set here too. \
        A tenant needs `upstream` or `environment`, and a client (`client_id` and `client_secret`) or a `token`; or a `gateway`, \
        with which only `routes`, `gzip` and the keys of `[upstream]` may be set.
        """

    private static let targetKeys: [Field<TenantDraft>] = [
        Field(
            "upstream", \.upstream, .string("URL") { $0.isEmpty ? "an empty URL" : nil },
            "`https://host` or `https://host:port`, without a path; `http://` on loopback only.",
            example: #""https://rest.na.zuora.com""#),
        Field(
            "environment", \.environment, .choice(), "Instead of `upstream`: a Zuora data centre by name; see below.",
            example: #""us1""#),
    ]

    private static let credentialKeys: [Field<TenantDraft>] = [
        Field(
            "client_id", \.clientID,
            .string("text") { id in
                (1...256).contains(id.utf8.count) && id.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
                    ? nil : "not 1 to 256 printable ASCII characters"
            },
            "The OAuth client's id.", example: #""1f0e3dad-9990-4345-b743-9f8b2a2b8a51""#),
        Field(
            "client_secret", \.clientSecret, .secret, "A reference to the client's secret.",
            example: #"{ file = "/var/run/secrets/zuora/acme" }"#),
        Field(
            "token", \.token, .secret, "Instead of a client: a bearer token that another process keeps valid.",
            example: #"{ file = "/var/run/secrets/zuora/acme-token" }"#),
        Field(
            "token_url", \.tokenURL, .string("path or URL") { $0.isEmpty ? "an empty URL" : nil },
            "The token endpoint, if it is not `/oauth/token` of the upstream: a path there, or a full URL.",
            example: #""/oauth/token""#),
        Field(
            "token_params", form: "table of strings", "Form parameters of a token request beyond those of RFC 6749 section 4.4.",
            example: #"{ audience = "zuora" }"#
        ) { node, tenant, reading in
            tenant.tokenParameters = reading.strings(node, isKey: isTokenParameter).map { .init(name: $0.key, value: $0.value) }
        },
    ]

    private static let scopeKeys: [Field<TenantDraft>] = [
        Field(
            "entities", form: "table of ids",
            "The entities that a caller may choose, by name or by id. An id is a UUID, with or without hyphens; it is sent as spelled "
                + "in the token's scope, or as written here if the scope is unknown.",
            example: #"{ emea = "e20b0747-4688-4ad5-8014-68daf10e501d" }"#
        ) { node, tenant, reading in
            tenant.entities = reading.strings(node, isKey: ValueReader<String>.nameProblem).compactMap { key, value in
                reading.at(.key(key)) { reading in
                    guard let id = EntityID(value)?.hex else {
                        reading.error("\(quoted(value)) is not an entity id", hint: "a UUID, with or without hyphens")
                        return nil
                    }
                    return TenantSettings.Entity(name: key, id: id, spelling: value)
                }
            }
        },
        Field(
            "entity", \.entity, .string("name or id") { $0.isEmpty ? "an empty name" : nil },
            """
            The entity of a request that names none: a name from `entities` or an id. With `entities` absent it is the only one. \
            Absent: `Zuora-Entity-Ids` is sent only if the caller chooses.
            """, example: #""e20b0747-4688-4ad5-8014-68daf10e501d""#),
        Field(
            "orgs", \.settings.orgs,
            .list(
                of: .string("organisation id") { org in
                    (1...64).contains(org.utf8.count) && org.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != .comma }
                        ? nil : "\(quoted(org)) is not an organisation id: 1 to 64 visible ASCII characters without commas"
                }),
            "Allowed and default `Zuora-Org-Ids`, in order; a caller may send some of them. Absent: the header is never sent.",
            example: #"["8ad08e0179aea3b90179b2cf1e3a1a2b"]"#),
        Field(
            "api_version", \.settings.apiVersion,
            .string("text") { version in
                (1...32).contains(version.utf8.count)
                    && version.utf8.allSatisfy { $0.isDigit || $0.isLetter || $0 == .dot || $0 == .hyphen || $0 == .underscore }
                    ? nil : "\(quoted(version)) is not an API version: 1 to 32 of A-Z a-z 0-9 . _ -"
            },
            "`Zuora-Version` to send. Absent: none.", example: #""2025-08-12""#),
        Field(
            "caller_may_choose_version", \.settings.callerMayChooseVersion, .boolean,
            "Whether a caller's `Zuora-Version` replaces `api_version`.", example: "true"),
        Field(
            "routes", \.settings.routes, .list(of: .name), "The only routes that are forwarded; see below.",
            example: #"["aqua.cancel", "aqua.get"]"#),
    ]

    private static let isTokenParameter: @Sendable (String) -> String? = { name in
        if name.isEmpty { return "an empty name" }
        return ["client_id", "client_secret", "grant_type"].contains(name) ? "set by the gateway itself" : nil
    }
}

extension Reading {
    /// A table whose values are all strings.
    /// - Parameter isKey: the problem of a key; nil if it is valid.
    mutating func strings(_ node: Node, isKey problem: (String) -> String?) -> [(key: String, value: String)] {
        var pairs: [(String, String)] = []
        for entry in table(node)?.entries ?? [] {
            at(.key(entry.key)) { reading in
                if let problem = problem(entry.key) {
                    reading.error(problem)
                } else if case .string(let value) = entry.node.value {
                    pairs.append((entry.key, value))
                } else {
                    reading.expected("a string", entry.node)
                }
            }
        }
        return pairs
    }
}
