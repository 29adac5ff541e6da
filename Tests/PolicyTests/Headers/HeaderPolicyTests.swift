import Testing
import Wire

@testable import Policy

@Suite struct HeaderPolicyTests {
    private let policy: Policy

    init() throws {
        policy = Sample.policy(tenants: [
            Sample.acme, Sample.plain,
            Sample.tenant("free") {
                $0.callerMayChooseVersion = true
                $0.apiVersion = "2024-05-20"
            },
            Sample.tenant("open") { $0.upstream.forwardHeaders = ["X-Custom", "b3", "via"] },
        ])
    }

    private func upstream(
        _ fields: [String] = [], _ line: String = "DELETE /v1/batch-query/jobs/1", recoding: HeaderPolicy.Recoding = .asSent
    ) throws -> [String] {
        try SampleRequest(line, fields).upstream(policy, recoding: recoding)
    }

    private static let standing = [
        "User-Agent: zuora-gateway/1.2.3", "Via: 1.1 zuora-gateway", "Accept-Encoding: gzip", "Zuora-Version: 2025-08-12",
        "Zuora-Org-Ids: org-1,org-2,org-3", "Zuora-Entity-Ids: \(Sample.emea)", "Zuora-Track-Id: track-1",
        "Authorization: Bearer tok",
    ]

    @Test func `a bare request goes up with what the gateway sets, each once`() throws {
        #expect(try upstream() == Self.standing)
    }

    @Test(arguments: [
        "Authorization: Bearer evil", "authorization: Basic evil", "AUTHORIZATION:", "Proxy-Authorization: Basic evil",
        "Cookie: ZSession=evil", "apiAccessKeyId: evil", "APISECRETACCESSKEY: evil", "entityId: evil", "EntityName: evil",
        "Zuora-Version: evil", "zuora-track-id: other", "X-Gateway-Key: evil", "X-Zuora-Tenant: acme", "x-zuora-tenant: acme",
        "X-Request-Timeout: 3s", "Connection: close", "Connection: keep-alive, Upgrade", "Keep-Alive: 5", "Proxy-Connection: x",
        "TE: trailers", "Trailer: X", "Upgrade: h2c", "Proxy-Authenticate: x", "Forwarded: for=evil", "X-Forwarded-For: evil",
        "x-forwarded-anything: evil", "X-FORWARDED-HOST: evil", "Accept-Encoding: br", "Idempotency-Key: evil",
        "Content-Encoding: gzip", "Gateway-Outcome: cancelled", "X-HTTP-Method-Override: PUT", "X-Original-URL: /evil",
        "x-rewrite-url: /evil", "Zuora_Entity_Ids: evil", "zuora_org-ids: evil", "Zuora.Version: evil", "X_Zuora_Tenant: plain",
        "x_forwarded_for: evil", "X_Gateway_Key: evil", "Transfer_Encoding: chunked", "Content_Length: 5",
        "Idempotency_Key: evil",
        "Zuora_Working_Org: evil",
    ])
    func `what the gateway owns never passes`(_ field: String) throws {
        #expect(try upstream([field]) == Self.standing)
        #expect(try upstream([field, "Accept: a/b"]) == ["Accept: a/b"] + Self.standing)
    }

    @Test func `a body's framing stays on its own hop`() throws {
        for fields in [["Content-Length: 3"], ["Transfer-Encoding: chunked"], ["Content-Length: 3", "Expect: 100-continue"]] {
            #expect(try upstream(fields, "POST /v1/batch-query") == Self.standing)
        }
    }

    @Test(arguments: [
        "Accept: application/json", "accept-language: de", "Accept-Charset: utf-8", "Content-Type: application/json",
        "Content-Language: de", "Content-Disposition: inline", "Content-Location: /a", "Content-MD5: abc",
        "traceparent: 00-a-b-01",
        "tracestate: x=y", "Range: bytes=0-", "If-Range: \"x\"", "If-Match: *", "If-None-Match: \"caf\u{E9}\"",
        "if-modified-since: x", "If-Unmodified-Since:", "Cache-Control: no-cache",
    ])
    func `what Zuora documents, negotiation, content, conditions, ranges and the trace pass as they are`(_ field: String) throws {
        #expect(try upstream([field]) == [field.hasSuffix(":") ? field + " " : field] + Self.standing)
    }

