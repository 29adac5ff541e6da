import ArgumentParser
import Glibc
import Network
import ZuoraSandbox

/// `zuora-gateway sandbox`: serves a stand-in Zuora until it is told to stop.
struct SandboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Serve a stand-in Zuora to try things with.",
        discussion: """
            It plays OAuth, aggregate queries, data queries and result files, and fails on demand; see docs/sandbox.md. It keeps \
            nothing when it ends, and its secrets are no secrets: let only those reach it whom you trust.
            """)

    @Option(help: "Where to listen: host:port, [::1]:port or unix:/path. Port 0 takes a free one.")
    var listen = "127.0.0.1:9080"

    @Flag(help: "Speak TLS, with a certificate for localhost, 127.0.0.1 and ::1 that is made at each start.")
    var tls = false

    @Option(help: "Where to write the authority (PEM) that the certificate is from, for clients to trust.")
    var caOut: String?

    @Option(help: "What everything random follows from. The same seed and the same calls give the same ids and tokens.")
    var seed: UInt64 = 1

    func validate() throws {
        if SocketAddress(sandbox: listen) == nil {
            throw ValidationError("--listen must be host:port, [::1]:port or unix:/path, not \"\(listen)\"")
        }
        if tls != (caOut != nil) { throw ValidationError("--tls and --ca-out go together: nobody else knows the authority") }
    }

    func run() throws {
        guard let address = SocketAddress(sandbox: listen) else { return }
        let signals = [SIGINT, SIGTERM]
        SignalSource.block(signals)
        let server: SandboxServer
        do {
            server = try SandboxServer(address: address, tls: try makeTLS(), seed: seed, stopOn: signals)
        } catch {
            printError("zuora-gateway sandbox: \(error)")
            throw ExitCode(1)
        }
        print(Self.greeting(server.address, authority: caOut))
        fflush(nil)
        server.serve()
    }

    /// Certificate and key exist in memory only; the authority goes to where clients find it.
    private func makeTLS() throws -> TLSServerContext? {
        guard tls, let caOut else { return nil }
        let authority = try SelfSignedAuthority(name: "zuora-gateway sandbox")
        try TextFile.write(authority.pem, to: caOut)
        return try authority.serverContext()
    }

    /// Where it listens, whom it knows, and what to try first.
    static func greeting(_ address: SocketAddress, authority: String? = nil) -> String {
        let scheme = authority == nil ? "http" : "https"
        let trust = authority.map { " --cacert \($0)" } ?? ""
        let (curl, base) =
            switch address {
            case .unix(let path, _, _, _): ("curl -s\(trust) --unix-socket \(path)", "\(scheme)://localhost")
            default: ("curl -s\(trust)", "\(scheme)://\(address)")
            }
        let clients = [SandboxClient.acme, .globex, .readOnly].map { client in
            "  \(client.id)  \(client.secret)  tenant \(client.tenant)\(client.apiWrite ? "" : ", may only read")"
        }
        let entity = SandboxTenant.acme.entities["emea"] ?? ""
        return """
            A stand-in Zuora listens on \(address). Ctrl-C ends it.

            Client id and secret:
            \(clients.joined(separator: "\n"))

            Try:
              TOKEN=$(\(curl) \(base)/oauth/token -d grant_type=client_credentials -d client_id=\(SandboxClient.acme.id) \
            -d client_secret=\(SandboxClient.acme.secret) | sed 's/.*"access_token":"\\([^"]*\\).*/\\1/')
              \(curl) -X DELETE \(base)/v1/batch-query/jobs/executing.1 -H "Authorization: Bearer $TOKEN" \
            -H "Zuora-Entity-Ids: \(entity)"
              \(curl) \(base)/_sandbox/book
            """
    }
}

extension SocketAddress {
    /// Reads `host:port`, `[v6]:port` or `unix:/path`.
    fileprivate init?(sandbox text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst(5)
            guard path.hasPrefix("/") else { return nil }
            self = .unix(path: String(path))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: port)
    }
}
