import Foundation
import Glibc
import Policy
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Network

@Suite struct ProxyTests {
    @Test func `a request goes through a tunnel that sees neither its path nor its fields`() async throws {
        let asked = Mutex("")
        let proxy = ScriptedServer { connection, _ in
            guard let head = connection.readHead() else { return }
            asked.withLock { $0 += head }
            let port = head.split(separator: " ")[1].split(separator: ":").last.flatMap { UInt16($0) } ?? 0
            connection.write("HTTP/1.1 200 Fine\r\nX-Proxy: yes\r\n\r\n")
            connection.relay(to: port)
        }
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, Certificates.shared.server) { stream in
                while let head = await stream.readHead() { await stream.writeRecords([Array(String.response(head).utf8)]) }
            }
            var settings = TLSTests.settings(server.url)
            settings.proxy = proxy.url
            let target = try UpstreamTarget(settings)
            for _ in 0..<2 {
                let response = try await loop.exchange(target, "DELETE", "/secret", headers: [("Authorization", "Bearer secret")])
                #expect(response.text.hasPrefix("DELETE /secret HTTP/1.1\r\n"))
                #expect(response.fields.count == 1)
            }
            let seen = asked.withLock { $0 }
            #expect(seen.hasPrefix("CONNECT localhost:\(server.port) HTTP/1.1\r\n"))
            #expect(!seen.contains("secret"))
            #expect(proxy.connections == 1)
        }
    }

    @Test func `a user and password in the proxy's URL are sent to the proxy alone`() async throws {
        let asked = Mutex("")
        let proxy = ScriptedServer { connection, _ in
            guard let head = connection.readHead() else { return }
            connection.write("HTTP/1.1 200 Fine\r\n\r\n")
            // The upstream's side of the tunnel.
            while let inner = connection.readHead() {
                asked.withLock { $0 = head + inner }
                connection.write(.response("x"))
            }
        }
        try await Self.exchange(through: "http://user:p%20ss@127.0.0.1:\(proxy.port)")
        let heads = asked.withLock { $0 }.components(separatedBy: "\r\n\r\n")
        let credentials = "Proxy-Authorization: Basic " + Data("user:p ss".utf8).base64EncodedString()
        #expect(heads[0].hasPrefix("CONNECT upstream.example:80 HTTP/1.1\r\n") && heads[0].contains(credentials))
        #expect(heads[1].hasPrefix("GET / HTTP/1.1\r\n") && !heads[1].contains("Proxy-Authorization"))
    }

    @Test func `a SOCKS5 proxy resolves the upstream's name`() async throws {
        let asked = Mutex<[UInt8]>([])
        let proxy = ScriptedServer { connection, _ in
            // RFC 1928: methods, of which "no authentication" is taken; then CONNECT to a name and port.
            let greeting = connection.read(2)
            guard greeting.count == 2, connection.read(Int(greeting[1])).contains(0) else { return }
            connection.write([5, 0])
            let request = connection.read(5)
            guard request.count == 5, request.prefix(4) == [5, 1, 0, 3] else { return }
            asked.withLock { $0 = connection.read(Int(request[4]) + 2) }
            connection.write([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
            while connection.readHead() != nil { connection.write(.response("x")) }
        }
        try await Self.exchange(through: "socks5h://127.0.0.1:\(proxy.port)")
        #expect(asked.withLock { $0 } == Array("upstream.example".utf8) + [0, 80])
    }

    @Test func `a proxy may be reached over TLS, with another TLS connection to the upstream inside`() async throws {
        try await TestLoop.with { loop in
            let upstream = try TLSServer(loop.reactor, Certificates.shared.server) { stream in
                while await stream.readHead() != nil { await stream.writeRecords([Array(String.response("x").utf8)]) }
            }
            let inside = try UpstreamTarget(.init(url: "http://localhost:\(upstream.port)"))
            let proxy = try TLSServer(loop.reactor, Certificates.shared.server) { stream in
                guard let head = await stream.readHead(), head.hasPrefix("CONNECT localhost:\(upstream.port) ") else { return }
                await stream.writeRecords([Array("HTTP/1.1 200 Fine\r\n\r\n".utf8)])
                await stream.relay(to: inside, loop.client, loop.reactor)
            }
            var settings = TLSTests.settings(upstream.url)
            settings.proxy = proxy.url
            let target = try UpstreamTarget(settings)
            for _ in 0..<3 {
                let response = try await loop.exchange(target)
                #expect(response.text == "x")
            }
            #expect(proxy.connections == 1 && upstream.connections == 1)
            // The proxy's certificate is verified as the upstream's is.
            settings.caFile = Certificates.shared.otherAuthority.certificate
            let other = try UpstreamTarget(settings)
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(other) }
            #expect(failure?.kind == .tls(.unknownAuthority))
        }
    }

    /// Two exchanges in turn, on one connection.
    private static func exchange(through proxy: String) async throws {
        var settings = UpstreamSettings(url: "http://upstream.example")
        settings.proxy = proxy
        let target = try UpstreamTarget(settings)
        try await TestLoop.with { loop in
            for _ in 0..<2 {
                let response = try await loop.exchange(target)
                #expect(response.text == "x")
            }
            #expect(loop.client.openConnections == 1)
        }
    }

    @Test func `a proxy that refuses is told apart from the upstream`() async throws {
        let proxy = ScriptedServer { connection, _ in
            _ = connection.readHead()
            connection.write("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        }
        var settings = UpstreamSettings(url: "https://upstream.example")
        settings.proxy = proxy.url
        let target = try UpstreamTarget(settings)
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            #expect(failure?.kind == .proxyRefused(407))
            #expect(failure?.mayHaveReachedUpstream == false)
        }
    }

    @Test(arguments: [
        ("example.com", "https://p", nil as String?), ("a.example.com", nil, "example.com"), ("example.com", nil, "example.com"),
        ("badexample.com", "https://p", "example.com"), ("a.example.com", nil, ".example.com"),
        ("a.example.com", nil, "*.example.com"),
        ("anything", nil, "*"), ("10.1.2.3", nil, "x 10.0.0.0/8"), ("11.1.2.3", "https://p", "10.0.0.0/8"),
        ("fd00::1", nil, "fd00::/8"), ("fe80::1", "https://p", "fd00::/8"), ("10.0.0.1", nil, "10.0.0.1"),
        ("example.com", nil, "example.com:443"), ("example.com", "https://p", "example.com:8443"),
        ("EXAMPLE.com", nil, "other, EXAMPLE.COM"),
        ("localhost", nil, nil), ("127.3.4.5", nil, nil), ("::1", nil, nil), ("example.com", "https://p", ", ,/,[,:,/33"),
    ])
    func `the environment's proxy is used save for the exceptions`(host: String, proxy: String?, exceptions: String?) {
        var variables = ["HTTPS_PROXY": "https://p", "HTTP_PROXY": "http://never"]
        variables["NO_PROXY"] = exceptions
        let environment = ProxyEnvironment(variables)
        #expect(environment.proxy(forHost: host.lowercased(), port: 443, isTLS: true) == proxy)
        #expect(environment.proxy(forHost: host.lowercased(), port: 80, isTLS: false) == nil)
    }

    @Test(arguments: [
        ("https://rest.zuora.com", "rest.zuora.com", 443), ("https://Rest.Zuora.com/", "rest.zuora.com", 443),
        ("http://127.0.0.1:8080", "127.0.0.1", 8080), ("https://[::1]:9", "::1", 9), ("http://localhost", "localhost", 80),
    ])
    func `a base URL is taken apart`(url: String, host: String, port: Int) throws {
        let target = try UpstreamTarget(.init(url: url))
        #expect(target.host == host)
        #expect(target.port == port)
    }

    @Test(arguments: [
        "", "https://", "ftp://x", "https://x/y", "https://user@x", "https://x:0", "https://x:70000", "https://x:", "https://a b",
        "https://[::1", "https://x?y", "https://x#y", "//x", "https://x:80:80", "https://\u{E4}.example",
    ])
    func `what is no base URL is refused`(url: String) {
        #expect(throws: UpstreamTarget.InvalidURL.self) { try UpstreamTarget(.init(url: url)) }
    }
}

extension ProxyTests {
    @Test func `renewed authorities that cannot be used are reported once, and the former ones stay in use`() throws {
        let scratch = try ScratchFolder()
        let authority = URL(fileURLWithPath: scratch.path + "/ca.pem")
        try Data(contentsOf: URL(fileURLWithPath: Certificates.shared.authority.certificate)).write(to: authority)
        var settings = UpstreamSettings(url: "https://upstream.example")
        settings.caFile = authority.path
        let credentials = try UpstreamTarget(settings).credentials
        #expect(try credentials.refresh().number == 1)
        var failures: [UpstreamFailure] = []
        for unusable in ["garbage", "other garbage"] {
            try Data(unusable.utf8).write(to: authority)
            for _ in 0..<3 { #expect(try credentials.refresh { failures.append($0) }.number == 1) }
        }
        #expect(failures.map(\.kind) == [.badCredentialFile, .badCredentialFile])
        #expect(failures.first?.message.contains(authority.path) == true)
        try Data(contentsOf: URL(fileURLWithPath: Certificates.shared.otherAuthority.certificate)).write(to: authority)
        #expect(try credentials.refresh { failures.append($0) }.number == 2)
        #expect(failures.count == 2)
    }

    @Test(arguments: [
        "http://svc:pa#HUNTER2@proxy.invalid:3128", "http://svc:pa/HUNTER2@proxy.invalid:3128",
        "http://svc:HUNTER2 x@proxy.invalid:3128", "htp://svc:HUNTER2@proxy.invalid:3128",
        "socks9://svc:HUNTER2@proxy.invalid:3128", "http://svc:HUNTER2@proxy.invalid:99999",
        "http://svc:HUNTER2@proxy.invalid:x", "svc:pa#HUNTER2@proxy.invalid:3128", "http://svc:HUNTER2@[proxy.invalid",
        "http://svc:HUNTER2@proxy.invalid:3128", "svc:HUNTER2@proxy.invalid",
        "http://svc:pa#HUNTER2" + String(repeating: "x", count: 400) + "@p",
    ])
    func `no failure contains the password of a proxy`(proxy: String) async throws {
        var settings = UpstreamSettings(url: "https://upstream.invalid")
        settings.proxy = proxy
        let target = try UpstreamTarget(settings)
        try await TestLoop.with { loop in
            let failure = await #expect(throws: UpstreamFailure.self) { try await loop.exchange(target) }
            let text = "\(failure?.message ?? "") \(failure?.explanation ?? "") \(failure.map { "\($0)" } ?? "")"
            #expect(failure != nil && !text.contains("HUNTER2"), "\(text)")
        }
    }

    @Test func `authorities that are renewed during a dial are used until its end`() async throws {
        let folder = Certificates.shared
        let scratch = try ScratchFolder()
        let authority = scratch.path + "/ca.pem"
        let first = try Data(contentsOf: URL(fileURLWithPath: folder.authority.certificate))
        let second = try Data(contentsOf: URL(fileURLWithPath: folder.otherAuthority.certificate))
        try first.write(to: URL(fileURLWithPath: authority))
        let (asked, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let proxy = ScriptedServer { connection, _ in
            guard let head = connection.readHead() else { return }
            let port = head.split(separator: " ")[1].split(separator: ":").last.flatMap { UInt16($0) } ?? 0
            asked.signal()
            _ = gate.wait(timeout: .now() + 20)
            connection.write("HTTP/1.1 200 Fine\r\n\r\n")
            connection.relay(to: port)
        }
        try await TestLoop.with { loop in
            let server = try TLSServer(loop.reactor, folder.server) { stream in
                while await stream.readHead() != nil { await stream.writeRecords([Array(String.response("x").utf8)]) }
            }
            var settings = UpstreamSettings(url: server.url)
            settings.caFile = authority
            settings.proxy = proxy.url
            let target = try UpstreamTarget(settings)
            var status = 0
            loop.reactor.spawn { status = (try? await loop.exchange(target).status) ?? -1 }
            await loop.until { asked.wait(timeout: .now()) == .success }
            weak let trust = try target.credentials.refresh().trust
            try (first + second).write(to: URL(fileURLWithPath: authority))
            // As the next dial would, on any loop.
            #expect(try target.credentials.refresh().number == 2)
            #expect(trust != nil)
            gate.signal()
            await loop.until { status != 0 }
            #expect(status == 200)
        }
    }
}

extension Connection {
    /// Copies bytes both ways until both sides are done.
    func relay(to port: UInt16) {
        guard let other = LoopbackSocket.connect(port: port) else { return }
        var ends = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: other, events: Int16(POLLIN), revents: 0),
        ]
        var bytes = [UInt8](repeating: 0, count: 65536)
        while poll(&ends, 2, 20000) > 0 {
            for i in 0..<2 where ends[i].revents != 0 {
                let count = recv(ends[i].fd, &bytes, bytes.count, 0)
                guard count > 0, send(ends[1 - i].fd, bytes, count, 0x4000) == count else {
                    Glibc.close(other)
                    return
                }
            }
        }
    }
}

extension LoopStream {
    /// Passes bytes in both directions between this connection and a new one, until this one ends.
    fileprivate func relay(to target: UpstreamTarget, _ client: UpstreamClient, _ reactor: Reactor) async {
        var opened: UpstreamPipe?
        await withUnsafeContinuation { continuation in
            client.open(target) {
                opened = try? $0.get()
                continuation.resume()
            }
        }
        guard let pipe = opened else { return }
        reactor.spawn { [self] in
            while let bytes = await pipe.read() { await writeRecords([bytes]) }
        }
        while true {
            var buffer = ByteBuffer(capacity: 16384)
            switch read(into: &buffer) {
            case .bytes: pipe.send(Array(buffer.bytes[buffer.start..<buffer.end]))
            case .wouldBlock: _ = await waitReadable(until: .now() + .seconds(20))
            default: return pipe.close()
            }
        }
    }
}
