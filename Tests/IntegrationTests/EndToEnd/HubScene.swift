import Foundation
import TestSupport
import Testing

/// A caller's gateway (the sidecar), the gateway that it forwards to (the hub), and a stand-in Zuora: the real programs, on free ports of
/// 127.0.0.1.
final class HubScene: @unchecked Sendable {
    // Unchecked: `lock` guards what changes.

    struct Settings: Sendable {
        /// Lines of the hub's tenant.
        var hubTenant = #"outcome_status = "strict""#
        /// Lines of the sidecar's tenant.
        var tenant = ""
        /// In place of the sidecar's `gateway` and `gateway_key`.
        var way: String?
        /// Whether sidecar and hub speak TLS, and the hub knows the sidecar by its certificate.
        var isTLS = false
        var admin: Int?
    }

    /// The hub's caller `sidecar` has this key.
    static let key = ExplainConfiguration.key

    let directory: URL
    let sandbox: ChildProcess
    let hub: ChildProcess
    let sidecar: ChildProcess
    let sandboxPort: Int
    let hubPort: Int
    let port: Int
    private let settings: Settings
    private let certificates: CertificateTree?
    private let lock = NSLock()
    private var seen: [UInt8] = []

    /// Starts all three, runs `body` off the cooperative pool, ends them, and looks whether a secret has got out.
    static func run(_ settings: Settings = Settings(), _ body: @escaping @Sendable (HubScene) throws -> Void) async throws {
        try await offPool {
            let scene = try HubScene(settings)
            defer { scene.stop() }
            try body(scene)
            try scene.checkSecrets()
        }
    }

    private init(_ settings: Settings) throws {
        self.settings = settings
        directory = FileManager.default.temporaryDirectory.appending(path: "zuora-gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let ports = try LoopbackSocket.freePorts(3)
        (sandboxPort, hubPort, port) = (ports[0], ports[1], ports[2])
        if settings.isTLS {
            let tree = try CertificateTree()
            try tree.issue("hub")
            try tree.issue("sidecar", names: "URI:spiffe://example.org/sidecar")
            certificates = tree
        } else {
            certificates = nil
        }
        sandbox = try ChildProcess(
            ChildProcess.sandbox, ["--listen", "127.0.0.1:\(sandboxPort)"], name: "sandbox", in: directory)
        var started = [sandbox]
        do {
            try waitForListener(sandboxPort, sandbox)
            try Self.write(Self.hubText(settings, hubPort, sandboxPort, certificates), "hub.conf", directory)
            hub = try ChildProcess(
                ChildProcess.gateway, ["run", "--config", directory.appending(path: "hub.conf").path], name: "hub", in: directory)
            started.append(hub)
            try waitForListener(hubPort, hub)
            try Self.write(Self.key + "\n", "key", directory)
            try Self.write(Self.sidecarText(settings, port, hubPort, directory, certificates), "sidecar.conf", directory)
            sidecar = try ChildProcess(
                ChildProcess.gateway, ["run", "--config", directory.appending(path: "sidecar.conf").path], name: "sidecar",
                in: directory)
            started.append(sidecar)
            try waitForListener(port, sidecar)
        } catch {
            for process in started { process.signal(SIGKILL) }
            throw error
        }
    }

    private static func hubText(_ settings: Settings, _ port: Int, _ sandboxPort: Int, _ tree: CertificateTree?) -> String {
        let tls = tree.map {
            """
            [gateway.tls]
            certificate = "\($0.path("hub.pem"))"
            key = "\($0.path("hub.key"))"
            client_ca = "\($0.path("ca.pem"))"
            """
        }
        return """
            [gateway]
            listen = ["\(tls == nil ? "" : "tls:")127.0.0.1:\(port)"]
            admin = "off"
            \(tls ?? "")
            [callers.sidecar]
            \(tls == nil ? "key_sha256 = \"\(ExplainConfiguration.keyHash)\"" : "san = \"spiffe://example.org/sidecar\"")
            [tenants.acme]
            upstream = "http://127.0.0.1:\(sandboxPort)"
            client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
            client_secret = "sandbox-secret"
            entity = "emea"
            entities = { emea = "\(SceneSettings.emea)", amer = "\(SceneSettings.amer)" }
            routes = ["aqua.cancel", "aqua.get", "aqua.submit", "files.get"]
            retry = { attempts = 4, base = "1ms", cap = "5ms", budget = "100%" }
            breaker = false
            \(settings.hubTenant)
            """
    }

    private static func sidecarText(
        _ settings: Settings, _ port: Int, _ hubPort: Int, _ directory: URL, _ tree: CertificateTree?
    ) -> String {
        let way =
            tree.map {
                """
                gateway = "https://localhost:\(hubPort)"
                ca_file = "\($0.path("ca.pem"))"
                client_certificate = "\($0.path("sidecar.pem"))"
                client_key = "\($0.path("sidecar.key"))"
                """
            }
                ?? """
                gateway = "http://127.0.0.1:\(hubPort)"
                gateway_key = { file = "\(directory.appending(path: "key").path)" }
                """
        return """
            [gateway]
            listen = ["127.0.0.1:\(port)"]
            admin = "\(settings.admin.map { "127.0.0.1:\($0)" } ?? "off")"
            default_tenant = "acme"
            [tenants.acme]
            \(settings.way ?? way)
            routes = ["aqua.cancel", "aqua.get", "aqua.submit", "files.get", "files.status"]
            \(settings.tenant)
            """
    }

    private static func write(_ text: String, _ name: String, _ directory: URL) throws {
        let file = directory.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    }

    /// Replaces the sidecar's key for the hub.
    func writeKey(_ key: String) throws { try Self.write(key, "key", directory) }

    /// The stand-in's control calls.
    var control: SandboxControl { SandboxControl(port: sandboxPort) }

    /// One request through the sidecar.
    func send(_ request: Request) throws -> Response { try exchange(request, port) }

    /// One request to the hub, as the sidecar would send it.
    func sendToHub(_ request: Request) throws -> Response {
        try exchange(request.with("X-Gateway-Key", Self.key).with("X-Zuora-Tenant", "acme"), hubPort)
    }

    func admin(_ path: String) throws -> Response { try exchange(Request("GET", path), settings.admin ?? 0) }

    private func exchange(_ request: Request, _ port: Int) throws -> Response {
        let response = try Wire(port: port).exchange(request)
        lock.withLock { seen += response.raw }
        return response
    }

    private func checkSecrets() throws {
        var secrets = ["sandbox-secret", Self.key]
        if sandbox.isRunning { secrets += try control.tokens() }
        let said = [
            "responses": lock.withLock { String(decoding: seen, as: UTF8.self) },
            "output of the sidecar": sidecar.standardOutput + sidecar.standardError,
            "output of the hub": hub.standardOutput + hub.standardError,
        ]
        expectNone(of: secrets, in: said)
    }

    private func stop() {
        for process in [sidecar, hub, sandbox] { process.signal(SIGKILL) }
        for process in [sidecar, hub, sandbox] { process.waitForEnd() }
        KeptOutput.keep("sidecar.out", sidecar.standardOutput + sidecar.standardError)
        KeptOutput.keep("hub.out", hub.standardOutput + hub.standardError)
        try? FileManager.default.removeItem(at: directory)
    }
}