    @Test(arguments: [
        "X-Internal-User: alice", "baggage: user=alice", "b3: 0", "X-B3-TraceId: 1", "uber-trace-id: 1", "X-Request-Id: 7",
        "Referer: http://wiki.internal/", "Origin: http://wiki.internal", "X-Real-IP: 10.0.0.1", "Via: 1.1 front.internal",
        "Server: front", "Date: x", "Priority: u=1", "X.Y: z", "Zuora-Other: 1", "Accept_Language: de", "If.Match: *",
    ])
    func `a company's own fields do not pass`(_ field: String) throws {
        #expect(try upstream([field]) == Self.standing)
    }

    @Test(arguments: [
        ("X-Custom: 1", true), ("x-CUSTOM: 1", true), ("B3: 0", true), ("Via: 1.1 front", true), ("X_Custom: 1", false),
        ("X-Customs: 1", false), ("X-B3-TraceId: 1", false), ("Cookie: a=b", false),
    ])
    func `what a tenant lists passes for it, and for no other`(_ field: String, _ passes: Bool) throws {
        let lines = try upstream(["X-Zuora-Tenant: open", field])
        #expect(lines.first == (passes ? field : "User-Agent: zuora-gateway/1.2.3"))
        #expect(try upstream([field]) == Self.standing)
        #expect(try upstream(["X-Zuora-Tenant: open", field, "Connection: x-custom, b3, via"]).first != field)
    }

    @Test func `repeated fields keep their number and order`() throws {
        #expect(try upstream(["Accept: 1", "range: 2", "accept: 3"]).prefix(3) == ["Accept: 1", "range: 2", "accept: 3"])
    }

    @Test(arguments: [
        "Authorization", "cookie", "X-Gateway-Key", "Zuora-Entity-Ids", "zuora_entity_ids", "X-Forwarded-For", "x.forwarded.for",
        "Forwarded", "Connection", "Host", "X-HTTP-Method-Override", "x_original_url", "Accept", "If-Match", "Idempotency-Key",
        "X-Zuora-Tenant", "x_zuora_tenant", "a b", "", "X-Request-Timeout", "Gateway-Outcome",
    ])
    func `a tenant cannot list what the gateway owns, or what passes anyway`(_ name: String) {
        #expect(ListedFields.problem(of: name, tenantHeader: "X-Zuora-Tenant") != nil)
        #expect(ListedFields.problem(of: "X-Custom", tenantHeader: "X-Zuora-Tenant") == nil)
    }

    @Test func `the caller's User-Agent is the only one`() throws {
        #expect(try upstream(["USER-agent: curl/8"]).values("User-Agent") == ["curl/8"])
        #expect(try upstream(["User_Agent: x"]).values("User-Agent") == ["zuora-gateway/1.2.3"])
        #expect(try upstream(["User-Agent: x", "Connection: user-agent"]).values("User-Agent") == ["zuora-gateway/1.2.3"])
    }

    @Test(arguments: [("POST /v1/batch-query", 1), ("DELETE /v1/batch-query/jobs/1", 0), ("GET /v1/batch-query/jobs/1", 0)])
    func `an Idempotency-Key goes with POST and PATCH alone`(_ line: String, _ count: Int) throws {
        #expect(try upstream(["Idempotency-Key: k"], line).values("Idempotency-Key").count == count)
    }

    @Test(arguments: [
        ("If-Match", []), ("close, if-MATCH", []), ("X-Other", ["If-Match: 1"]), ("If-Match-2", ["If-Match: 1"]),
        ("If.Match", ["If-Match: 1"]), (",, If-Match ,", []),
    ])
    func `Connection removes what it names`(_ value: String, _ expected: [String]) throws {
        #expect(try upstream(["If-Match: 1", "Connection: \(value)"]) == expected + Self.standing)
        #expect(try upstream(["Connection: close", "connection: \(value)", "If-Match: 1"]) == expected + Self.standing)
    }

