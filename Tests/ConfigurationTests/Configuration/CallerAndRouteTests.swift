import Configuration
import Policy
import Testing

@Suite struct CallerAndRouteTests {
    let key = String(repeating: "0aF1", count: 16)
    let other = String(repeating: "1b", count: 32)

    @Test func `every key of a caller has effect`() throws {
        let text =
            "[gateway]\nlisten = [\"unix:/s\", \"tls:127.0.0.1:1\"]\n"
            + "tls = { certificate = \"c\", key = \"k\", client_ca = \"ca\" }\n"
            + acme + """
                [callers.billing]
                key_sha256 = ["\(key)", "\(other)"]
                peer_uid = [1001, 0]
                peer_gid = 4294967294
                san = ["spiffe://example.org/billing", "billing.internal"]
                tenants = ["acme"]
                routes = "aqua.cancel"
                """
        let configuration = try parse(text)
        #expect(configuration.warnings.isEmpty, "\(configuration.warnings)")
        var expected = CallerSettings(name: "billing")
        expected.keyHashes = [Array(repeating: [0x0A, 0xF1], count: 16).flatMap(\.self), Array(repeating: 0x1B, count: 32)]
        expected.peerUIDs = [1001, 0]
        expected.peerGIDs = [4_294_967_294]
        expected.sans = ["spiffe://example.org/billing", "billing.internal"]
        expected.tenants = ["acme"]
        expected.routes = ["aqua.cancel"]
        #expect(configuration.callers == [expected])
    }

    @Test func `a caller without limits has none`() throws {
        let caller = try #require(try parse(acme + "[callers.b]\nkey_sha256 = \"\(key)\"").callers.first)
        #expect(caller.tenants == nil && caller.routes == nil)
    }

    @Test(arguments: [
        ("", "callers.b: no way to identify the caller"),
        ("key_sha256 = \"abc\"", "callers.b.key_sha256: not the 64 hexadecimal digits"),
        ("key_sha256 = [\"\(String(repeating: "g", count: 64))\"]", "key_sha256[0]: not the 64"),
        ("key_sha256 = []", "key_sha256: an empty array"),
        ("peer_uid = [-1]", "peer_uid[0]: expected an id"), ("peer_uid = 4294967295", "peer_uid: expected an id"),
        ("peer_uid = [1, 1]", "peer_uid[1]: listed twice"),
        ("san = \"a b\"", "san: \"a b\" is neither a URI nor a DNS name"), ("san = \"spiffe://a b\"", "san: "),
        ("peer_uid = 1\ntenants = [\"acne\"]", "tenants: there is no tenant \"acne\""),
        ("peer_uid = 1\ntenants = []", "tenants: an empty array"),
        ("peer_uid = 1\nroutes = [\"aqua.lst\"]", "routes: there is no route \"aqua.lst\" (did you mean \"aqua.last\"?)"),
    ])
    func `a caller that cannot be told or does not exist is refused`(body: String, expected: String) {
        let found = errors(acme + "[callers.b]\n\(body)")
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }

    @Test(arguments: [
        "key_sha256 = \"\(String(repeating: "ab", count: 32))\"", "peer_uid = 3", "peer_gid = [3]", "san = \"a.b\"",
    ])
    func `two callers share nothing`(mark: String) {
        let found = errors(
            acme + "[callers.a]\n\(mark)\n[callers.b]\n\(mark.replacing("ab", with: "AB").replacing("a.b", with: "A.B"))")
        #expect(found.count == 1 && found[0].contains("shared with the caller \"a\""), "\(found)")
    }

    @Test func `credentials that no listener can check cause a warning`() throws {
        let found = try warnings(acme + "[callers.b]\npeer_uid = 1\nsan = \"a.b\"")
        #expect(
            found.count == 2 && found[0].contains("no listener is a Unix socket")
                && found[1].contains("no tls: listener requests client certificates"))
    }

    @Test func `routes are added to the built-in ones`() throws {
        let text =
            acme + """
                routes = ["aqua.cancel", "orders.get", "orders.put"]
                [[routes]]
                name = "orders.get"
                method = "GET"
                path = "/v1/orders/{id}"
                [[routes]]
                name = "orders.put"
                method = "POST"
                path = "/v1/orders"
                [[routes]]
                name = "orders.put"
                method = "PATCH"
                path = "/v1/orders/{id}"
                idempotent = true
                """
        let routes = try parse(text).routes
        #expect(routes.prefix(RouteSettings.builtIn.count) == RouteSettings.builtIn[...])
        #expect(
            routes.dropFirst(RouteSettings.builtIn.count) == [
                RouteSettings(name: "orders.get", method: "GET", path: "/v1/orders/{id}", isIdempotent: true, kind: .other),
                RouteSettings(name: "orders.put", method: "POST", path: "/v1/orders", isIdempotent: false, kind: .other),
                RouteSettings(name: "orders.put", method: "PATCH", path: "/v1/orders/{id}", isIdempotent: true, kind: .other),
            ])
    }

    @Test(arguments: [
        ("name = \"x\"\nmethod = \"GET\"", "routes[0].path: missing"),
        ("name = \"x\"\npath = \"/x\"", "routes[0].method: missing"),
        ("name = \"aqua.get\"\nmethod = \"GET\"\npath = \"/x\"", "routes[0].name: \"aqua.get\" is a built-in route"),
        ("name = \"x\"\nmethod = \"get\"\npath = \"/x\"", "routes[0].method: \"get\" is not a method"),
        ("name = \"x\"\nmethod = \"CONNECT\"\npath = \"/x\"", "CONNECT is not forwarded"),
        (
            "name = \"x\"\nmethod = \"GET\"\npath = \"/x//y\"",
            "routes[0].path: \"/x//y\" is not a valid route path: a path has no empty segment"
        ),
        (
            "name = \"x\"\nmethod = \"POST\"\npath = \"/oauth/token\"",
            "routes[0].path: \"/oauth/token\" is the gateway's own token endpoint"
        ),
        (
            "name = \"x\"\nmethod = \"GET\"\npath = \"/query/jobs/{job}\"",
            "routes[0].path: GET on the same paths is already \"dataquery.get\""
        ),
        (
            "name = \"x\"\nmethod = \"GET\"\npath = \"/a/{b}\"\n[[routes]]\nname = \"y\"\nmethod = \"GET\"\npath = \"/a/{c}\"",
            "routes[1].path: GET on the same paths is already \"x\""
        ),
    ])
    func `what makes no route is refused`(body: String, expected: String) {
        let found = errors(acme + "[[routes]]\n\(body)")
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }
}
