import Configuration
import Gateway
import Glibc
import Logging
import Network
import Wire
import ZuoraSandbox

/// A stand-in Zuora that speaks TLS and a gateway in front of it, both on free loopback ports.
struct DemoScene: Sendable {
    let sandbox: SandboxServer
    let control: GatewayControl
    let authority: DemoAuthority
    let configuration: Configuration
    let sandboxPort: UInt16
    let gatewayPort: UInt16

    static let clientID = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"

    static func start() async throws -> DemoScene {
        let authority = try DemoAuthority()
        let sandbox = try await SandboxServer.start(tls: authority.serverContext)
        let sandboxPort = port(of: sandbox.address)
        let configuration = try configuration(sandboxPort: sandboxPort, authority: authority.path)
        var log = Logger(label: "demo")
        log.logLevel = .error
        let control = try GatewayControl(configurationPath: nil, log: log)
        try control.start(name: "control")
        try await control.start(configuration)
        let address = await control.addresses.first
        return DemoScene(
            sandbox: sandbox, control: control, authority: authority, configuration: configuration, sandboxPort: sandboxPort,
            gatewayPort: address.map(port(of:)) ?? 0)
    }

    func stop() async {
        await control.stop()
        await sandbox.stop()
        authority.forget()
    }

    private static func port(of address: SocketAddress) -> UInt16 {
        if case .tcp(_, let port) = address { port } else { 0 }
    }

    /// - Parameter authority: the file of those to trust; nil: the system's.
    private static func configuration(sandboxPort: UInt16, authority: String?) throws -> Configuration {
        try Configuration.parse(
            text: """
                [gateway]
                listen = ["127.0.0.1:0"]
                admin = "off"

                [tenants.acme]
                upstream = "https://127.0.0.1:\(sandboxPort)"
                \(authority.map { "ca_file = \"\($0)\"" } ?? "")
                client_id = "\(clientID)"
                client_secret = "sandbox-secret"
                entity = "emea"
                routes = ["aqua.cancel", "aqua.get", "aqua.submit"]

                [tenants.acme.entities]
                emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
                amer = "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"
                """, file: "demo.conf")
    }

    /// How the gateway reaches the stand-in, as `check --online` sees it: by the authority of this run, and by those that the system
    /// trusts.
    func connections() async throws -> (trusting: TenantTrial.Connection?, doubting: TenantTrial.Connection?) {
        let stranger = try Self.configuration(sandboxPort: sandboxPort, authority: nil)
        return (try await tried(configuration), try await tried(stranger))
    }

    private func tried(_ configuration: Configuration) async throws -> TenantTrial.Connection? {
        let check = try OnlineCheck()
        try check.start(name: "check")
        defer { check.loop.stop() }
        return try await check.run(configuration).first?.connection
    }

    /// The last call with this method that reached the stand-in, as it wrote it into its book.
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
    private let isTerminal = isatty(1) == 1

    func title(_ text: String) { print("\n" + styled(text, "1")) }
    func note(_ text: String) { print("  " + text) }

    /// A message's lines, marked with the direction in which they go.
    func message(_ arrow: String, _ lines: some Sequence<Substring>, marking marked: [String] = []) {
        for line in lines {
            let isMarked = marked.contains { line.lowercased().hasPrefix($0.lowercased()) }
            print("  \(styled(arrow, "2")) " + (isMarked ? styled(String(line), "36") : String(line)))
        }
    }

    func result(_ isGood: Bool, _ text: String) {
        print("\n" + styled(isGood ? "OK" : "FAILED", isGood ? "1;32" : "1;31") + "  " + text)
    }

    private func styled(_ text: String, _ code: String) -> String { isTerminal ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}

/// A certificate authority for one run: its key stays in memory, its certificate is in a file of a directory of its own.
struct DemoAuthority: Sendable {
    private let directory: String
    /// Of the certificate, PEM.
    let path: String
    /// What the stand-in shows to its clients.
    let serverContext: TLSServerContext

    /// - Throws: what keeps it from being made or written.
    init() throws {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/zuora-gateway-demo-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { unsafe $0.baseAddress.flatMap { unsafe mkdtemp($0) } != nil }
        guard made else { throw SystemError("a directory for the demo's authority in \(parent)") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = "\(directory)/ca.pem"
        let authority = try SelfSignedAuthority(name: "zuora-gateway demo")
        try TextFile.write(authority.pem, to: path)
        serverContext = try authority.serverContext()
    }

    /// Removes what was written.
    func forget() {
        _ = unsafe unlink(path)
        _ = unsafe rmdir(directory)
    }
}
