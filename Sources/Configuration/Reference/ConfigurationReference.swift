import Policy

/// docs/configuration.md, made from the schema that the file is checked against.
public enum ConfigurationReference {
    /// The whole page.
    public static var markdown: String {
        ([introduction] + keys + [environments, routes, outcomes]).joined(separator: "\n\n") + "\n"
    }

    private static var keys: [String] {
        let tenant = TenantDraft(name: "", defaults: UpstreamSettings(url: ""))
        return [
            section(Schema.gateway, GatewaySettings()),
            section(Schema.listener, ListenerDraft(), heading: "Tables in `gateway.listen`"),
            section(Schema.gatewayTLS, InboundTLSSettings(certificate: "", key: "")),
            section(Schema.limits, LimitSettings()),
            section(Schema.upstream, UpstreamSettings(url: "")),
            section(Schema.caller, CallerSettings(name: "")),
            section(Schema.tenantOnly, tenant),
            section(Schema.secret, SecretDraft(), heading: "Secrets: `client_secret` and `token`"),
            section(Schema.gzip, GzipSettings()),
            section(Schema.retry, RetrySettings()),
            section(Schema.breaker, BreakerSettings()),
            section(Schema.route, RouteDraft()),
        ]
    }

    /// A heading, what the table is for, and a row for each key.
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
            (["## Environments", "", "What `environment` stands for.", "", "| name | data centre | upstream |", "|---|---|---|"]
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
                "A tenant forwards what its `routes` lists: by default `aqua.cancel` alone. `[[routes]]` adds others.",
                "",
                "| name | method and path | may be repeated |", "|---|---|---|",
            ] + rows).joined(separator: "\n")
    }

    private static var outcomes: String {
        let rows = CancelOutcome.allCases.map { outcome in
            let status =
                outcome == .rejected
                ? "Zuora's if it is a 4xx, else a 4xx for its code" : "\(outcome.strictStatus(upstream: 200))"
            return "| `\(outcome.rawValue)` | \(status) |"
        }
        return ([outcomesIntroduction] + rows).joined(separator: "\n")
    }
}
