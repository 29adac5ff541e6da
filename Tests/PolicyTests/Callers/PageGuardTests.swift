import Testing
import Wire

@testable import Policy

@Suite struct PageGuardTests {
    private let loopback = ListenAddress.tcp(host: "127.0.0.1", port: 8080, tls: false)

    /// The status of the refusal; 0 when there is none.
    private func status(
        _ line: String, _ fields: [String] = [], host: String = "localhost:8080", address: ListenAddress? = nil,
        hosts: [String] = [], pages: PageGuard.Pages = .refused
    ) throws -> Int {
        let request = try SampleRequest(line, fields, host: host)
        let pageGuard = PageGuard(address: address ?? loopback, hosts: hosts, pages: pages)
        do throws(Denial) {
            try pageGuard.check(request.head, request.bytes.span)
            return 0
        } catch {
            return error.status
        }
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:8080", "gateway.localhost", "127.0.0.1:8080", "127.0.0.2", "10.1.2.3", "[::1]:8080", "gw",
        "gateway:80",
        "localhost.", "proxy.example.com", "Proxy.Example.COM:8080",
    ])
    func `a listener on loopback serves addresses, names that the DNS has not, and those that are configured`(host: String) throws
    {
        #expect(try status("DELETE /v1/batch-query/jobs/1", host: host, hosts: ["proxy.example.com"]) == 0)
    }

    @Test(arguments: [
        "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example.",
        "notlocalhost.com",
        "1.2.3.4x", "xlocalhost.a", "proxy.example.com.evil.example",
    ])
    func `any other host is a 421`(host: String) throws {
        for pages in [PageGuard.Pages.refused, .readOnly, .accepted] {
            #expect(try status("GET /", host: host, hosts: ["proxy.example.com"], pages: pages) == 421)
        }
    }

    @Test(arguments: ["localhost", "::1", "0:0:0:0:0:0:0:1", "127.1.2.3"])
    func `loopback is checked however it is written`(address: String) throws {
        let address = ListenAddress.tcp(host: address, port: 8080, tls: false)
        #expect(try status("GET /", host: "evil.example", address: address) == 421)
    }

    @Test func `the authority of the target decides, as everywhere`() throws {
        #expect(try status("GET http://evil.example/") == 421)
        #expect(try status("GET http://localhost/", host: "evil.example") == 0)
    }

    @Test func `the listener's own name is known, and elsewhere than on plain loopback no name is asked for`() throws {
        for address in [
            ListenAddress.tcp(host: "0.0.0.0", port: 8080, tls: false), .tcp(host: "10.0.0.1", port: 1, tls: false),
            .tcp(host: "127.0.0.1", port: 1, tls: true), .unix(path: "/run/s"), .fileDescriptor(.number(3)),
        ] {
            #expect(try status("GET /", host: "anything.example", address: address) == 0)
        }
        #expect(try status("GET /", host: "evil.example", address: .tcp(host: "::1", port: 1, tls: false)) == 421)
        #expect(try status("GET /", host: "evil.example", address: .tcp(host: "localhost", port: 1, tls: false)) == 421)
    }

    @Test(arguments: [
        ("Origin: http://evil.example", 403), ("ORIGIN: null", 403), ("Origin: http://localhost:8080", 403),
        ("Sec-Fetch-Site: cross-site", 403), ("sec-fetch-site: same-site", 403), ("Sec-Fetch-Site: same-origin", 0),
        ("Sec-Fetch-Site: none", 0), ("Sec-Fetch-Mode: cors", 0), ("X-Origin: a", 0),
    ])
    func `where callers are not authenticated, a request of a web page is a 403`(field: String, expected: Int) throws {
        #expect(try status("POST /v1/batch-query", [field]) == expected)
        #expect(try status("GET /v1/batch-query/jobs/1", [field]) == expected)
        #expect(try status("POST /v1/batch-query", [field], address: .tcp(host: "0.0.0.0", port: 1, tls: false)) == expected)
        #expect(try status("POST /quitquitquit", [field], pages: .readOnly) == expected)
        #expect(try status("GET /", [field], pages: .readOnly) == 0)
        #expect(try status("POST /v1/batch-query", [field], pages: .accepted) == 0)
    }
}
