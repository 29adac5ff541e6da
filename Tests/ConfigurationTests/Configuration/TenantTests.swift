import Configuration
import Policy
import Testing

@Suite struct TenantTests {
    let head = "[tenants.acme]\nenvironment = \"us1\"\nclient_id = \"id\"\nclient_secret = { file = \"/s\" }\n"

    @Test func `what is left out has its default`() throws {
        let found = try tenant(head)
        var expected = TenantSettings(
            name: "acme", upstream: UpstreamSettings(url: "https://rest.na.zuora.com"),
            credential: .client(id: "id", secret: .file(path: "/s")))
        #expect(found == expected)
        expected.routes = ["aqua.get"]
        #expect(found != expected)
    }

    @Test func `every key has effect`() throws {
        let found = try tenant(
            """
            [tenants.acme]
            upstream = "https://Rest.Zuora.com:8443"
            client_id = "id"
            client_secret = { env = "SECRET" }
            token_url = "/v2/token"
            token_params = { audience = "a", scope = "b c" }
            entity = "AMER-1"
            entities = { emea = "E20B0747-4688-4ad5-8014-68daf10e501d", AMER-1 = "8a8082c15f0a4c2e9d4b0a6b7c8d9e0f" }
            orgs = ["o2", "o1"]
            api_version = "2025-08-12"
            caller_may_choose_version = true
            routes = ["aqua.get", "files.get"]
            gzip = { request = "never", response = "always" }
            concurrency = 30
            entity_concurrency = 7
            queue = 5
            queue_timeout = "3s"
            rate = 2.5
            burst = 4
            retry = { attempts = 2, budget = "12.5%", base = "100ms", cap = "2s" }
            breaker = { failures = "80%", window = "20s", minimum = 5, open = "9s", max_open = "90s" }
            outcome_status = "strict"
            coalesce = true
            connect_timeout = "1s"
            first_byte_timeout = "20s"
            stall_timeout = "2s"
            timeout = "30s"
            ca_file = "/ca"
            client_certificate = "/c"
            client_key = "/k"
            proxy = "http://Proxy:3128/"
            min_tls = "1.3"
            idle_timeout = "11s"
            max_age = "12s"
            dns_ttl = "13s"
            forward_headers = ["b3", "X-Request-Id"]
            """)
        #expect(found.upstream.forwardHeaders == ["b3", "X-Request-Id"])
        #expect(found.upstream.url == "https://rest.zuora.com:8443")
        #expect(found.credential == .client(id: "id", secret: .environment(name: "SECRET")))
        #expect(found.token.url == "https://rest.zuora.com:8443/v2/token")
        #expect(found.token.parameters == [.init(name: "audience", value: "a"), .init(name: "scope", value: "b c")])
        #expect(
            found.entities == [
                .init(name: "emea", id: "e20b074746884ad5801468daf10e501d", spelling: "E20B0747-4688-4ad5-8014-68daf10e501d"),
                .init(name: "AMER-1", id: "8a8082c15f0a4c2e9d4b0a6b7c8d9e0f"),
            ])
        #expect(found.defaultEntity?.name == "AMER-1" && found.orgs == ["o2", "o1"])
        #expect(found.apiVersion == "2025-08-12" && found.callerMayChooseVersion && found.routes == ["aqua.get", "files.get"])
        #expect(found.gzip.request == .never && found.gzip.response == .always)
        #expect(found.admission.concurrency == 30 && found.admission.entityConcurrency == 7 && found.admission.queue == 5)
        #expect(found.admission.queueTimeout == .seconds(3) && found.admission.rate == 2.5 && found.admission.burst == 4)
        #expect(
            found.retry.attempts == 2 && found.retry.budget == 0.125 && found.retry.base == .milliseconds(100)
                && found.retry.cap == .seconds(2))
        #expect(found.breaker?.failures == 0.8 && found.breaker?.window == .seconds(20) && found.breaker?.minimum == 5)
        #expect(found.breaker?.openTime == .seconds(9) && found.breaker?.longestOpenTime == .seconds(90))
        #expect(found.outcomeStatus == .strict && found.coalesce)
        let upstream = found.upstream
        #expect(
            upstream.connectTimeout == .seconds(1) && upstream.firstByteTimeout == .seconds(20)
                && upstream.stallTimeout == .seconds(2))
        #expect(
            upstream.timeout == .seconds(30) && upstream.caFile == "/ca" && upstream.clientCertificate == "/c")
        #expect(upstream.clientKey == "/k" && upstream.proxy == "http://proxy:3128" && upstream.minimumTLS == .tls13)
        #expect(upstream.idleTimeout == .seconds(11) && upstream.maximumAge == .seconds(12) && upstream.dnsTTL == .seconds(13))
    }

    @Test func `a tenant inherits from [upstream], wherever that stands, and overrides it`() throws {
        let text =
            head
            + "timeout = \"9s\"\n[tenants.b]\nenvironment = \"eu\"\ntoken = { file = \"t\" }\n"
            + "[upstream]\ntimeout = \"8s\"\nca_file = \"ca.pem\""
        let tenants = try parse(text).tenants
        #expect(tenants.map(\.upstream.timeout) == [.seconds(9), .seconds(8)])
        #expect(tenants.map(\.upstream.caFile) == ["ca.pem", "ca.pem"])
        #expect(tenants[1].credential == .token(.file(path: "t")))
    }

    @Test func `a breaker can be turned off, and a proxy`() throws {
        #expect(try tenant(head + "breaker = false").breaker == nil)
        #expect(try tenant(head + "proxy = \"none\"").upstream.proxy == "")
        #expect(
            errors(head + "breaker = true") == ["proxy.conf:5: tenants.acme.breaker: expected a table or false, found a boolean"])
    }

    @Test(arguments: ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:1", "http://localhost:1", "https://localhost"])
    func `loopback may have plain HTTP and a literal secret, without a warning`(url: String) throws {
        let text = "[tenants.acme]\nupstream = \"\(url)\"\nclient_id = \"a\"\nclient_secret = \"b\""
        #expect(try tenant(text).credential.source == .literal("b"))
        #expect(try warnings(text) == [])
    }

    @Test(arguments: [
        ("https://127.0.0.1.example.com", "client_secret: a secret in the file"),
        ("https://rest.zuora.com", "client_secret: a secret in the file"),
        ("http://10.0.0.1", "upstream: http:// to another machine"), ("http://0.0.0.0", "upstream: http:// to another machine"),
        ("ftp://127.0.0.1", "upstream: unknown scheme"), ("https://rest.zuora.com/", "upstream: a path"),
        ("https://rest.zuora.com/v1", "upstream: a path"),
        ("rest.zuora.com", "upstream: not a URL"), ("https://u@h", "upstream: a user or password"),
        ("https://h:0", "upstream: no port"),
        ("https://h?x", "upstream: a query"), ("https://127.1", "upstream: no valid host"), ("", "upstream: an empty URL"),
    ])
    func `beyond loopback a secret is neither in the file nor sent in the clear`(url: String, expected: String) {
        let found = errors("[tenants.acme]\nupstream = \"\(url)\"\nclient_id = \"a\"\nclient_secret = \"b\"")
        #expect(found.contains { $0.contains("tenants.acme.\(expected)") }, "\(found)")
    }

    @Test func `a literal secret is not sent to a token endpoint elsewhere`() throws {
        let loopback = "[tenants.acme]\nupstream = \"http://127.0.0.1:1\"\nclient_id = \"a\"\nclient_secret = \"b\"\n"
        #expect(
            errors(loopback + "token_url = \"https://login.example.org/token\"").first?.contains("a secret in the file") == true)
        #expect(
            errors(loopback + "token_url = \"http://login.example.org/token\"").first?.contains("token_url: http:// to another")
                == true)
        #expect(try tenant(loopback + "token_url = \"http://127.0.0.1:2/token\"").token.url == "http://127.0.0.1:2/token")
        #expect(
            errors(loopback + "token_params = { client_id = \"x\" }") == [
                "proxy.conf:5: tenants.acme.token_params.client_id: set by the gateway itself"
            ])
    }

    @Test(arguments: [
        ("", "no upstream, environment or gateway"),
        ("environment = \"us1\"\nupstream = \"https://a\"", "environment: both upstream and environment"),
        ("environment = \"us1\"", "acme: no credential"), ("environment = \"us1\"\nclient_id = \"a\"", "client_secret: missing"),
        ("environment = \"us1\"\nclient_secret = {file=\"a\"}", "client_id: missing"),
        ("environment = \"us1\"\nclient_id = \"a\"\ntoken = {file=\"a\"}", "token: both a token and a client"),
        ("environment = \"us-1\"", "environment: \"us-1\" is not one of"),
        ("client_secret = {}", "client_secret: neither file nor env"),
        ("client_secret = {file=\"a\", env=\"B\"}", "client_secret: both file and env"),
        ("client_secret = {env=\"A-B\"}", "client_secret.env: "),
        ("client_secret = \"\"", "client_secret: an empty secret"), ("client_secret = 3", "client_secret: expected { file"),
        ("client_secret = {file=\"\"}", "file: an empty path"),
        ("client_id = \"a\\nb\"", "client_id: not 1 to 256"), ("orgs = [\"a,b\"]", "orgs[0]: \"a,b\" is not an organisation id"),
        ("orgs = [\"a\", \"a\"]", "orgs[1]: listed twice"),
        ("orgs = [\"a\\r\\nb\"]", "orgs[0]: "), ("orgs = []", "orgs: an empty array"), ("api_version = \"1 2\"", "api_version: "),
        ("api_version = \"1\\n2\"", "api_version: "),
        ("routes = [\"x y\"]", "routes[0]: \"x y\" is not a valid name"),
        ("routes = [\"aqua.get\", \"aqua.get\"]", "routes[1]: listed twice"),
        ("entities = { \"a b\" = \"e20b0747-4688-4ad5-8014-68daf10e501d\" }", "entities.\"a b\": \"a b\" is not a valid name"),
        ("entities = { a = \"x\" }", "entities.a: \"x\" is not an entity id"),
        ("entities = { a = 1 }", "entities.a: expected a string"), ("concurrency = 0", "concurrency: 0 is out of range"),
        ("retry = { attempts = 0 }", "attempts: 0 is out of range"),
        ("client_certificate = \"c\"", "client_key: missing"), ("client_key = \"c\"", "client_certificate: missing"),
        ("min_tls = \"1.1\"", "min_tls: \"1.1\" is not one of"),
        ("proxy = \"proxy:3128\"", "proxy: not a proxy URL"), ("proxy = \"http://a/path\"", "proxy: not a proxy URL"),
        ("retry = { base = \"5s\", cap = \"1s\" }", "retry: cap is shorter"),
        ("breaker = { open = \"90s\" }", "breaker: max_open is shorter than open"),
        ("breaker = { failures = \"0%\" }", "breaker.failures: expected a percentage from \"1%\""),
    ])
    func `what makes no tenant is refused`(body: String, expected: String) {
        let found = errors("[tenants.acme]\n\(body)")
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test(arguments: ["a b", "", "a/b", "é", String(repeating: "a", count: 65)])
    func `a tenant's name fits in a header field`(name: String) {
        #expect(errors(head.replacing("acme", with: "\"\(name)\"")).contains { $0.contains("is not a valid name: 1 to 64 of") })
    }
}
