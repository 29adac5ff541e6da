import Foundation
import Policy
import Testing

@testable import Configuration

/// The files at the root of the repository that this module answers for.
@Suite struct ExampleTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `the shipped proxy.conf is accepted without a warning`() throws {
        let configuration = try Configuration.load(path: Self.root.appending(path: "proxy.conf").path)
        #expect(configuration.warnings.isEmpty, "\(configuration.warnings)")
        #expect(configuration.gateway.listen.map(\.address) == [.tcp(host: "127.0.0.1", port: 8080, tls: false)])
        #expect(configuration.gateway.admin == .tcp(host: "127.0.0.1", port: 9901, tls: false))
        #expect(configuration.gateway.defaultTenant == "acme")
        let acme = try #require(configuration.tenants.first)
        #expect(acme.name == "acme" && acme.upstream.url == "http://127.0.0.1:9080")
        #expect(acme.token.url == "http://127.0.0.1:9080/oauth/token")
        #expect(acme.credential == .client(id: "1f0e3dad-9990-4345-b743-9f8b2a2b8a51", secret: .literal("sandbox-secret")))
        #expect(acme.entities.map(\.name) == ["emea", "amer"])
        #expect(acme.defaultEntity?.id == "e20b074746884ad5801468daf10e501d")
    }

    /// A comment that begins like a key or a table is one: `# timeout = …` without its `# ` has to be as good as the rest.
    @Test func `the commented lines of proxy.conf are keys that exist`() throws {
        let text = try String(contentsOf: Self.root.appending(path: "proxy.conf"), encoding: .utf8)
        let known = Set(
            Schema.gateway.keys + Schema.gatewayTLS.keys + Schema.limits.keys + Schema.tenant.keys + Schema.caller.keys
                + Schema.route.keys)
        let commented = text.split(separator: "\n").compactMap { $0.wholeMatch(of: /# ([a-z_0-9]+) = .*/)?.1 }
        #expect(commented.count > 15)
        for key in commented { #expect(known.contains(String(key)), "\(key)") }
    }

    @Test func `docs/configuration.md is what the schema says`() throws {
        let page = Self.root.appending(path: "docs/configuration.md")
        if ProcessInfo.processInfo.environment["UPDATE_CONFIGURATION_REFERENCE"] != nil {
            try ConfigurationReference.markdown.write(to: page, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: page, encoding: .utf8)
        #expect(written == ConfigurationReference.markdown, "make it again with UPDATE_CONFIGURATION_REFERENCE=1 swift test")
    }

    @Test func `every table's keys are in the reference, with what an absent key stands for`() {
        let page = ConfigurationReference.markdown
        #expect(page.contains("| `drain` | duration, 0s to 1h | `\"25s\"` |"))
        #expect(page.contains("| `head` | size, 1KiB to 1MiB | `\"32KiB\"` |"))
        #expect(page.contains("| `listen` | array of: address or table | `[\"127.0.0.1:8080\"]` |"))
        #expect(page.contains("| `budget` | percentage, 0% to 100% | `\"20%\"` |"))
        #expect(page.contains("| `certificate` | path | required |"))
        for key in Schema.gateway.keys + Schema.limits.keys + Schema.tenant.keys + Schema.caller.keys + Schema.route.keys {
            #expect(page.contains("| `\(key)` |"), "\(key)")
        }
    }

    @Test func `the smallest file of the reference works`() throws {
        let page = ConfigurationReference.markdown
        let example = try #require(page.components(separatedBy: "```toml\n").last?.components(separatedBy: "```").first)
        #expect(try parse(example).tenants.first?.upstream.url == "https://rest.na.zuora.com")
    }

    @Test func `every example of the reference is accepted`() throws {
        let head = "[tenants.acme]\nentities = { emea = \"e20b0747-4688-4ad5-8014-68daf10e501d\" }\n"
        let target = "environment = \"us1\"\n"
        let client = "client_id = \"id\"\nclient_secret = { file = \"x\" }\n"
        for field in Schema.tenant.fields {
            let example = try #require(field.example, "\(field.name)")
            let entities = field.name == "entities" ? "[tenants.acme]\n" : head
            let text =
                switch field.name {
                case "upstream", "environment": entities + client
                case "client_id": entities + target + "client_secret = { file = \"x\" }\n"
                case "client_secret": entities + target + "client_id = \"id\"\n"
                case "token": entities + target
                case "client_certificate": entities + target + client + "client_key = \"x\"\n"
                case "client_key": entities + target + client + "client_certificate = \"x\"\n"
                case "gateway": "[tenants.acme]\n"
                case "gateway_key": "[tenants.acme]\ngateway = \"https://hub\"\n"
                default: entities + target + client
                }
            #expect(errors(text + "\(field.name) = \(example)\n") == [], "\(field.name)")
        }
        for (heading, fields) in [
            ("gateway", examples(Schema.gateway)), ("limits", examples(Schema.limits)), ("upstream", examples(Schema.upstream)),
        ] {
            for (key, example) in fields where !["client_key", "client_certificate", "tls"].contains(key) {
                let other =
                    switch key {
                    case "min_drain": "drain = \"25s\"\n"
                    case "gateway_key": "gateway = \"https://hub\"\n"
                    default: ""
                    }
                #expect(errors(acme + "[\(heading)]\n\(other)\(key) = \(example)\n") == [], "\(key)")
            }
        }
        let tracing = examples(Schema.gatewayTracing).map { "\($0) = \($1)" }.joined(separator: "\n")
        #expect(errors(acme + "[gateway.tracing]\n\(tracing)\n") == [])
        let tls = examples(Schema.gatewayTLS).map { "\($0) = \($1)" }.joined(separator: "\n")
        let caller = examples(Schema.caller).map { "\($0) = \($1)" }.joined(separator: "\n")
        let route = examples(Schema.route).map { "\($0) = \($1)" }.joined(separator: "\n")
        #expect(errors(acme + "[gateway.tls]\n\(tls)\n[callers.billing]\n\(caller)\n[[routes]]\n\(route)\n") == [])
        for section in [examples(Schema.retry), examples(Schema.breaker), examples(Schema.gzip)] { #expect(!section.isEmpty) }
    }

    private func examples<Root>(_ section: Section<Root>) -> [(String, String)] {
        section.fields.compactMap { field in field.example.map { (field.name, $0) } }
    }

    @Test func `the values that a key stands for when absent are within its own range`() throws {
        func check<Root>(_ section: Section<Root>, _ defaults: Root) {
            for field in section.fields {
                guard let text = field.defaultText(defaults), let root = try? Document("k = \(text)").root,
                    let node = root["k"]?.node
                else { continue }
                var reading = Reading(report: Report(file: "f", root: root), directory: "", accounts: { _, _ in nil })
                var copy = defaults
                field.read(node, &copy, &reading)
                #expect(!reading.report.hasErrors, "\(section.heading) \(field.name) = \(text)")
                #expect(field.defaultText(copy) == text, "\(field.name)")
            }
        }
        check(Schema.gateway, GatewaySettings())
        check(Schema.limits, LimitSettings())
        check(Schema.upstream, UpstreamDraft())
        check(Schema.tenant, TenantDraft(name: ""))
        check(Schema.retry, RetrySettings())
        check(Schema.breaker, BreakerSettings())
        check(Schema.gzip, GzipSettings())
    }
}
