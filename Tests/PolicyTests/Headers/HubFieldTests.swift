import Testing
import Wire

@testable import Policy

/// What goes to a hub, and what comes back from it.
@Suite struct HubFieldTests {
    private let policy: Policy

    init() throws {
        policy = Sample.policy(tenants: [
            Sample.tenant("acme") {
                $0.credential = .hub(key: .environment(name: "KEY"))
                $0.routes = ["aqua.cancel", "aqua.submit"]
            }
        ])
    }

    private func lines(
        _ fields: [String], _ line: String = "DELETE /v1/batch-query/jobs/1", key: String = "key",
        timeout: Duration = .seconds(9),
        recoding: HeaderPolicy.Recoding = .asSent
    ) throws -> [String] {
        let request = try SampleRequest(line, fields)
        let resolution = try policy.resolve(request.head, request.bytes.span)
        var block = HeaderBlock()
        let isWhole = try policy.writeHubHeaders(
            of: resolution, request.head, request.bytes.span, key: Array(key.utf8).span, timeout: timeout,
            trackID: TrackID(Array("track-1".utf8).span), recoding: recoding, into: &block)
        return isWhole ? block.lines : []
    }

    private static let standing = [
        "User-Agent: zuora-gateway/1.2.3", "Via: 1.1 zuora-gateway", "Accept-Encoding: gzip", "X-Request-Timeout: 9000ms",
        "X-Zuora-Tenant: acme", "Zuora-Track-Id: track-1", "X-Gateway-Key: key",
    ]

    @Test func `a bare request goes to the hub with the tenant, the time left and this gateway's key`() throws {
        #expect(try lines([]) == Self.standing)
        #expect(try lines([], key: "") == Self.standing.dropLast())
        #expect(try lines([], key: "a\r\nb") == [])
        #expect(try lines([], timeout: .zero).contains("X-Request-Timeout: 1ms"))
        #expect(try lines([], timeout: .microseconds(1_999_999)).contains("X-Request-Timeout: 1999ms"))
    }

    @Test func `each gateway on the way adds itself to Via, and takes nothing else of it`() throws {
        let via = ["Via: 1.1 front.internal, 1.0 zuora-gateway", "Via: 1.1 ZUORA-gateway (x), 1.1 zuora-gateway"]
        #expect(try lines(via).filter { $0.hasPrefix("Via") } == Array(repeating: "Via: 1.1 zuora-gateway", count: 3))
        let long = Array(repeating: "1.1 zuora-gateway", count: 100).joined(separator: ",")
        let request = try SampleRequest("GET /", ["Via: \(long)"])
        #expect(request.head.gatewaysPassed(request.bytes.span) == RequestHead.gatewayLimit)
    }

    @Test(arguments: [
        "Authorization: Bearer evil", "X-Gateway-Key: evil", "x_gateway_key: evil", "X-Request-Timeout: 3s",
        "X.Request.Timeout: 3s", "X-Zuora-Tenant: acme", "x_zuora_tenant: evil", "Zuora-Track-Id: other", "Cookie: evil",
        "entityId: evil", "EntityName: evil", "Gateway-Outcome: cancelled", "Gateway-Attempts: 1", "Forwarded: for=evil",
        "X-Forwarded-For: evil", "Zuora_Entity_Ids: evil", "Connection: X-Gateway-Key, X-Zuora-Tenant, X-Request-Timeout",
        "Accept-Encoding: br", "Content-Encoding: gzip", "X-HTTP-Method-Override: PUT", "Zuora_Working_Org: evil",
    ])
    func `what the gateways own never passes`(_ field: String) throws {
        #expect(try lines([field, "Accept: text/csv"]) == ["Accept: text/csv"] + Self.standing)
    }

