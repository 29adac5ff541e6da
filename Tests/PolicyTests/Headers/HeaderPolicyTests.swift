import Testing
import Wire

@testable import Policy

@Suite struct HeaderPolicyTests {
    private let policy: Policy

    init() throws {
        policy = try Sample.policy(tenants: [
            Sample.acme, Sample.plain,
            Sample.tenant("free") {
                $0.callerMayChooseVersion = true
                $0.apiVersion = "2024-05-20"
            },
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
        #expect(try upstream([field, "X-Kept: 1"]) == ["X-Kept: 1"] + Self.standing)
    }

    @Test func `a body's framing stays on its own hop`() throws {
        for fields in [["Content-Length: 3"], ["Transfer-Encoding: chunked"], ["Content-Length: 3", "Expect: 100-continue"]] {
            #expect(try upstream(fields, "POST /v1/batch-query") == Self.standing)
        }
    }

    @Test(arguments: [
        "X-Custom: 1", "Accept: application/json", "Content-Type: application/json", "traceparent: 00-a-b-01", "tracestate: x=y",
        "Range: bytes=0-", "If-Range: \"x\"", "Cache-Control: no-cache", "X-Request-Id: 7", "Content-MD5: abc", "Empty:",
        "X-Latin: caf\u{E9}", "Via: 1.1 front", "Prefer_This: x", "X.Y: z",
    ])
    func `everything else passes as it is`(_ field: String) throws {
        let text = field == "Empty:" ? "Empty: " : field
        #expect(try upstream([field]) == [text] + Self.standing)
    }

    @Test func `repeated fields keep their number and order`() throws {
        #expect(try upstream(["A: 1", "b: 2", "a: 3"]).prefix(3) == ["A: 1", "b: 2", "a: 3"])
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
        ("X-Custom", []), ("close, x-CUSTOM", []), ("X-Other", ["X-Custom: 1"]), ("X-Custom-2", ["X-Custom: 1"]),
        ("X.Custom", ["X-Custom: 1"]), (",, X-Custom ,", []),
    ])
    func `Connection removes what it names`(_ value: String, _ expected: [String]) throws {
        #expect(try upstream(["X-Custom: 1", "Connection: \(value)"]) == expected + Self.standing)
        #expect(try upstream(["Connection: close", "connection: \(value)", "X-Custom: 1"]) == expected + Self.standing)
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
        for fields in [["Zuora-Version: 1", "Zuora-Version: 1"], ["Zuora-Version:"]] {
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
        let request = try SampleRequest("DELETE /v1/batch-query/jobs/1", ["X: y"])
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
