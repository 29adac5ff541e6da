import Testing

@testable import Configuration

private let durations = "a number with a unit (ms, s, m or h), such as \"500ms\" or \"10s\""
private let sizes = "a number with a unit (B, KiB, MiB, GiB, KB, MB or GB), such as \"64KiB\""
private let levels = #""trace", "debug", "info", "notice", "warning", "error", "critical""#

/// What errors look like, and that all of them are reported.
@Suite struct DiagnosticTests {
    @Test(arguments: [
        ("{\n  \"gateway\": {}\n}\n", "proxy.conf", "JSON"), ("# mine\n\ngateway:\n  listen: x\n", "proxy.conf", "YAML"),
        ("---\ngateway:\n", "proxy.conf", "YAML"), ("log_level: info\n", "proxy.conf", "YAML"), ("x", "a/proxy.yaml", "YAML"),
        ("x", "proxy.YML", "YAML"), ("x", "proxy.json", "JSON"),
    ])
    func `a file in another format is told to be no TOML`(_ text: String, _ file: String, _ format: String) {
        #expect(throws: ConfigurationErrors.self) { try Configuration.parse(text: text, file: file) }
        do throws(ConfigurationErrors) {
            _ = try Configuration.parse(text: text, file: file)
        } catch {
            #expect(error.errors.map(\.hint) == ["the file looks like \(format): it must be TOML"])
        }
    }

    @Test(arguments: ["[gateway]\nlisten = \n", "gateway.\n", "url = http://x\n", "drain: \"1s\"", "a b: c\n", "=\n"])
    func `an error in TOML is not taken for another format`(_ text: String) {
        let looksOther = errors(text).contains { $0.contains("looks like") }
        #expect(looksOther == text.hasPrefix("drain:"), "\(errors(text))")
    }

    @Test(arguments: [
        ("[tenants.acme]\nentites = {}", "proxy.conf:2: tenants.acme.entites: unknown key (did you mean \"entities\"?)"),
        ("[gatway]\ndrain = \"1s\"", "proxy.conf:1: gatway: unknown key (did you mean \"gateway\"?)"),
        ("[tenant.acme]", "proxy.conf:1: tenant: unknown key (did you mean \"tenants\"?)"),
        ("\ndrain = \"1s\"", "proxy.conf:2: drain: unknown key (\"drain\" belongs in [gateway])"),
        ("[limits]\n\nqueue = 3", "proxy.conf:3: limits.queue: unknown key (\"queue\" belongs in [tenants.NAME])"),
        (
            "[gateway]\ntls = { certifcate = \"x\" }",
            "proxy.conf:2: gateway.tls.certifcate: unknown key (did you mean \"certificate\"?)"
        ),
        (
            "[tenants.acme]\nretry = { atempts = 3 }",
            "proxy.conf:2: tenants.acme.retry.atempts: unknown key (did you mean \"attempts\"?)"
        ),
        (
            "[tenants.acme.gzip]\nrequests = \"auto\"",
            "proxy.conf:2: tenants.acme.gzip.requests: unknown key (did you mean \"request\"?)"
        ),
        (
            "[tenants.acme.breaker]\nwindows = \"1s\"",
            "proxy.conf:2: tenants.acme.breaker.windows: unknown key (did you mean \"window\"?)"
        ),
        ("[callers.b]\nkey_sha265 = []", "proxy.conf:2: callers.b.key_sha265: unknown key (did you mean \"key_sha256\"?)"),
        ("[[routes]]\nnmae = \"x\"", "proxy.conf:2: routes[0].nmae: unknown key (did you mean \"name\"?)"),
        (
            "[gateway]\nlisten = [\n\"127.0.0.1:1\",\n{ adress = \"x\" }]",
            "proxy.conf:4: gateway.listen[1].adress: unknown key (did you mean \"address\"?)"
        ),
        (
            "[tenants.acme]\nclient_secret = { fil = \"x\" }",
            "proxy.conf:2: tenants.acme.client_secret.fil: unknown key (did you mean \"file\"?)"
        ),
        (
            "[upstream]\nconect_timeout = \"1s\"",
            "proxy.conf:2: upstream.conect_timeout: unknown key (did you mean \"connect_timeout\"?)"
        ),
        ("[tenants.acme]\n\n\n\"odd key\" = 1", "proxy.conf:4: tenants.acme.\"odd key\": unknown key"),
        // Keys of a secret and of a listener are never elsewhere.
        (
            "[tenants.acme]\nclient_secret = { path = \"x\" }",
            "proxy.conf:2: tenants.acme.client_secret.path: unknown key (its keys are file, env)"
        ),
        ("[fleet]\npassword = { key = \"x\" }", "proxy.conf:2: fleet.password.key: unknown key (its keys are file, env)"),
        (
            "[gateway]\nlisten = { path = \"/run/x.sock\" }",
            "proxy.conf:2: gateway.listen.path: unknown key (its keys are address, tenant, mode, owner, group)"
        ),
        (
            "[tenants.acme]\nattempts = 3",
            "proxy.conf:2: tenants.acme.attempts: unknown key (\"attempts\" belongs in [tenants.NAME.retry])"
        ),
        (
            "[tenants.acme]\nmax_open = \"3s\"",
            "proxy.conf:2: tenants.acme.max_open: unknown key (\"max_open\" belongs in [tenants.NAME.breaker])"
        ),
        (
            "[upstream]\nresponse = \"auto\"",
            "proxy.conf:2: upstream.response: unknown key (\"response\" belongs in [tenants.NAME.gzip])"
        ),
        (
            "[gateway]\nsentinels = []",
            "proxy.conf:2: gateway.sentinels: unknown key (\"sentinels\" belongs in [fleet])"
        ),
        (
            "[gateway]\nconnect_timeout = \"1s\"",
            "proxy.conf:2: gateway.connect_timeout: unknown key (\"connect_timeout\" belongs in [upstream])"
        ),
    ])
    func `an unknown key is an error at every level`(text: String, expected: String) {
        #expect(errors(text).contains(expected), "\(errors(text))")
    }

