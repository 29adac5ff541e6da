import CommandSupport
import Glibc
import Network
import Wire
import ZuoraSandbox

/// The sandbox, which speaks TLS, and a gateway process in front of it, both on free loopback ports.
struct DemoScene: Sendable {
    let sandbox: SandboxServer
    let gateway: ChildProcess
    let files: DemoFiles
    let program: GatewayProgram
    let sandboxPort: UInt16
    let gatewayPort: UInt16

    static func start(_ program: GatewayProgram) async throws -> DemoScene {
        let files = try DemoFiles()
        do {
            let authority = try SelfSignedAuthority(name: "zuora-sandbox demo")
            try files.write(authority.pem, to: .authority)
            let sandbox = try await SandboxServer.start(tls: authority.serverContext())
            let sandboxPort = if case .tcp(_, let port) = sandbox.address { port } else { UInt16(0) }
            try files.write(configuration(sandboxPort: sandboxPort, authority: files.path(.authority)), to: .configuration)
            try files.write(configuration(sandboxPort: sandboxPort, authority: nil), to: .untrusting)
            let (gateway, gatewayPort) = try program.serve(configuration: files.path(.configuration))
            return DemoScene(
                sandbox: sandbox, gateway: gateway, files: files, program: program, sandboxPort: sandboxPort,
                gatewayPort: gatewayPort)
        } catch {
            files.remove()
            throw error
        }
    }

    func stop() async {
        gateway.terminate()
        await sandbox.stop()
        files.remove()
    }

    /// - Parameter authority: the file of trusted authorities; nil: the system's.
    private static func configuration(sandboxPort: UInt16, authority: String?) -> String {
        """
        [gateway]
        listen = ["127.0.0.1:0"]
        admin = "off"

        [tenants.acme]
        upstream = "https://127.0.0.1:\(sandboxPort)"
        proxy = "none"
        \(authority.map { "ca_file = \"\($0)\"" } ?? "")
        client_id = "\(SandboxClient.acme.id)"
        client_secret = "\(SandboxClient.acme.secret)"
        entity = "emea"
        routes = ["aqua.cancel", "aqua.get", "aqua.submit"]

        [tenants.acme.entities]
        emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
        amer = "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"
        """
    }

    /// How the gateway's connection to the sandbox comes out, by `zuora-gateway check --online`.
    struct Connection {
        /// TLS version and cipher suite, of a connection that was established and verified.
        let agreement: String?
        /// Why it was not.
        let failure: String?
    }

    /// - Parameter file: the configuration to check: one trusts the authority of this run, the other one those of the system.
    func connection(_ file: DemoFiles.Name) throws -> Connection? {
        let output = try program.output(["check", "--online", "--json", "--config", files.path(file)])
        guard let connection = (try? JSONValue(parsing: output))?["tenants"]?[0]?["connection"] else { return nil }
        return Connection(
            agreement: connection["tls"]?.string.map { "\($0), \(connection["cipher"]?.string ?? "")" },
            failure: connection["cause"]?.string)
    }

    /// The last call with this method that reached the sandbox, as its book has it.
    func lastCall(method: String) async -> [Substring] {
        guard let calls = await sandbox.book()["calls"]?.array,
            let call = calls.last(where: { $0["method"]?.string == method })
        else { return [] }
        var lines: [Substring] = ["\(method) \(call["path"]?.string ?? "?") HTTP/1.1"]
        for field in call["fields"]?.array ?? [] {
            guard let pair = field.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string else { continue }
            lines.append(name == "Authorization" ? "Authorization: Bearer <redacted>" : "\(name): \(value)")
        }
        return lines
    }
}

/// What the demo prints.
struct DemoScreen {
    private let style = TerminalStyle.standardOutput

    func title(_ text: String) { print("\n" + style.bold(text)) }
    func note(_ text: String) { print("  " + text) }

    /// A message's lines, marked with the direction in which they go.
    func message(_ arrow: String, _ lines: some Sequence<Substring>, marking marked: [String] = []) {
        for line in lines {
            let isMarked = marked.contains { line.lowercased().hasPrefix($0.lowercased()) }
            print("  \(style.dim(arrow)) " + (isMarked ? style.marked(String(line)) : String(line)))
        }
    }

    func result(_ isGood: Bool, _ text: String) {
        print("\n" + (isGood ? style.good("OK") : style.bad("FAILED")) + "  " + text)
    }
}

/// The files of one run, in a directory of its own. The authority's key is not among them.
struct DemoFiles: Sendable {
    enum Name: String, CaseIterable {
        case authority = "ca.pem"
        case configuration = "proxy.conf"
        /// Trusts the system's authorities in place of the demo's own.
        case untrusting = "untrusting.conf"
    }

    private let directory: String

    init() throws(SystemError) {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/zuora-sandbox-demo-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { unsafe $0.baseAddress.flatMap { unsafe mkdtemp($0) } != nil }
        guard made else { throw SystemError("a directory for the demo's files in \(parent)") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func path(_ name: Name) -> String { "\(directory)/\(name.rawValue)" }

    func write(_ text: String, to name: Name) throws { try TextFile.write(text, to: path(name)) }

    func remove() {
        for name in Name.allCases { _ = unsafe unlink(path(name)) }
        _ = unsafe rmdir(directory)
    }
}
