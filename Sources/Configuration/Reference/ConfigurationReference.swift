import Policy

/// docs/configuration.md, made from the schema that the file is checked against.
public enum ConfigurationReference {
    /// The whole page.
    public static var markdown: String {
        ([introduction] + keys + [environments, routes, outcomes]).joined(separator: "\n\n") + "\n"
    }

    private static var keys: [String] {
        let tenant = TenantDraft(name: "")
        return [
            section(Schema.gateway, GatewaySettings()),
            section(Schema.listener, ListenerDraft(), heading: "Tables in `gateway.listen`"),
            section(Schema.gatewayTLS, InboundTLSSettings(certificate: "", key: "")),
            section(Schema.gatewayTracing, TracingSettings()),
            section(Schema.limits, LimitSettings()),
            section(Schema.upstream, UpstreamDraft()),
            section(Schema.fleet, FleetDraft()),
            section(Schema.caller, CallerSettings(name: "")),
            section(Schema.tenantOnly, tenant),
            section(
                Schema.secret, SecretDraft(), heading: "Secrets: `client_secret`, `token`, `gateway_key`, `password` and `key`"),
            section(Schema.gzip, GzipSettings()),
            section(Schema.retry, RetrySettings()),
            section(Schema.breaker, BreakerSettings()),
            section(Schema.route, RouteDraft()),
        ]
    }

    /// A heading, the table's purpose, and a row for each key.
    private static func section<Root>(_ section: Section<Root>, _ defaults: Root, heading: String? = nil) -> String {
        var lines = ["## \(heading ?? "`\(section.heading)`")", ""]
        if !section.introduction.isEmpty { lines += [section.introduction, ""] }
        lines += ["| key | value | default | meaning | example |", "|---|---|---|---|---|"]
        for field in section.fields {
            let standard = field.isRequired ? "required" : field.defaultText(defaults).map(code) ?? ""
            lines.append(
                """
                | `\(field.name)` | \(cell(field.form)) | \(standard) | \(cell(field.meaning)) \
                | \(field.example.map(code) ?? "") |
                """
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static func code(_ text: String) -> String { "`\(cell(text))`" }

    private static var environments: String {
        let rows = DataCentre.allCases.map { "| `\($0.rawValue)` | \($0.meaning) | `\($0.url)` |" }
        return
            (["## Environments", "", "Values of `environment`.", "", "| name | data centre | upstream |", "|---|---|---|"]
            + rows)
            .joined(separator: "\n")
    }

    private static var routes: String {
        let rows = RouteSettings.builtIn.map {
            "| `\($0.name)` | `\($0.method) \($0.path)` | \($0.isIdempotent ? "yes" : "no") |"
        }
        return
            ([
                "## Built-in routes", "",
                "A tenant forwards the routes listed in its `routes`, by default `aqua.cancel` only. `[[routes]]` adds others.",
                "",
                "| name | method and path | may be repeated |", "|---|---|---|",
            ] + rows).joined(separator: "\n")
    }

    private static var outcomes: String {
        let rows = CancelOutcome.allCases.map { outcome in
            let status =
                outcome == .rejected
                ? "Zuora's 4xx, or a 4xx derived from its error code; never 401 or 404"
                : "\(outcome.strictStatus(upstream: 200))"
            return "| `\(outcome.rawValue)` | \(status) |"
        }
        return ([outcomesIntroduction] + rows).joined(separator: "\n")
    }
}

extension ConfigurationReference {
    static let introduction = """
        # Configuration

        <!-- Generated from the schema in Sources/Configuration; see ExampleTests for how to regenerate it. -->

        zuora-gateway reads one file, `proxy.conf`, in [TOML 1.0](https://toml.io/en/v1.0.0): at most 64 MiB of UTF-8 without a
        byte order mark, nested at most 64 levels deep, and without NUL characters. `zuora-gateway check` reads it as `run` would,
        and prints all errors and warnings with their lines:

        ```
        proxy.conf:12: tenants.acme.entites: unknown key (did you mean "entities"?)
        ```

        A key that is not listed here is an error, at every level. The smallest file that works:

        ```toml
        [tenants.acme]
        environment = "us1"
        client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
        client_secret = { file = "/var/run/secrets/zuora/acme" }
        ```

        ## Values

        - A **duration** is a string with a unit: `"500ms"`, `"10s"`, `"1.5s"`, `"2m"`, `"1h"`.
        - A **size** is a string with a unit: `"512B"`, `"64KiB"`, `"16MiB"`, `"1GB"`. KiB, MiB and GiB count in 1024s, KB, MB
          and GB in 1000s.
        - A **percentage** is a string: `"20%"`.
        - A **path** that does not begin with `/` is relative to the directory of `proxy.conf`. Socket paths always begin with
          `/`.
        - A **name** of a tenant, caller, entity or route is 1 to 64 of `A-Z a-z 0-9 . _ -`.
        - An **array of** values may be written as a single value if it has only one. Values must be unique.

        A **secret** is never in the file: it is `{ file = "…" }` or `{ env = "…" }`. A literal string is accepted only for a
        tenant whose upstream is loopback (127.0.0.0/8, ::1, `localhost`), and so is `http://`.
        """

    static let outcomesIntroduction = """
        ## `outcome_status`

        Zuora reports many failures of a cancel with status 200. The response to a cancel states the outcome in
        `Gateway-Outcome`. With `outcome_status = "strict"` the status reflects it as well; with `"relay"` Zuora's status is kept.
        With `"strict"`, an HTML page from something in front of Zuora becomes the problem `upstream-page`, on every route.

        | outcome | status when strict |
        |---|---|
        """
}
