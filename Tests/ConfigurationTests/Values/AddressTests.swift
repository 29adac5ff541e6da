import Policy
import Testing

@testable import Configuration

@Suite struct AddressTests {
    func listenAddress(_ text: String) -> ListenAddress? { try? ListenAddress(parsing: text) }

    @Test(arguments: [
        ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080, tls: false)),
        ("[::1]:80", .tcp(host: "::1", port: 80, tls: false)),
        ("tls:0.0.0.0:8443", .tcp(host: "0.0.0.0", port: 8443, tls: true)), ("tls:[::]:1", .tcp(host: "::", port: 1, tls: true)),
        ("localhost:0", .tcp(host: "localhost", port: 0, tls: false)), ("unix:/run/a b.sock", .unix(path: "/run/a b.sock")),
        ("unix:@zuora", .abstractUnix(name: "zuora")), ("fd:3", .fileDescriptor(.number(3))),
        ("fd:http", .fileDescriptor(.name("http"))),
    ])
    func `an address is read and written`(text: String, expected: ListenAddress) {
        #expect(listenAddress(text) == expected)
        #expect("\(expected)" == text)
    }

    @Test(arguments: [
        "", ":", "8080", ":8080", "*:8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
        "127.0.0.1:80a", "::1:80",
        "[::1]80", "[::1", "[1.2.3.4]:80", "[fe80::1%eth0]:80", "127.1:80", "1.2.3.256:80", "0x7f.1:80", "host name:80",
        "-host:80", "unix:", "unix:run/x",
        "unix:/", "unix:@", "fd:", "fd:1", "fd:99999999999", "fd:a b", "fd:a:b", "tls:unix:/x", "http://127.0.0.1:80",
        "unix:/a\u{1}",
    ])
    func `nothing else is an address`(text: String) {
        #expect(listenAddress(text) == nil)
    }

    @Test(arguments: ["gateway:80", "7gateway:80", "a_b.internal:80", "1.2.3.4a:80", "0xyz:80"])
    func `a host name is one that cannot be taken for an address`(text: String) {
        #expect(listenAddress(text) != nil)
    }

    @Test func `a socket's path fits the kernel's structure`() {
        #expect(listenAddress("unix:/" + String(repeating: "a", count: 106)) != nil)
        #expect(listenAddress("unix:/" + String(repeating: "a", count: 107)) == nil)
        #expect(listenAddress("unix:@" + String(repeating: "a", count: 107)) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1:80", true), ("127.0.0.1:80", "tls:127.0.0.1:80", true), ("127.0.0.1:80", "0.0.0.0:80", true),
        ("[::]:80", "[::1]:80", true), ("127.0.0.1:80", "[::]:80", false), ("127.0.0.1:80", "127.0.0.2:80", false),
        ("127.0.0.1:0", "127.0.0.1:0", false),
        ("127.0.0.1:80", "127.0.0.1:81", false), ("unix:/a", "unix:/a", true), ("unix:/a", "unix:@/a", false),
        ("fd:3", "fd:3", true), ("[::1]:80", "[0:0:0:0:0:0:0:1]:80", true), ("[0::]:80", "[::1]:80", true),
        ("localhost:80", "localhost:80", true), ("localhost:80", "127.0.0.1:80", false), ("localhost:80", "[::]:80", false),
    ])
    func `addresses that can certainly not both be bound collide`(one: String, other: String, expected: Bool) throws {
        let (a, b) = (try ListenAddress(parsing: one), try ListenAddress(parsing: other))
        #expect(a.collides(with: b) == expected && b.collides(with: a) == expected)
    }

    @Test(arguments: ["127.0.0.1", "127.255.1.2", "::1", "0:0:0:0:0:0:0:1", "localhost", "LOCALHOST"])
    func `loopback is known in each spelling`(host: String) {
        #expect(HostName.isLoopback(host))
    }

    @Test(arguments: [
        "128.0.0.1", "0.0.0.0", "::", "::2", "1::1", "::ffff:127.0.0.1", "127.example.com", "localhost.example.com", "127.1",
        "2130706433", "",
    ])
    func `nothing else is loopback`(host: String) {
        #expect(!HostName.isLoopback(host))
    }
}
