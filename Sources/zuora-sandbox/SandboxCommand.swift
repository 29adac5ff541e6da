import ArgumentParser
import CLinux
import CommandSupport
import Glibc
import Network
import Wire
import ZuoraSandbox

/// The command line. Exit codes: 0 done; 1 failed; 64 wrong usage (EX_USAGE of sysexits.h).
@main
struct SandboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zuora-sandbox",
        abstract: "An emulation of Zuora for demos and tests.",
        usage: """
            zuora-sandbox [--listen <address>] [--tls --ca-out <file>] [--seed <n>]
            zuora-sandbox demo [--serve] [--gateway <path>]
            """,
        discussion: """
            Emulates OAuth, aggregate queries, data queries and result files, and injects faults on demand; see docs/sandbox.md. \
            All state is lost when it exits. Its clients' secrets are published, so expose it to tests only.

            Try it:      zuora-sandbox demo
            Serve:       zuora-sandbox --listen 127.0.0.1:9080
            Over TLS:    zuora-sandbox --tls --ca-out sandbox-ca.pem
            """,
        version: Version.current,
        subcommands: [DemoCommand.self, ManualCommand.self])

    static func main() {
        zg_open_standard_streams()
        refuseUnknownCommand()
        runCommandLine()
    }

    private static let defaultListen = "127.0.0.1:9080"
    private static let defaultSeed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Where to listen: host:port, [::1]:port or unix:/path. Port 0 picks a free port.", valueName: "address")
    )
    var listen = SandboxCommand.defaultListen

    @Flag(help: "Use TLS, with a certificate for localhost, 127.0.0.1 and ::1 that is generated at each start.")
    var tls = false

    @Option(
        help: ArgumentHelp(
            "Where to write the certificate's authority (PEM), for clients to trust.", valueName: "file"),
        completion: .file())
    var caOut: String?

    @Option(
        help: ArgumentHelp(
            "The seed for random values: the same seed and the same calls give the same ids and tokens.",
            valueName: "n"))
    var seed = SandboxCommand.defaultSeed

    /// Whether every option has its default.
    var isDefault: Bool { listen == Self.defaultListen && !tls && caOut == nil && seed == Self.defaultSeed }

    func validate() throws {
        if SocketAddress(sandbox: listen) == nil {
            throw ValidationError("--listen must be host:port, [::1]:port or unix:/path, not \"\(listen)\"")
        }
        if tls != (caOut != nil) {
            throw ValidationError("--tls and --ca-out are required together: clients verify the certificate with the file")
        }
    }

    func run() throws {
        guard let address = SocketAddress(sandbox: listen) else { return }
        let signals = [SIGINT, SIGTERM]
        SignalSource.block(signals)
        let server: SandboxServer
        do {
            server = try SandboxServer(address: address, tls: try makeTLS(), seed: seed, stopOn: signals)
        } catch {
            printError("zuora-sandbox: \(error)")
            throw ExitCode(1)
        }
        print(Self.greeting(server.address, authority: caOut))
        fflush(nil)
        server.serve()
    }

    /// Certificate and key exist in memory only; the authority goes to where clients find it.
    private func makeTLS() throws -> TLSServerContext? {
        guard tls, let caOut else { return nil }
        let authority = try SelfSignedAuthority(name: "zuora-sandbox")
        try TextFile.write(authority.pem, to: caOut)
        return try authority.serverContext()
    }

    /// Where it listens, its clients, and what to try first.
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
            The sandbox listens on \(address). Press Ctrl-C to stop it.

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
        switch AddressArgument(text) {
        case .unix(let path): self = .unix(path: path)
        case .tcp(let host, let port): self = .tcp(host: host, port: port)
        case nil: return nil
        }
    }
}

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the manual page.",
        discussion: """
            Example:     zuora-sandbox manual > /usr/local/share/man/man1/zuora-sandbox.1
            To read it:  zuora-sandbox manual | man -l -
            """)

    func run() {
        let page = ManualPage(
            of: SandboxCommand.self,
            .init(
                "EXIT STATUS",
                [
                    "0": "Done: the demo succeeded, or the sandbox was stopped by a signal.",
                    "1": "Failed, or an address is in use; standard error says why.", "64": "Wrong usage; nothing was started.",
                ]),
            .init("SIGNALS", ["SIGTERM, SIGINT": "Exit."]),
            .init(
                "ENVIRONMENT",
                [
                    "TMPDIR": "Where the demo keeps its files while it runs.",
                    "NO_COLOR": "If set, output is not coloured.",
                ]),
            .init("SEE ALSO", ["zuora-gateway(1)": "The gateway."]))
        print(page.text)
    }
}
