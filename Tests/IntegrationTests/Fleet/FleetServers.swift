import Foundation
import TestSupport

/// The servers of a fleet's store, with the ACL of docs/fleet.md: one, a master and a replica that Sentinel watches, or a cluster.
final class FleetServers: @unchecked Sendable {
    // Unchecked: only the test's own thread changes it.

    enum Layout: Sendable { case alone, sentinel, cluster, replicatedCluster }

    enum Program: String, CaseIterable, Sendable {
        case redis, valkey

        /// Valkey is where ZUORA_GATEWAY_VALKEY says, in the system, or where Tests/Conformance/run.sh fleet puts it.
        var path: String? {
            let given = ProcessInfo.processInfo.environment["ZUORA_GATEWAY_VALKEY"].map { [$0] } ?? []
            let candidates = self == .redis ? ["/usr/bin/redis-server"] : given + ["/usr/bin/valkey-server"] + Self.packaged
            return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
        }

        private static var packaged: [String] {
            let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../.venv-conformance/lib")
            let files = FileManager.default.enumerator(at: root.standardizedFileURL, includingPropertiesForKeys: nil)
            return (files?.allObjects as? [URL] ?? []).filter { $0.lastPathComponent == "valkey-server" }.map(\.path)
        }
    }

    static let client = "/usr/bin/redis-cli"

    let layout: Layout
    private let program: URL
    private let directory: URL
    private let tree: CertificateTree?
    /// All of them reply on the loopback address.
    let ports: [Int]
    private let sentinelPort: Int
    /// Nothing listens there.
    private let deadPort: Int
    /// Connections to it get no reply.
    private let silent: (descriptor: Int32, port: UInt16)
    private(set) var processes: [ChildProcess] = []
    private(set) var sentinel: ChildProcess?

    /// The nodes of a cluster also listen on the port 10,000 above. All are below those that the kernel gives to others meanwhile.
    private static func portsForNodes(_ count: Int) throws -> [Int] {
        var ports: [Int] = []
        for port in (11_000..<22_000).shuffled() {
            if ports.count == count { return ports }
            let isFree = [port, port + 10_000].allSatisfy { port in
                guard let socket = LoopbackSocket.bind(port: UInt16(port), backlog: nil) else { return false }
                close(socket.descriptor)
                return true
            }
            if isFree { ports.append(port) }
        }
        throw ChildProcess.Failure(description: "no ports are free")
    }

    /// Servers on ports that were free; a few times, since somebody may take one of them before they do.
    static func start(_ layout: Layout, _ program: Program, tree: CertificateTree?, in directory: URL) throws -> FleetServers {
        for _ in 0..<3 {
            if let servers = try? FleetServers(layout, program, tree: tree, in: directory) { return servers }
        }
        return try FleetServers(layout, program, tree: tree, in: directory)
    }

    private init(_ layout: Layout, _ program: Program, tree: CertificateTree?, in directory: URL) throws {
        guard let path = program.path else { throw ChildProcess.Failure(description: "\(program) is not installed") }
        self.program = URL(filePath: path)
        self.layout = layout
        self.tree = tree
        self.directory = directory
        let count =
            switch layout {
            case .alone: 1
            case .sentinel: 2
            case .cluster: 3
            case .replicatedCluster: 6
            }
        ports = try Self.portsForNodes(count)
        let free = try LoopbackSocket.freePorts(2)
        (sentinelPort, deadPort) = (free[0], free[1])
        guard let silent = LoopbackSocket.bind(backlog: 100) else { throw ChildProcess.Failure(description: "no port is free") }
        self.silent = silent
        try Self.users.write(to: directory.appending(path: "users.acl"), atomically: true, encoding: .utf8)
        do {
            for index in 0..<count { try start(index) }
            for index in 0..<count { try waitForListener(ports[index], processes[index]) }
            switch layout {
            case .alone: break
            case .sentinel: try startSentinel()
            case .cluster, .replicatedCluster: try createCluster(replicas: layout == .cluster ? 0 : 1)
            }
        } catch {
            for process in all { process.signal(SIGKILL) }
            throw error
        }
    }

    deinit { close(silent.descriptor) }

    /// Those that have neither ended nor been stopped.
    private(set) lazy var running = Set(ports.indices)

