import Foundation
import TestSupport
import Testing

/// Gateways that share a store: the real programs, a real redis-server with the ACL of docs/fleet.md, and a stand-in Zuora.
final class FleetScene: @unchecked Sendable {
    // Unchecked: `lock` guards what changes.

    static let server = "/usr/bin/redis-server"
    static let client = "/usr/bin/redis-cli"
    static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: server) }

    enum Way: String, CaseIterable, Sendable { case tcp, tls, unix }

    struct Settings: Sendable {
        var members = 4
        var way = Way.tcp
        var password = "store-password"
        /// Lines of `[fleet]`.
        var fleet = ""
    }

    static let acme = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"

    let directory: URL
    let sandbox: ChildProcess
    private(set) var store: ChildProcess
    let sandboxPort: Int
    let storePort: Int
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
        let free = try TLSBench.freePorts(2 + 2 * settings.members)
        (sandboxPort, storePort) = (free[0], free[1])
        ports = Array(free[2..<2 + settings.members])
        adminPorts = Array(free[(2 + settings.members)...])
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
        store = try Self.startStore(settings, storePort, certificates, directory)
        do {
            try waitForListener(sandboxPort, sandbox)
            try waitForStore()
        } catch {
            sandbox.signal(SIGKILL)
            store.signal(SIGKILL)
            throw error
        }
    }

    /// What docs/fleet.md gives a member.
    private static let rights = """
        ~zg1:* resetchannels -@all +ping +info +eval +evalsha +time +del +exists +pexpire +hget +hmget +hset +hdel +zadd +zrem \
        +zcard +zrank +zrange +zrangebyscore +zremrangebyscore
        """

    private static func startStore(
        _ settings: Settings, _ port: Int, _ tree: CertificateTree?, _ directory: URL
    ) throws -> ChildProcess {
        let users = """
            user default off
            user zg on >store-password \(rights)
            user admin on >admin-password ~* &* +@all

            """
        try users.write(to: directory.appending(path: "users.acl"), atomically: true, encoding: .utf8)
        var arguments = [
            "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory.path, "--aclfile",
            directory.appending(path: "users.acl").path, "--unixsocket", directory.appending(path: "store.sock").path,
        ]
        if let tree {
            arguments += [
                "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", tree.path("store.pem"), "--tls-key-file",
                tree.path("store.key"), "--tls-ca-cert-file", tree.path("ca.pem"), "--tls-auth-clients", "yes",
            ]
        } else {
            arguments += ["--port", "\(port)"]
        }
        return try ChildProcess(URL(filePath: server), arguments, name: "store", in: directory)
    }

    private func waitForStore() throws { try waitForListener(storePort, store) }

    private var url: String {
        switch settings.way {
        case .tcp: "redis://127.0.0.1:\(storePort)"
        case .tls: "rediss://localhost:\(storePort)"
        case .unix: "unix:\(directory.appending(path: "store.sock").path)"
        }
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
            url = "\(url)"
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
            [tenants.globex]
            upstream = "http://127.0.0.1:\(sandboxPort)"
            client_id = "3c59dc04-8e88-4024-a079-9b8d2f9e4d11"
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
        store = try Self.startStore(settings, storePort, certificates, directory)
        try waitForStore()
    }

    var control: SandboxControl { SandboxControl(port: sandboxPort) }

    /// As the store's administrator.
    @discardableResult
    func administrate(_ command: String...) throws -> String {
        let socket = directory.appending(path: "store.sock").path
        let output = try TLSBench.run(
            Self.client, ["-s", socket, "--user", "admin", "--pass", "admin-password", "--no-auth-warning"] + command)
        return output.text
    }

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

    /// Whether every member's store is in this state.
    func areAll(_ state: String) throws -> Bool {
        for member in 0..<settings.members where try readiness(member).store != state { return false }
        return true
    }

    private func checkSecrets() {
        let secrets = ["sandbox-secret", "globex-secret", settings.password] + ((try? control.tokens()) ?? [])
        for (index, member) in members.enumerated() {
            expectNone(of: secrets, in: ["output of member \(index)": member.standardOutput + member.standardError])
        }
    }

    private func stop() {
        let all = members + [store, sandbox]
        for process in all { process.signal(SIGKILL) }
        for process in all { process.waitForEnd() }
        for (index, member) in members.enumerated() { KeptOutput.keep("member-\(index).err", member.standardError) }
        try? FileManager.default.removeItem(at: directory)
    }
}
