import Testing
import Wire

@testable import Policy

@Suite struct RouteTableTests {
    /// The route's name and its parameters, or what became of the request.
    private func match(_ request: String, _ routes: [RouteSettings] = RouteSettings.builtIn) throws -> String {
        let table = RouteTable(routes)
        let sample = try SampleRequest(request)
        switch table.match(sample.head, sample.bytes.span) {
        case .matched(let index, let parameters):
            let values = (0..<parameters.count).map { sample.bytes.span.text(parameters[$0]) }
            return ([table.routes[index].name] + values).joined(separator: " ")
        case .methodNotAllowed(let others): return "405 \(table.allow(others))"
        case .notFound: return "404"
        case .refused(let refusal): return "\(refusal.status)"
        }
    }

    @Test(arguments: [
        ("DELETE /v1/batch-query/jobs/8a80", "aqua.cancel 8a80"), ("GET /v1/batch-query/jobs/8a80", "aqua.get 8a80"),
        ("POST /v1/batch-query", "aqua.submit"), ("POST /v1/batch-query/", "aqua.submit"),
        ("GET /v1/batch-query/jobs/partner/p/project/q", "aqua.last p q"), ("GET /v1/files/f", "files.get f"),
        ("GET /v1/file/f", "files.get f"), ("GET /v1/files/f/status", "files.status f"),
        ("DELETE /query/jobs/1-2", "dataquery.cancel 1-2"), ("GET /query/jobs/1-2", "dataquery.get 1-2"),
        ("GET /query/jobs", "dataquery.list"), ("POST /query/jobs", "dataquery.submit"),
    ])
    func `every built-in route is matched`(_ request: String, _ expected: String) throws {
        #expect(try match(request) == expected)
    }

    @Test(arguments: [
        ("DELETE /v1/batch-query/jobs/a?x=/../%2F&y=//;", "aqua.cancel a"), ("DELETE /v1/batch-query/jobs/a?", "aqua.cancel a"),
        ("DELETE http://else.where/v1/batch-query/jobs/a?q", "aqua.cancel a"),
    ])
    func `neither query nor authority matters`(_ request: String, _ expected: String) throws {
        #expect(try match(request) == expected)
    }

    @Test(arguments: [
        ("GET /", "404"), ("GET /v1", "404"), ("GET /v1/", "404"), ("GET /v2/batch-query/jobs/a", "404"),
        ("DELETE /V1/batch-query/jobs/a", "404"), ("DELETE /v1/batch%2Dquery/jobs/a", "404"),
        ("DELETE /v1/batch-query/jobs", "404"),
        ("DELETE /v1/batch-query/jobs/a/b", "404"), ("DELETE /v1/batch-query/jobs/a/", "404"), ("GET /v1/files/f/status/", "404"),
        ("OPTIONS *", "404"), ("GET /" + Array(repeating: "a", count: 40).joined(separator: "/"), "404"),
    ])
    func `an unknown path is a 404`(_ request: String, _ expected: String) throws {
        #expect(try match(request) == expected)
    }

    @Test(arguments: [
        ("POST /v1/batch-query/jobs/a", "405 DELETE, GET, HEAD"), ("delete /v1/batch-query/jobs/a", "405 DELETE, GET, HEAD"),
        ("PURGE /v1/batch-query", "405 POST"), ("HEAD /v1/batch-query", "405 POST"),
        ("OPTIONS /query/jobs", "405 GET, HEAD, POST"),
        ("TRACE /v1/files/f", "405 GET, HEAD"),
    ])
    func `a known path with another method is a 405 that says which there are`(_ request: String, _ expected: String) throws {
        #expect(try match(request) == expected)
    }

    @Test func `HEAD takes the route of GET`() throws {
        #expect(try match("HEAD /v1/files/f") == "files.get f")
        let routes: [RouteSettings] = [
            .init(name: "get", method: "GET", path: "/a", isIdempotent: true),
            .init(name: "head", method: "HEAD", path: "/a", isIdempotent: true),
        ]
        #expect(try match("HEAD /a", routes) == "head")
    }