    @Test(arguments: [
        (
            "[gateway]\ndrain = 25",
            "proxy.conf:2: gateway.drain: expected a duration: \(durations), found an integer (add a unit: \"25s\" or \"25ms\")"
        ),
        (
            "[gateway]\ndrain = \"25\"",
            "proxy.conf:2: gateway.drain: \"25\" is not a duration (\(durations))"
        ),
        ("[gateway]\ndrain = \"2h\"", "proxy.conf:2: gateway.drain: \"2h\" is out of range (0s to 1h)"),
        (
            "[limits]\nhead = 65536",
            "proxy.conf:2: limits.head: expected a size: \(sizes), found an integer (add a unit: \"64KiB\")"
        ),
        ("[limits]\nhead = \"2MiB\"", "proxy.conf:2: limits.head: \"2MiB\" is out of range (1KiB to 1MiB)"),
        ("[limits]\nfields = 5", "proxy.conf:2: limits.fields: 5 is out of range (16 to 1000)"),
        ("[limits]\nfields = \"100\"", "proxy.conf:2: limits.fields: expected an integer, found a string"),
        ("[gateway]\ntrust_network = \"yes\"", "proxy.conf:2: gateway.trust_network: expected true or false, found a string"),
        (
            "[gateway]\nlog_level = \"wanring\"",
            "proxy.conf:2: gateway.log_level: \"wanring\" is not one of \(levels) (did you mean \"warning\"?)"
        ),
        (
            "[tenants.acme]\nretry = { budget = 20 }",
            "proxy.conf:2: tenants.acme.retry.budget: expected a percentage from \"0%\" to \"100%\" (such as \"20%\")"
        ),
        (
            "[tenants.acme]\nretry = { budget = \"101%\" }",
            "proxy.conf:2: tenants.acme.retry.budget: expected a percentage from \"0%\" to \"100%\" (such as \"20%\")"
        ),
        ("[tenants.acme]\nrate = 0", "proxy.conf:2: tenants.acme.rate: 0.0 is out of range (0.01 to 100000)"),
        ("[tenants.acme]\nrate = nan", "proxy.conf:2: tenants.acme.rate: nan is out of range (0.01 to 100000)"),
        (
            "[tenants.acme]\nroutes = [\"aqua.cancel\", 1979-05-27]",
            "proxy.conf:2: tenants.acme.routes[1]: expected a string, found a date or time"
        ),
        ("gateway = 1", "proxy.conf:1: gateway: expected a table, found an integer"),
        ("[tenants]\nacme = \"x\"", "proxy.conf:2: tenants.acme: expected a table, found a string"),
        ("tenants = []", "proxy.conf:1: tenants: expected a table, found an array"),
        ("[routes]\nname = \"x\"", "proxy.conf:1: routes: expected an array of tables, found a table ([[routes]])"),
    ])
    func `a wrong value says what the key takes`(text: String, expected: String) {
        #expect(errors(text).contains(expected), "\(errors(text))")
    }