    /// Ends or stops a server (SIGKILL, SIGSTOP), or continues it.
    func signal(_ index: Int, _ number: Int32) {
        processes[index].signal(number)
        if number == SIGCONT { running.insert(index) } else { running.remove(index) }
    }

    var all: [ChildProcess] { processes + [sentinel].compactMap(\.self) }

    /// A server with no data in the place of one that has ended.
    func start(_ index: Int) throws {
        let port = ports[index]
        var arguments = [
            "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory.path, "--aclfile",
            directory.appending(path: "users.acl").path, "--unixsocket", socket(index), "--masteruser", "admin", "--masterauth",
            "admin-password", "--repl-diskless-sync-delay", "0", "--enable-debug-command", "local",
        ]
        if let tree {
            arguments += [
                "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", tree.path("store.pem"), "--tls-key-file",
                tree.path("store.key"), "--tls-ca-cert-file", tree.path("ca.pem"), "--tls-auth-clients", "yes",
                "--tls-replication", "yes", "--tls-cluster", "yes",
            ]
        } else {
            arguments += ["--port", "\(port)"]
        }
        switch layout {
        case .alone: break
        case .sentinel: if index > 0 { arguments += ["--replicaof", "127.0.0.1", "\(ports[0])"] }
        case .cluster, .replicatedCluster:
            arguments += [
                "--cluster-enabled", "yes", "--cluster-config-file", directory.appending(path: "nodes-\(index).conf").path,
                "--cluster-node-timeout", "2000",
            ]
        }
        let process = try ChildProcess(program, arguments, name: "store-\(index)", in: directory)
        if index < processes.count { processes[index] = process } else { processes.append(process) }
    }

    func socket(_ index: Int) -> String { directory.appending(path: "store-\(index).sock").path }

    /// Where the store is, as lines of `[fleet]`.
    var lines: String {
        let scheme = tree == nil ? "redis" : "rediss"
        switch layout {
        case .alone: return "url = \"\(scheme)://\(tree == nil ? "127.0.0.1" : "localhost"):\(ports[0])\""
        case .sentinel:
            let password = tree == nil ? "\"asks-the-sentinel\"" : "{ file = \"\(directory.path)/sentinel-password\" }"
            let others = "\"\(scheme)://127.0.0.1:\(deadPort)\", \"\(scheme)://127.0.0.1:\(silent.port)\""
            return """
                sentinels = [\(others), "\(scheme)://localhost:\(sentinelPort)"]
                master = "shop"
                sentinel_username = "asker"
                sentinel_password = \(password)
                """
        case .cluster, .replicatedCluster:
            let nodes = [Int(silent.port), ports[1], ports[2]].map { "\"\(scheme)://127.0.0.1:\($0)\"" }
            return "cluster = [\(nodes.joined(separator: ", "))]"
        }
    }

    // MARK: Administration

    /// What docs/fleet.md gives a member.
    private static let users = """
        user default off
        user zg on >store-password ~zg1:* resetchannels -@all +ping +info +eval +evalsha +time +del +exists +pexpire +hget +hmget +hset \
        +hdel +zadd +zrem +zcard +zrank +zrange +zrangebyscore +zremrangebyscore +asking
        user admin on >admin-password ~* &* +@all

        """

    /// A server's reply to its administrator.
    @discardableResult
    func run(_ index: Int, _ command: [String]) throws -> String { try run(["-s", socket(index)] + command) }

    /// Sends a command, and waits for its reply for a second at most.
    func begin(_ index: Int, _ command: [String]) throws {
        _ = try TLSBench.run("/usr/bin/timeout", ["1", Self.client] + Self.administrator + ["-s", socket(index)] + command)
    }

    private static let administrator = ["--user", "admin", "--pass", "admin-password", "--no-auth-warning"]

    private func run(_ arguments: [String]) throws -> String {
        try TLSBench.run(Self.client, Self.administrator + arguments).text
    }

    private func run(port: Int, _ command: [String]) throws -> String {
        try run(["-h", "127.0.0.1", "-p", "\(port)"] + tls + command)
    }

    private var tls: [String] {
        tree.map {
            ["--tls", "--cacert", $0.path("ca.pem"), "--cert", $0.path("member.pem"), "--key", $0.path("member.key")]
        } ?? []
    }

