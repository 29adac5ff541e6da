import Configuration
import Gateway
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
