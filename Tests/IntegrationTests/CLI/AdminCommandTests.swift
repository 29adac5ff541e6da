import Foundation
import TestSupport
import Testing

/// `wait`, `health` and `quit`: the small client for containers without curl.
@Suite struct AdminCommandTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let notReady = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 18\r\n\r\n{\n\"ready\": false\n}"

    @Test func `wait asks until the gateway is ready`() async throws {
        let stub = try AdminStub([Self.notReady, "", Self.notReady, Self.ok])
        defer { stub.stop() }
        let run = try await CommandRun.run("wait", "--admin", "127.0.0.1:\(stub.port)", "--timeout", "30s")
        #expect(run.status == 0)
        #expect(run.output == "ready\n")
        #expect(run.errors == "")
        #expect(stub.requestLines == Array(repeating: "GET /readyz HTTP/1.1", count: 4))
        #expect(stub.requests[0].contains("\r\nHost: 127.0.0.1:\(stub.port)\r\n"))
    }

    @Test func `wait gives up in time and says why`() async throws {
        let stub = try AdminStub([Self.notReady])
        defer { stub.stop() }
        let run = try await CommandRun.run("wait", "--admin", "127.0.0.1:\(stub.port)", "--timeout", "1500ms")
        #expect(run.status == 1)
        #expect(run.output == "")
        #expect(
            run.errors == """
                zuora-gateway: not ready after 1500ms: 127.0.0.1:\(stub.port): status 503: { "ready": false }

                """)
    }

    @Test(arguments: [
        ("wait", "zuora-gateway: not ready after 200ms: "), ("health", "zuora-gateway: not alive: "),
        ("quit", "zuora-gateway: quit failed: "),
    ])
    func `without a gateway a command fails and names the address`(_ command: String, _ beginning: String) async throws {
        let folder = try ScratchFolder()
        let run = try await CommandRun.run(command, "--admin", "unix:\(folder.path)/none.sock", "--timeout", "200ms")
        #expect(run.status == 1)
        #expect(run.output == "")
        #expect(run.errors == "\(beginning)unix:\(folder.path)/none.sock: No such file or directory\n")
    }

    @Test(arguments: [
        ("SSH-2.0-OpenSSH_9.2\r\n", "the response is not HTTP"), ("", "the connection was closed without a response"),
        ("HTTP/1.1 2000 OK\r\n\r\n", "the response is not HTTP"),
        ("HTTP/1.1 404 Not Found\r\n\r\nno such page", "status 404: no such page"),
        ("HTTP/1.1 500 Oops\r\n\r\n", "status 500"),
    ])
    func `health reports what is wrong with the response`(_ response: String, _ text: String) async throws {
        let stub = try AdminStub([response])
        defer { stub.stop() }
        let run = try await CommandRun.run("health", "--admin", "127.0.0.1:\(stub.port)")
        #expect(run.status == 1)
        #expect(run.errors == "zuora-gateway: not alive: 127.0.0.1:\(stub.port): \(text)\n")
    }

    @Test func `health asks for livez once`() async throws {
        let stub = try AdminStub([Self.ok])
        defer { stub.stop() }
        let run = try await CommandRun.run("health", "--admin", "localhost:\(stub.port)")
        #expect(run.status == 0)
        #expect(run.output == "alive\n")
        #expect(stub.requestLines == ["GET /livez HTTP/1.1"])
    }

    @Test func `quit posts, with a length, and fails if it is refused`() async throws {
        let stub = try AdminStub([Self.ok, "HTTP/1.1 403 Forbidden\r\n\r\nfrom this machine alone"])
        defer { stub.stop() }
        let agreed = try await CommandRun.run("quit", "--admin", "127.0.0.1:\(stub.port)")
        #expect(agreed.status == 0)
        #expect(agreed.output == "draining\n")
        let refused = try await CommandRun.run("quit", "--admin", "127.0.0.1:\(stub.port)")
        #expect(refused.status == 1)
        #expect(
            refused.errors
                == "zuora-gateway: quit failed: 127.0.0.1:\(stub.port): status 403: from this machine alone\n")
        #expect(stub.requestLines == Array(repeating: "POST /quitquitquit HTTP/1.1", count: 2))
        #expect(stub.requests[0].contains("\r\nContent-Length: 0\r\n"))
    }

    @Test(arguments: ["127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:9901", ":9901", "unix:relative", "unix:"])
    func `what is no address is wrong usage`(_ address: String) async throws {
        let run = try await CommandRun.run("health", "--admin", address)
        #expect(run.status == 64)
        #expect(run.errors.contains("'--admin"))
    }

    @Test(arguments: ["30", "0s", "-1s", "soon"])
    func `what is no time is wrong usage`(_ time: String) async throws {
        let run = try await CommandRun.run("wait", "--timeout=\(time)")
        #expect(run.status == 64)
    }
}