    @Test func `every error is reported, in the order of the lines`() {
        let found = errors(
            """
            [gateway]
            default_tenant = "acem"
            drain = 1

            [limits]
            body = "lots"

            [tenants.acme]
            upstream = "http://example.org"
            client_id = "id"
            routes = ["aqua.cancle"]
            """)
        #expect(
            found == [
                "proxy.conf:2: gateway.default_tenant: there is no tenant \"acem\" (did you mean \"acme\"?)",
                "proxy.conf:3: gateway.drain: expected a duration: \(durations), found an integer "
                    + "(add a unit: \"1s\" or \"1ms\")",
                "proxy.conf:6: limits.body: \"lots\" is not a size (\(sizes))",
                "proxy.conf:8: tenants.acme.client_secret: missing (a client has client_id and client_secret)",
                "proxy.conf:9: tenants.acme.upstream: http:// to another machine: the token could be read in transit "
                    + "(https://example.org)",
                "proxy.conf:11: tenants.acme.routes: there is no route \"aqua.cancle\" (did you mean \"aqua.cancel\"?)",
            ])
    }

    @Test func `what is no TOML is reported by line and column`() {
        #expect(
            errors("[gateway]\nlisten = [\"127.0.0.1:80\" \"x\"]") == [
                "proxy.conf:2:26: expected \",\" or \"]\" in an array, found \"\\\"\""
            ])
        #expect(errors("[tenants.a b]") == ["proxy.conf:1:12: expected \"]\" after the table's name, found \"b\""])
    }

    @Test func `an empty file says what it lacks`() {
        for text in ["", "# nothing\n", "[gateway]", "[tenants]"] {
            #expect(
                errors(text).count == 1 && errors(text)[0].contains("no tenants: nothing can be forwarded"), "\(errors(text))")
        }
    }

    @Test func `a flood of errors is bounded`() {
        let text = (0..<5000).map { "unknown\($0) = 1\n" }.joined()
        let found = errors(text)
        #expect(
            found.count == 1001 && found.last == "proxy.conf: 4001 more errors are not shown",
            "\(found.count) \(found.last ?? "")")
    }

    @Test func `no number of warnings displaces an error, and all are counted`() throws {
        let tenants = (0..<1200).map {
            "[tenants.t\($0)]\nenvironment = \"us1\"\nclient_id = \"id\"\nclient_secret = { env = \"A\" }\n"
        }
        let text = tenants.joined()
        let warnings = try parse(text).warnings
        #expect(warnings.count == 1001 && warnings.last?.message == "200 more warnings are not shown")
        do throws(ConfigurationErrors) {
            _ = try Configuration.parse(text: text + "entites = {}\n", file: "proxy.conf")
            Issue.record("it was accepted")
        } catch {
            #expect(error.errors.map(\.keyPath) == ["tenants.t1199.entites"])
            #expect(error.diagnostics.total(.error) == 1 && error.diagnostics.total(.warning) == 1200)
        }
    }

    @Test func `the reason of a failed reload is errors only, and short`() {
        let tenant = "[tenants.acme]\nenvironment = \"us1\"\nclient_id = \"id\"\nclient_secret = { env = \"A\" }\n"
        func reason(_ count: Int) -> String {
            do throws(ConfigurationErrors) {
                _ = try Configuration.parse(
                    text: tenant + (0..<count).map { "unknown\($0) = 1\n" }.joined(), file: "proxy.conf")
                return ""
            } catch {
                return error.summary
            }
        }
        #expect(reason(2) == "proxy.conf:5: tenants.acme.unknown0: unknown key\nproxy.conf:6: tenants.acme.unknown1: unknown key")
        let long = reason(1500)
        #expect(
            long.hasSuffix("proxy.conf:14: tenants.acme.unknown9: unknown key\n1490 more errors: zuora-gateway check shows them"))
    }

    @Test func `no error repeats what may be a secret`() {
        let hidden = "hunter2"
        for text in [
            "[tenants.acme]\nclient_secret = \(hidden)", "[tenants.acme]\nclient_secret = \"\(hidden)",
            "[tenants.acme]\nclient_secret = '\(hidden)",
            "[tenants.acme]\nenvironment = \"us1\"\nclient_id = \"a\"\nclient_secret = \"\(hidden)\"",
            "[tenants.acme]\nenvironment = \"us1\"\ntoken = [\"\(hidden)\"]", "[callers.b]\nkey_sha256 = \"\(hidden)\"",
            "[tenants.acme]\nenvironment = \"us1\"\nclient_id = \"a\"\nclient_secret = { value = \"\(hidden)\" }",
            "[upstream]\nproxy = \"http://me:\(hidden)@proxy:1\"",
            "[tenants.acme]\nupstream = \"https://me:\(hidden)@zuora.com\"",
        ] {
            let found = errors(text)
            #expect(!found.isEmpty && !found.contains { $0.contains(hidden) }, "\(found)")
        }
    }

    @Test(arguments: [
        "[tenants.acme]\nclient_secret", "[tenants.acme]\ntoken", "[upstream]\ngateway_key", "[fleet]\npassword",
        "[fleet]\nsentinel_password", "[fleet]\nkey",
    ])
    func `a secret in the place of a variable's name is not repeated`(key: String) throws {
        for secret in ["qF7-hunter2/Zuora+secret=", "zgk_hunter2"] {
            let found = errors("\(key) = { env = \"\(secret)\" }")
            #expect(!found.contains { $0.contains("hunter2") }, "\(found)")
            let error = try #require(found.first { $0.hasPrefix("proxy.conf:2: ") && $0.contains(".env: ") }, "\(found)")
            #expect(error.hasSuffix("not a name of an environment variable (A-Z a-z 0-9 _: the variable's name, not its value)"))
        }
    }

    @Test func `what a route's path contains cannot leave its line`() {
        let found = errors(
            "[tenants.acme]\nenvironment = \"us1\"\n[[routes]]\nname = \"a\"\npath = \"/{a\\r}/b\\n\\u001b[31m\"\n")
        #expect(found.contains { $0.contains("segment 1: a parameter is named") })
        #expect(!found.contains { $0.unicodeScalars.contains { $0.value < 0x20 } }, "\(found)")
    }
}
