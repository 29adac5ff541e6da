import Policy
import Testing

@testable import Configuration

@Suite struct URLAndNameTests {
    @Test(arguments: [
        ("https://rest.na.zuora.com", "https://rest.na.zuora.com", ""),
        ("HTTPS://Rest.NA.zuora.com:443", "https://rest.na.zuora.com:443", ""),
        ("http://[::1]:9080/oauth/token", "http://[::1]:9080", "/oauth/token"), ("https://a/", "https://a", "/"),
    ])
    func `a URL is taken apart`(text: String, origin: String, path: String) throws {
        let url = try UpstreamURL(text)
        #expect(url.origin == origin && url.path == path)
    }

    @Test(arguments: [
        ("", UpstreamURL.Problem.scheme), ("rest.zuora.com", .scheme), ("https:/x", .scheme), ("https://", .host),
        ("https://a b", .host),
        ("https://u:p@a", .userInfo), ("https://a@b/", .userInfo), ("https://a:", .port), ("https://a:0", .port),
        ("https://a:65536", .port),
        ("https://a:+1", .port), ("https://a?q", .path), ("https://a#f", .path), ("https://a/x?q", .path),
        ("https://a/ b", .path),
        ("https://[::1", .host), ("https://[a]", .host), ("https://::1", .host), ("https://127.1", .host),
        ("https://a\\b", .host), ("https://é", .host),
        ("https://a..b", .host), ("https://.a", .host), ("https://a/\r\nHost: b", .path), ("https://a%2eb", .host),
        ("https://[::1]x", .port),
    ])
    func `a URL that readers could differ on is refused`(text: String, problem: UpstreamURL.Problem) {
        #expect(throws: problem) { try UpstreamURL(text) }
    }

    @Test func `every environment is an https URL of Zuora's, named once`() throws {
        for centre in DataCentre.allCases {
            let url = try UpstreamURL(centre.url)
            #expect(url.scheme == "https" && url.host.hasPrefix("rest.") && url.host.hasSuffix("zuora.com") && url.path.isEmpty)
        }
        #expect(Set(DataCentre.allCases.map(\.url)).count == DataCentre.allCases.count)
    }

    @Test(arguments: [
        ("e20b0747-4688-4ad5-8014-68daf10e501d", "e20b074746884ad5801468daf10e501d"),
        ("E20B074746884AD5801468DAF10E501D", "e20b074746884ad5801468daf10e501d"),
    ])
    func `an entity id is known in each spelling`(text: String, expected: String) {
        #expect(EntityID(text)?.hex == expected)
    }

    @Test(arguments: [
        "", "emea", "e20b074746884ad5801468daf10e501", "e20b0747-4688-4ad5-8014-68daf10e501g",
        "e20b07474688-4ad5-8014-68daf10e501d0",
        "e20b-0747-4688-4ad58014-68daf10e501d", "e20b0747-4688-4ad5-8014-68daf10e501d ", "{e20b0747-4688-4ad5-8014-68daf10e50}",
    ])
    func `nothing else is an entity id`(text: String) {
        #expect(EntityID(text)?.hex == nil)
    }

    @Test(arguments: ["/v1/orders/{id}", "/v1/a/{b}/c/{d_1}", "/v1/batch-query/", "/a.b/~c", "/v1/a:b"])
    func `a route's path has literal and parameter segments`(path: String) {
        #expect(RoutePath.problem(path) == nil)
    }

    @Test(arguments: [
        "", "v1", "/", "//a", "/a//b", "/a/./b", "/a/..", "/a?b", "/a#b", "/a%2Fb", "/a b", "/é", "/{}", "/{id", "/id}", "/x{id}",
        "/{id}x", "/{a}/{a}",
        "/{a-b}", "/{{a}}", "/a\\b", "/a\n", "/a;b", "/" + String(repeating: "a", count: 1024),
        String(repeating: "/a", count: 17), (0..<9).map { "/{p\($0)}" }.joined(),
    ])
    func `a path that no request may have is no route`(path: String) {
        #expect(RoutePath.problem(path) != nil)
    }

    @Test(arguments: [
        "Authorization", "zuora-entity-ids", "X-Forwarded-For", "CONTENT-LENGTH", "X-Gateway-Key", "Gateway-Outcome", "te",
        "accept", "accept-encoding", "apiaccesskeyid", "apisecretaccesskey", "connection", "content-encoding", "content-type",
        "cookie", "date", "entityid", "entityname", "expect", "forwarded", "host", "idempotency-key", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "proxy-connection", "proxy-status", "range", "retry-after", "traceparent",
        "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "via", "x-request-timeout", "zuora-org-ids",
        "zuora-request-id", "zuora-track-id", "zuora-version", "Zuora-Working-Org", "If-Match", "Accept-Language",
        "X-HTTP-Method-Override",
    ])
    func `a field with a meaning of its own cannot name tenants`(name: String) {
        let found = errors("[gateway]\ntenant_header = \"\(name)\"\n" + acme)
        #expect(found.count == 1 && found[0].contains("proxy.conf:2: gateway.tenant_header:"), "\(found)")
    }

    @Test func `the tenant header is not among the fields that are forwarded`() {
        let gateway = "[gateway]\ntenant_header = \"X-Team\"\n"
        for text in [
            gateway + "[upstream]\nforward_headers = [\"x-team\"]\n" + acme, gateway + acme + "forward_headers = [\"X-Team\"]\n",
            gateway + acme + "forward_headers = [\"x_team\"]\n",
        ] {
            let found = errors(text)
            #expect(
                found.count == 1 && found[0].contains("forward_headers: ") && found[0].contains("the tenant_header"), "\(found)")
        }
    }

    @Test(arguments: [
        "[gateway.tracing]\nendpoint = \"https://user:s3cret@otlp.example/v1/traces\"\n",
        "[gateway.tracing]\nendpoint = \"otlp.example/v1/traces?api-key=s3cret\"\n",
        "[gateway.tracing]\nendpoint = \"https://otlp.example/v1/traces?api-key=s3cret\"\n",
        "[fleet]\nurl = \"rediss://:pa/s3cret@redis:6379\"\n", "[fleet]\nurl = \"user:s3cret@redis:6379\"\n",
        "[upstream]\nproxy = \"http://a/s3cret@proxy:3128\"\n",
    ])
    func `no error repeats a password or a query of a URL`(section: String) {
        let found = errors(section + acme)
        #expect(!found.isEmpty && !found.contains { $0.contains("s3cret") }, "\(found)")
    }
}