    @Test(arguments: [
        "Authorization", "Zuora-Entity-Ids", "zuora-org-ids", "Zuora-Version", "ZUORA-TRACK-ID", "Via", "User-Agent",
        "Accept-Encoding",
        "Host",
    ])
    func `Connection removes nothing that the gateway sets`(_ name: String) throws {
        #expect(try upstream(["Connection: \(name)"]) == Self.standing)
    }

    @Test func `an entity that is asked for counts though Connection names the field`() throws {
        let lines = try upstream(["Zuora-Entity-Ids: amer", "Connection: Zuora-Entity-Ids"])
        #expect(lines.values("Zuora-Entity-Ids") == [Sample.amer])
    }

    @Test func `Connection cannot change what the content means`() throws {
        let fields = [
            "Content-Type: a/b", "Content-Encoding: gzip", "Content-Length: 3", "Connection: content-type, Content-Encoding",
        ]
        let lines = try upstream(fields, "POST /v1/batch-query")
        #expect(lines.prefix(2) == ["Content-Type: a/b", "Content-Encoding: gzip"])
    }

    @Test func `more connection options than anyone needs are a 400`() throws {
        let options = { (0..<$0).map { "x-\($0)" }.joined(separator: ",") }
        #expect(
            try SampleRequest("GET /v1/batch-query/jobs/1", ["Connection: close,\(options(32))"]).resolve(policy).status == nil)
        #expect(try SampleRequest("GET /v1/batch-query/jobs/1", ["Connection: \(options(33))"]).resolve(policy).status == 400)
    }

    @Test func `recoded content loses what described it`() throws {
        let fields = [
            "Content-Length: 3", "Content-Encoding: gzip", "Content-MD5: a", "Content-Digest: b", "Digest: c", "Repr-Digest: d",
        ]
        let line = "POST /v1/batch-query"
        #expect(try upstream(fields, line, recoding: .asSent).values("Content-Encoding") == ["gzip"])
        #expect(try upstream(fields, line, recoding: .decoded).allSatisfy { !$0.hasPrefix("Content-") && !$0.contains("igest") })
        #expect(try upstream(["Content-Length: 3"], line, recoding: .gzip).values("Content-Encoding") == ["gzip"])
        #expect(try upstream(fields, line, recoding: .gzip).values("Content-Encoding") == ["gzip"])
    }

    @Test func `the version is the caller's where the tenant says so`() throws {
        let free = { try self.upstream(["X-Zuora-Tenant: free"] + $0).values("Zuora-Version") }
        #expect(try free([]) == ["2024-05-20"])
        #expect(try free(["zuora-version: 341.0"]) == ["341.0"])
        #expect(try upstream(["X-Zuora-Tenant: plain", "Zuora-Version: 341.0"]).values("Zuora-Version") == [])
        for fields in [["Zuora-Version: 1", "Zuora-Version: 1"], ["Zuora-Version: 1, 1"], ["Zuora-Version:"]] {
            let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", ["X-Zuora-Tenant: free"] + fields)
            #expect(request.resolve(policy).status == 400)
        }
    }

    @Test func `a token that no header can carry means nothing is sent`() throws {
        for token in ["a\r\nEvil: 1", "a\nb", "a\0b"] {
            #expect(try SampleRequest("DELETE /v1/batch-query/jobs/1").upstream(policy, token: token) == [])
        }
    }

    @Test func `a block is filled anew for each attempt`() throws {
        let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", ["Accept: y"])
        let resolution = try policy.resolve(request.head, request.bytes.span)
        var block = HeaderBlock()
        for token in ["first", "second"] {
            _ = try policy.writeUpstreamHeaders(
                of: resolution, request.head, request.bytes.span, scope: .unknown, token: Array(token.utf8).span,
                trackID: TrackID(Array("track-1".utf8).span), into: &block)
            #expect(block.lines.values("Authorization") == ["Bearer \(token)"])
            #expect(block.lines.count == Self.standing.count + 1)
        }
    }

    @Test func `an uncoded response is requested for a range`() throws {
        let lines = try SampleRequest("DELETE /v1/batch-query/jobs/1").upstream(policy, acceptsGzip: false)
        #expect(lines.values("Accept-Encoding") == ["identity"])
    }
}