    @Test(arguments: [
        "DELETE /v1/batch-query//jobs/a", "DELETE //v1/batch-query/jobs/a", "DELETE /v1/batch-query/jobs/a//", "GET //",
        "DELETE /v1/batch-query/jobs/..", "DELETE /v1/batch-query/jobs/.", "DELETE /v1/./batch-query/jobs/a",
        "GET /v1/files/../status",
        "DELETE /v1/batch-query/jobs/../../batch-query/jobs/a",
        "DELETE /v1/batch-query/jobs/%2e%2E", "DELETE /v1/batch-query/jobs/.%2e", "DELETE /v1/batch-query/jobs/%2e",
        "GET /v1/files/%2e%2e/status", "DELETE /v1/batch-query/jobs/a%2Fb", "DELETE /v1/batch-query/jobs/a%2fb",
        "DELETE /v1/batch-query/jobs/%2F", "DELETE /v1%2Fbatch-query/jobs/a", "DELETE /v1/batch-query/jobs/a%00",
        "DELETE /v1/batch-query/jobs/a%0d%0aX", "DELETE /v1/batch-query/jobs/a%7F", "DELETE /v1/batch-query/jobs/a%5Cb",
        "DELETE /v1/batch-query/jobs/a;b=c", "DELETE /v1/batch-query/jobs/..;", "GET /v1/files/..;/status",
        "DELETE /v1/batch-query/jobs/a%3Bb", "DELETE /v1/batch-query/jobs/%252e%252e", "DELETE /v1/batch-query/jobs/%25%32%66",
        "DELETE /v1/batch-query/jobs/%c0%ae%c0%ae", "DELETE /v1/batch-query/jobs/%c0%af", "DELETE /v1/batch-query/jobs/%ff",
        "DELETE /v1/batch-query/jobs/%e2%82", "DELETE /v1/batch-query/jobs/%e0%80%af", "DELETE /v1/batch-query/jobs/%c2%85",
        "DELETE /v1/batch-query/jobs/%ed%a0%80", "DELETE /v1/batch-query/jobs/%f4%90%80%80",
        "DELETE /v1/batch-query/jobs/", "GET /v1/files/",
    ])
    func `a path that might be read as another is a 400`(_ request: String) throws {
        #expect(try match(request) == "400")
    }

    @Test(arguments: [
        "a", "...", ".a", "a.", "a..b", "%61", "a%20b", "100%25", "%25", "%e2%82%ac", "%C3%A9", "a:b@c!$&'()*+,=~_-",
        "%F0%9F%98%80",
        String(repeating: "a", count: 128),
    ])
    func `sane ids are taken, whatever their format`(_ id: String) throws {
        #expect(try match("DELETE /v1/batch-query/jobs/\(id)") == "aqua.cancel \(id)")
    }

    @Test func `an id of more than 128 bytes is a 400`() throws {
        #expect(try match("DELETE /v1/batch-query/jobs/\(String(repeating: "a", count: 129))") == "400")
    }

    /// What the parser lets through is its own affair; these bytes are refused here too.
    @Test func `bytes that must be encoded are refused`() {
        let table = RouteTable(RouteSettings.builtIn)
        for byte in UInt8.min...UInt8.max where !byte.isPlainPathCharacter && byte != 0x2F {
            let bytes = Array("/query/jobs/a".utf8) + [byte]
            var head = RequestHead()
            head.method = .delete
            head.pathRange = bytes.indices
            guard case .refused(let refusal) = table.match(head, bytes.span) else {
                Issue.record("byte \(byte) passed")
                continue
            }
            #expect(refusal.status == 400)
        }
    }

    private static let overlapping: [RouteSettings] = [
        .init(name: "any", method: "GET", path: "/a/{x}", isIdempotent: true),
        .init(name: "any", method: "DELETE", path: "/a/{x}", isIdempotent: true),
        .init(name: "literal", method: "GET", path: "/a/b", isIdempotent: true),
        .init(name: "deep", method: "GET", path: "/a/b/c", isIdempotent: true),
        .init(name: "deeper", method: "GET", path: "/a/{x}/{y}", isIdempotent: true),
        .init(name: "purge", method: "PURGE", path: "/a/b", isIdempotent: true),
    ]

    @Test(arguments: [
        ("GET /a/b", "literal"), ("GET /a/bb", "any bb"), ("DELETE /a/b", "any b"), ("PURGE /a/b", "purge"),
        ("GET /a/b/c", "deep"),
        ("GET /a/b/d", "deeper b d"), ("PUT /a/b", "405 GET, HEAD, PURGE, DELETE"),
        ("purge /a/b", "405 GET, HEAD, PURGE, DELETE"),
    ])
    func `the literal segment wins if it takes the method`(_ request: String, _ expected: String) throws {
        #expect(try match(request, Self.overlapping) == expected)
    }

    @Test func `the id is found on the routes that have one`() throws {
        let policy = Sample.policy()
        let request = try SampleRequest("DELETE /v1/batch-query/jobs/8a80?x")
        let identifier = try #require(request.resolve(policy).resolution?.identifier)
        #expect(Array(request.bytes[identifier]) == Array("8a80".utf8))
        #expect(try SampleRequest("POST /v1/batch-query").resolve(policy).resolution?.identifier == nil)
    }
}