    @Test func `the caller's choice of entity, orgs and version passes as it is`() throws {
        let chosen = [
            "Zuora-Entity-Ids: amer", "zuora-entity-ids: emea", "Zuora-Org-Ids: o-1, o-2", "Zuora-Version: 2020-01-01",
            "Zuora-Working-Org: o-1",
        ]
        #expect(try lines(chosen) == chosen + Self.standing)
        // Or the hub would choose another entity than the caller.
        #expect(
            try lines(["Connection: zuora-entity-ids, zuora-org-ids"] + chosen.prefix(3)) == chosen.prefix(3) + Self.standing)
    }

    @Test func `arbitrary fields reach the hub with one value of what the gateways own`() throws {
        let names = [
            "x-gateway-key", "x-zuora-tenant", "x-request-timeout", "zuora-track-id", "authorization", "connection", "x-a", "via",
            "user-agent", "gateway-outcome",
        ]
        let owned = [
            "x-gateway-key": "key", "x-zuora-tenant": "acme", "x-request-timeout": "9000ms", "zuora-track-id": "track-1",
            "accept-encoding": "gzip",
        ]
        var random = SplitMix64(seed: 20)
        for _ in 0..<2000 {
            var fields = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                let name = names.randomElement(using: &random) ?? "x"
                let spelt = String(name.map { Bool.random(using: &random) ? Character($0.uppercased()) : $0 })
                    .replacing("-", with: ["-", "-", "-", "_", "."].randomElement(using: &random) ?? "-")
                let value = name == "connection" ? names.randomElement(using: &random) ?? "" : "evil"
                return "\(spelt): \(value)"
            }
            fields.removeAll { $0.lowercased().hasPrefix("x-zuora-tenant:") }
            var seen: [String: [String]] = [:]
            for line in try lines(fields) {
                let parts = line.split(separator: ":", maxSplits: 1)
                let name = String(parts[0].lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
                seen[name, default: []].append(String(parts[1].dropFirst()))
            }
            for (name, value) in owned { #expect(seen[name] == [value], "\(name) from \(fields)") }
            for name in ["authorization", "connection"] {
                #expect(seen[name] == nil, "\(name) from \(fields)")
            }
        }
    }

    @Test func `only a hub's response keeps the gateway's fields`() {
        var block = HeaderBlock()
        for (name, value) in [
            ("Gateway-Outcome", "cancelled"), ("Gateway-Attempts", "3"), ("Proxy-Status", "zuora-gateway; received-status=200"),
            ("Zuora-Track-Id", "t"), ("WWW-Authenticate", "Bearer"), ("Set-Cookie", "a=b"), ("X-A", "1"),
        ] { block.append(FieldName(name.utf8.span), name, value) }
        func relayed(isFromHub: Bool) -> [String] {
            var names: [String] = []
            ResponseHeaderPolicy.forEachRelayed(block.fields, block.bytes.span, isFromHub: isFromHub) { index in
                names.append(String(decoding: block.bytes[block.fields[index].nameRange], as: UTF8.self))
            }
            return names
        }
        #expect(relayed(isFromHub: false) == ["Proxy-Status", "X-A"])
        #expect(relayed(isFromHub: true) == ["Gateway-Outcome", "Gateway-Attempts", "Proxy-Status", "X-A"])
    }

    @Test func `an explanation leaves entity and orgs to the hub, and shows no key`() throws {
        let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", ["Zuora-Entity-Ids: amer"])
        var random = SplitMix64(seed: 5)
        let explanation = policy.explain(
            request.head, request.bytes.span, hasHubKey: true, timeout: .seconds(130), using: &random)
        #expect(explanation.decisions.filter { $0.why == "the hub decides" }.map(\.subject) == [.orgs, .entity])
        #expect(explanation.sent.first?.name == "Zuora-Entity-Ids")
        #expect(explanation.sent.last.map { "\($0.name): \($0.value)" } == "X-Gateway-Key: <redacted>")
        #expect(explanation.sent.contains { $0.name == "X-Request-Timeout" && $0.value == "130000ms" })
    }
}
