import Foundation
import TestSupport
import Testing

/// Gateways that share a store: the real programs, real servers, and a stand-in Zuora.
final class FleetScene: @unchecked Sendable {
    // Unchecked: `lock` guards what changes.

    static var isAvailable: Bool { FleetServers.Program.redis.path != nil }

    enum Way: String, CaseIterable, Sendable { case tcp, tls, unix }

    struct Settings: Sendable {
        var members = 4
        var way = Way.tcp
        var layout = FleetServers.Layout.alone
        var program = FleetServers.Program.redis
        var password = "store-password"
        /// Lines of `[fleet]`.
        var fleet = ""
        /// Lines of acme.
        var acme = ""
    }

    static let acme = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
    static let globex = "3c59dc04-8e88-4024-a079-9b8d2f9e4d11"

    let directory: URL
    let sandbox: ChildProcess
    let servers: FleetServers
    let sandboxPort: Int
    private let ports: [Int]
    private let adminPorts: [Int]
    private(set) var members: [ChildProcess] = []
    private let settings: Settings
    private let certificates: CertificateTree?

    static func run(_ settings: Settings = Settings(), _ body: @escaping @Sendable (FleetScene) throws -> Void) async throws {
        try await offPool {
            let scene = try FleetScene(settings)
            defer { scene.stop() }
            try scene.startMembers()
            try body(scene)
            scene.checkSecrets()
        }
    }

    private init(_ settings: Settings) throws {
        self.settings = settings
        directory = FileManager.default.temporaryDirectory.appending(path: "zuora-gateway-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let free = try LoopbackSocket.freePorts(1 + 2 * settings.members)
        sandboxPort = free[0]
        ports = Array(free[1..<1 + settings.members])
        adminPorts = Array(free[(1 + settings.members)...])
        if settings.way == .tls {
            let tree = try CertificateTree()
            try tree.issue("store")
            try tree.issue("member")
            certificates = tree
        } else {
            certificates = nil
        }
        sandbox = try ChildProcess(
            ChildProcess.sandbox, ["--listen", "127.0.0.1:\(sandboxPort)"], name: "sandbox", in: directory)
        do {
            servers = try .start(settings.layout, settings.program, tree: certificates, in: directory)
        } catch {
            sandbox.signal(SIGKILL)
            throw error
        }
        try waitForListener(sandboxPort, sandbox)
    }

    private func startMembers() throws {
        for index in 0..<settings.members { try startMember(index) }
        for index in 0..<settings.members { try waitForListener(ports[index], members[index]) }
    }

    private func startMember(_ index: Int) throws {
        let tls = certificates.map {
            "ca_file = \"\($0.path("ca.pem"))\"\nclient_certificate = \"\($0.path("member.pem"))\"\nclient_key = \"\($0.path("member.key"))\""
        }
        let text = """
            [gateway]
            listen = ["127.0.0.1:\(ports[index])"]
            admin = "127.0.0.1:\(adminPorts[index])"
            [fleet]
            \(settings.way == .unix ? "url = \"unix:\(servers.socket(0))\"" : servers.lines)
            username = "zg"
            password = \(settings.way == .tls ? "{ file = \"\(directory.path)/password\" }" : "\"\(settings.password)\"")
            \(tls ?? "")
            \(settings.fleet)
            [tenants.acme]
            upstream = "http://127.0.0.1:\(sandboxPort)"
            client_id = "\(Self.acme)"
            client_secret = "sandbox-secret"
            entity = "emea"
            entities = { emea = "\(SceneSettings.emea)", amer = "\(SceneSettings.amer)" }
            routes = ["aqua.cancel", "aqua.get"]
            \(settings.acme)
            [tenants.globex]
            upstream = "http://127.0.0.1:\(sandboxPort)"
            client_id = "\(Self.globex)"
            client_secret = "globex-secret"
            routes = ["aqua.cancel", "aqua.get"]
            """
        try (settings.password + "\n").write(to: directory.appending(path: "password"), atomically: true, encoding: .utf8)
        let file = directory.appending(path: "member-\(index).conf")
        try text.write(to: file, atomically: true, encoding: .utf8)
        members.append(
            try ChildProcess(ChildProcess.gateway, ["run", "--config", file.path], name: "member-\(index)", in: directory))
    }

    /// Ends all members, without a chance to say goodbye, and starts them again.
    func restartMembers() throws {
        for member in members { member.signal(SIGKILL) }
        for member in members { member.waitForEnd() }
        members = []
        try startMembers()
    }

    /// A store with no data in the place of one that has ended.
    func startStoreAgain() throws {
        try servers.start(0)
        try waitForListener(storePort, store)
    }

    /// The only server of the store, or the first one.
    var store: ChildProcess { servers.processes[0] }
    var storePort: Int { servers.ports[0] }

    var control: SandboxControl { SandboxControl(port: sandboxPort) }

    /// As the store's administrator.
    @discardableResult
    func administrate(_ command: String...) throws -> String { try servers.run(0, command) }

    func send(_ request: Request, to member: Int) throws -> Response { try Wire(port: ports[member]).exchange(request) }

    /// One GET for each tenant at every member, all at once; the statuses that are not 200.
    func failures() -> [Int] {
        let lock = NSLock()
        nonisolated(unsafe) var failures: [Int] = []
        concurrently(2 * settings.members) { [self] index in
            let tenant = index % 2 == 0 ? "acme" : "globex"
            let status = (try? send(.get("executing", ["X-Zuora-Tenant": tenant]), to: index / 2).status) ?? 0
            if status != 200 { lock.withLock { failures.append(status) } }
        }
        return failures
    }

    /// What a member's `/readyz` says of the fleet.
    func readiness(_ member: Int = 0) throws -> (status: Int, store: String?, reason: String?) {
        let response = try Wire(port: adminPorts[member]).exchange(Request("GET", "/readyz"))
        let fleet = response.json["fleet"] as? [String: Any]
        return (response.status, fleet?["store"] as? String, fleet?["reason"] as? String)
    }

    func metrics(_ member: Int = 0) throws -> String {
        try Wire(port: adminPorts[member]).exchange(Request("GET", "/metrics")).text
    }

    /// Why a member has lost the store, as its metrics say.
    func losses(_ member: Int = 0) throws -> [String] {
        let lines = try metrics(member).split(separator: "\n").filter { $0.contains("fleet_store_losses_total{") }
        return lines.filter { !$0.hasSuffix(" 0") }.map(String.init)
    }

    /// Whether every member's store is in this state.
    func areAll(_ state: String) throws -> Bool {
        for member in 0..<settings.members where try readiness(member).store != state { return false }
        return true
    }

    private func checkSecrets() {
        let configured = ["sandbox-secret", "globex-secret", "asks-the-sentinel", settings.password]
        let secrets = configured + ((try? control.tokens()) ?? [])
        for (index, member) in members.enumerated() {
            expectNone(of: secrets, in: ["output of member \(index)": member.standardOutput + member.standardError])
        }
    }

    private func stop() {
        let all = members + servers.all + [sandbox]
        for process in all { process.signal(SIGKILL) }
        for process in all { process.waitForEnd() }
        for (index, member) in members.enumerated() { KeptOutput.keep("member-\(index).err", member.standardError) }
        try? FileManager.default.removeItem(at: directory)
    }
}
