import Foundation
import TestSupport
import Testing

/// A stand-in Zuora and a gateway before it: the real binary, twice, on free ports of 127.0.0.1.
final class Scene: @unchecked Sendable {
    // Unchecked: `lock` guards what changes.

    let directory: URL
    let sandbox: ChildProcess
    let gateway: ChildProcess
    let sandboxPort: Int
    let port: Int
    private let adminPort: Int?
    private let lock = NSLock()
    private var seen: [UInt8] = []
    private var tokens: Set<String> = []

    /// Starts both, runs `body` off the cooperative pool, ends both, and looks whether a secret has got out.
    static func run(_ settings: SceneSettings = SceneSettings(), _ body: @escaping @Sendable (Scene) throws -> Void) async throws
    {
        try await offPool {
            let scene = try Scene(settings)
            defer { scene.stop() }
            try body(scene)
            try scene.checkSecrets()
        }
    }

    private init(_ settings: SceneSettings) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "zuora-gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        sandboxPort = try LoopbackSocket.freePort()
        adminPort = settings.admin
        port = try settings.ports.first ?? LoopbackSocket.freePort()
        sandbox = try ChildProcess(
            ChildProcess.sandbox, ["--listen", "127.0.0.1:\(sandboxPort)"], name: "sandbox", in: directory)
        let file = directory.appending(path: "proxy.conf")
        try settings.prepare(directory)
        try settings.text(port: port, sandboxPort: sandboxPort, directory: directory)
            .write(to: file, atomically: true, encoding: .utf8)
        do {
            try waitForListener(sandboxPort, sandbox)
            if let setUp = settings.setUp { try setUp(SandboxControl(port: sandboxPort)) }
        } catch {
            sandbox.signal(SIGKILL)
            throw error
        }
        do {
            gateway = try ChildProcess(
                ChildProcess.gateway, ["run", "--config", file.path], name: "gateway", in: directory,
                environment: settings.environment)
            try waitForListener(port, gateway)
        } catch {
            sandbox.signal(SIGKILL)
            throw error
        }
    }

    var configuration: URL { directory.appending(path: "proxy.conf") }

    /// The stand-in's control calls.
    var control: SandboxControl { SandboxControl(port: sandboxPort) }

    /// Asks the admin listener.
    func admin(_ path: String, method: String = "GET") throws -> Response {
        guard let adminPort else { throw Wire.Failure.connect(0) }
        let response = try Wire(port: adminPort).exchange(Request(method, path))
        note(response.raw)
        return response
    }

    /// Runs one of the gateway's commands that ask the admin listener.
    /// - Returns: its exit code; -1 if a signal ended it.
    func command(_ name: String, _ arguments: [String] = []) throws -> Int32 {
        let child = try ChildProcess(
            ChildProcess.gateway, [name, "--admin", "127.0.0.1:\(adminPort ?? 0)"] + arguments, name: name, in: directory)
        guard case .exited(let code) = child.waitForEnd() else { return -1 }
        return code
    }

    /// Writes the configuration again with `text` in the place of `old`, and has the gateway read it.
    func reload(_ old: String, _ text: String) throws {
        let configuration = try String(contentsOf: self.configuration, encoding: .utf8)
        guard configuration.contains(old) else { throw ChildProcess.Failure(description: "no \(old) in the configuration") }
        try configuration.replacingOccurrences(of: old, with: text)
            .write(to: self.configuration, atomically: true, encoding: .utf8)
        gateway.signal(SIGHUP)
    }

    func connect(limit: Int = 30) throws -> Wire { try Wire(port: port, limit: limit) }

    /// One request through the gateway, on a connection of its own.
    func send(_ request: Request) throws -> Response {
        let response = try connect().exchange(request)
        note(response.raw)
        return response
    }

    /// Keeps bytes that came from the gateway, to be searched for secrets.
    func note(_ bytes: [UInt8]) { lock.withLock { seen += bytes } }

    /// Remembers the tokens that are live now; to be called before they are made to end.
    func noteTokens() throws {
        let live = try control.tokens()
        lock.withLock { tokens.formUnion(live) }
    }

    /// Remembers one more secret that must not get out.
    func noteSecret(_ secret: String) {
        lock.withLock { _ = tokens.insert(secret) }
    }

    /// Nothing that the gateway has said to anybody holds a secret or a token.
    func checkSecrets() throws {
        var secrets = ["sandbox-secret", "globex-secret", "readonly-secret"]
        if sandbox.isRunning { try noteTokens() }
        secrets += lock.withLock { tokens }
        let said = [
            "answers": lock.withLock { String(decoding: seen, as: UTF8.self) }, "stdout": gateway.standardOutput,
            "stderr": gateway.standardError,
        ]
        expectNone(of: secrets, in: said)
    }

    func stop() {
        gateway.signal(SIGKILL)
        sandbox.signal(SIGKILL)
        gateway.waitForEnd()
        sandbox.waitForEnd()
        // Not the stand-in's: it tells its secrets to whoever starts it.
        KeptOutput.keep("gateway.out", gateway.standardOutput)
        KeptOutput.keep("gateway.err", gateway.standardError)
        KeptOutput.keep("answers", lock.withLock { String(decoding: seen, as: UTF8.self) })
        try? FileManager.default.removeItem(at: directory)
    }
}

/// Expects that no secret is in what came from the programs.
/// - Parameter said: the texts by where they were.
func expectNone(of secrets: [String], in said: [String: String]) {
    for (place, text) in said {
        for secret in secrets where !secret.isEmpty {
            #expect(!text.contains(secret), "a secret or token is in the \(place)")
        }
    }
}

/// Blocking work on a thread of its own, so that the tests' own threads stay free.
func offPool<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
}

/// Runs `body` on `count` threads at once, and waits for all of them.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        Thread {
            body(index)
            group.leave()
        }.start()
    }
    group.wait()
}

/// Waits until somebody listens; throws what the process wrote if it ended instead.
func waitForListener(_ port: Int, _ process: ChildProcess) throws {
    let listens = process.wait {
        guard let wire = try? Wire(port: port) else { return false }
        wire.close()
        return true
    }
    // Somebody else may listen there, so that the process could not.
    if listens, process.isRunning { return }
    throw ChildProcess.Failure(description: "nobody listens: \(process.standardOutput)\(process.standardError)")
}

/// Asks until `condition` holds: for what another process knows and tells only when it is asked. What it writes, or answers, is
/// waited for by `ChildProcess.wait` and by reading.
/// - Returns: whether it came to hold in time.
func eventually(within limit: TimeInterval = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Date(timeIntervalSinceNow: limit)
    while Date() < deadline {
        if try condition() { return true }
        // Each question waits for its response. In between, whoever is to bring the condition about goes first.
        sched_yield()
    }
    return try condition()
}