    /// All keys of a server with what they hold.
    func dump(_ index: Int) throws -> String {
        try run(index, ["--scan"]).split(separator: "\n").map { line in
            let key = String(line)
            let type = try run(index, ["TYPE", key]).trimmingCharacters(in: .whitespacesAndNewlines)
            let command = type == "hash" ? ["HGETALL", key] : ["ZRANGE", key, "0", "-1", "WITHSCORES"]
            return try "\(type) \(key)\n" + run(index, command)
        }.joined()
    }

    /// Prints the commands that a server gets, those of scripts included.
    func monitor(_ index: Int) throws -> ChildProcess {
        try ChildProcess(
            URL(filePath: Self.client), Self.administrator + ["-s", socket(index), "MONITOR"], name: "monitor-\(index)",
            in: directory)
    }

    // MARK: Sentinel

    private func startSentinel() throws {
        guard try eventually(within: 30, { try run(1, ["INFO", "replication"]).contains("master_link_status:up") }) else {
            throw ChildProcess.Failure(description: "no replica: \(processes[1].standardOutput)")
        }
        let listener =
            tree.map {
                """
                port 0
                tls-port \(sentinelPort)
                tls-cert-file \($0.path("store.pem"))
                tls-key-file \($0.path("store.key"))
                tls-ca-cert-file \($0.path("ca.pem"))
                tls-replication yes
                """
            } ?? "port \(sentinelPort)"
        let text = """
            bind 127.0.0.1
            \(listener)
            dir \(directory.path)
            user default off
            user asker on >asks-the-sentinel -@all +sentinel|get-master-addr-by-name
            user admin on >admin-password ~* &* +@all
            sentinel monitor shop 127.0.0.1 \(ports[0]) 1
            sentinel auth-user shop admin
            sentinel auth-pass shop admin-password
            sentinel down-after-milliseconds shop 500
            sentinel failover-timeout shop 3000

            """
        let file = directory.appending(path: "sentinel.conf")
        try text.write(to: file, atomically: true, encoding: .utf8)
        try "asks-the-sentinel\n".write(to: directory.appending(path: "sentinel-password"), atomically: true, encoding: .utf8)
        let process = try ChildProcess(program, [file.path, "--sentinel"], name: "sentinel", in: directory)
        sentinel = process
        try waitForListener(sentinelPort, process)
        // It finds the replica in the master's INFO.
        guard try eventually(within: 30, { try askSentinel("REPLICAS", "shop").contains("master-link-status\nok") }) else {
            throw ChildProcess.Failure(description: "no replica: \(process.standardOutput)")
        }
    }

    @discardableResult
    func askSentinel(_ command: String...) throws -> String { try run(port: sentinelPort, ["SENTINEL"] + command) }

    /// The place of the server that the sentinel names.
    func master() throws -> Int? {
        let lines = try askSentinel("GET-MASTER-ADDR-BY-NAME", "shop").split(separator: "\n")
        return lines.last.flatMap { Int($0) }.flatMap { ports.firstIndex(of: $0) }
    }

    // MARK: Cluster

    private func createCluster(replicas: Int) throws {
        let nodes = ports.map { "127.0.0.1:\($0)" }
        let arguments = tls + ["--cluster", "create"] + nodes + ["--cluster-replicas", "\(replicas)", "--cluster-yes"]
        let output = try run(arguments)
        let areReady = try eventually(within: 60) {
            try ports.indices.allSatisfy { index in
                try run(index, ["CLUSTER", "INFO"]).contains("cluster_state:ok")
                    && !run(index, ["INFO", "replication"]).contains("link_status:down")
            }
        }
        guard areReady else { throw ChildProcess.Failure(description: "no cluster: \(output)") }
    }

    /// The place of the master that holds a key.
    func owner(of key: String) throws -> Int? {
        try running.first { try isMaster($0) && run($0, ["--scan"]).contains(key) }
    }

    func isMaster(_ index: Int) throws -> Bool { try run(index, ["INFO", "replication"]).contains("role:master") }

    /// The id of a node.
    func identity(_ index: Int) throws -> String {
        try run(index, ["CLUSTER", "MYID"]).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
