import Policy
import Testing

@testable import Configuration

@Suite struct HubTests {
    private let hub = "[tenants.acme]\ngateway = \"https://hub:8443\"\n"
    private let key = "gateway_key = { file = \"/k\" }\n"

    @Test func `a tenant with a gateway needs no upstream and no credential`() throws {
        let tenant = try tenant(hub + key)
        #expect(tenant.upstream.url == "https://hub:8443")
        #expect(tenant.credential == .hub(key: .file(path: "/k")) && tenant.usesHub)
        #expect(tenant.breaker == nil)
        #expect(try parse(hub + key).secretSources.map(\.keyPath) == ["tenants.acme.gateway_key"])
    }

    @Test func `a gateway for all is inherited with its key, unless a tenant has an upstream of its own`() throws {
        let direct = "[tenants.direct]\nenvironment = \"us1\"\nclient_id = \"id\"\nclient_secret = { file = \"/s\" }\n"
        let other = "[tenants.other]\ngateway = \"https://other\"\nclient_certificate = \"c\"\nclient_key = \"k\"\n"
        let configuration = try parse("[upstream]\ngateway = \"https://hub\"\n\(key)[tenants.acme]\n\(direct)\(other)")
        let credentials = configuration.tenants.map(\.credential)
        // The key is for that hub alone.
        #expect(
            credentials == [.hub(key: .file(path: "/k")), .client(id: "id", secret: .file(path: "/s")), .hub(key: nil)])
        #expect(configuration.tenants.map(\.upstream.url) == ["https://hub", "https://rest.na.zuora.com", "https://other"])
        #expect(configuration.secretSources.map(\.keyPath) == ["upstream.gateway_key", "tenants.direct.client_secret"])
    }

    @Test func `plain HTTP and a key in the file are for a hub on loopback only`() throws {
        #expect(try tenant("[tenants.acme]\ngateway = \"http://127.0.0.1:8081\"\ngateway_key = \"k\"").usesHub)
        #expect(errors("[tenants.acme]\ngateway = \"http://hub:8081\"\n\(key)").first?.contains("to another machine") == true)
        #expect(errors(hub + "gateway_key = \"k\"").first?.contains("a secret in the file") == true)
        #expect(errors("[upstream]\ngateway = \"https://hub\"\ngateway_key = \"k\"\n[tenants.acme]\n").count == 1)
    }

    @Test(arguments: [
        "client_id = \"i\"", "client_secret = { file = \"/s\" }", "token = { file = \"/t\" }", "token_url = \"/x\"",
        "token_params = { a = \"b\" }", "entity = \"e20b074746884ad5801468daf10e501d\"",
        "entities = { emea = \"e20b074746884ad5801468daf10e501d\" }", "orgs = \"o\"", "api_version = \"1\"",
        "caller_may_choose_version = true", "concurrency = 3", "entity_concurrency = 3", "fleet_concurrency = 3", "queue = 3",
        "queue_timeout = \"3s\"",
        "rate = 3", "fleet_rate = 3", "burst = 3", "retry = { attempts = 3 }", "breaker = false", "outcome_status = \"strict\"",
        "coalesce = true",
    ])
    func `what the hub decides is not set beside it`(line: String) {
        let found = errors(hub + key + line)
        #expect(found.count == 1 && found[0].contains("not allowed with a gateway"), "\(found)")
    }

    @Test func `a gateway beside an upstream, and a key without a gateway, are errors`() {
        #expect(errors(hub + key + "environment = \"us1\"").first?.contains("both a gateway and an upstream") == true)
        #expect(errors(acme + key).first?.contains("a key without a gateway") == true)
        #expect(errors("[upstream]\n" + key + acme).first?.contains("a key without a gateway") == true)
        #expect(errors("[tenants.acme]\ngateway = \"https://hub/path\"\n" + key).count == 1)
    }

    @Test func `a hub that cannot know this gateway is warned of`() throws {
        #expect(try warnings(hub).count == 1)
        #expect(try warnings(hub + key) == [])
        #expect(try warnings(hub + "client_certificate = \"c\"\nclient_key = \"k\"") == [])
        #expect(try warnings("[tenants.acme]\ngateway = \"http://127.0.0.1:8081\"") == [])
    }
}
