import Foundation
import TestSupport

/// A process that a test starts, with its output kept in files, and ends by its process id.
final class ChildProcess: @unchecked Sendable {
    // Unchecked: `ended` is the only mutable state, and `condition` guards it.

    let pid: pid_t
    private let directory: URL
    private let name: String
    private let condition = NSCondition()
    private var ended: Ending?
    private let events: DirectoryEvents
    /// Readable once the process has ended.
    private let endPipe = Pipe()

    enum Ending: Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter directory: where its output goes: `<name>.out` and `<name>.err`.
    init(_ executable: URL, _ arguments: [String], name: String, in directory: URL, environment: [String: String] = [:]) throws {
        self.directory = directory
        self.name = name
        events = try DirectoryEvents(directory.path)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, directory.appending(path: "\(name).out").path, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, directory.appending(path: "\(name).err").path, flags, 0o600)
        var variables = ProcessInfo.processInfo.environment
        variables["SWIFT_BACKTRACE"] = "enable=no"
        variables.merge(environment) { $1 }
        var argv = ([executable.path] + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, executable.path, &actions, nil, &argv, &envp)
        guard code == 0 else { throw Failure(description: "cannot start \(executable.path): \(String(cString: strerror(code)))") }
        self.pid = pid
        Thread.detachNewThread { [self] in noteEnd() }
    }

    /// Waits for the end, and takes note of it.
    private func noteEnd() {
        var information = siginfo_t()
        // Left a zombie until the lock is held, so that no signal can meet another process with the same id.
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        condition.withLock {
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            let signal = status & 0x7F
            ended = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
            condition.broadcast()
        }
        try? endPipe.fileHandleForWriting.close()
    }

    /// The program under test: the one that is built beside the tests, unless ZUORA_GATEWAY names another.
    static var gateway: URL {
        if let path = ProcessInfo.processInfo.environment["ZUORA_GATEWAY"] { return URL(filePath: path) }
        return URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(
            path: "zuora-gateway")
    }

    /// The sandbox's program, beside the gateway's.
    static var sandbox: URL { gateway.deletingLastPathComponent().appending(path: "zuora-sandbox") }

    var isRunning: Bool { condition.withLock { ended == nil } }

    /// Sends a signal; to a process that has ended already, nothing.
    func signal(_ number: Int32) {
        condition.withLock { if ended == nil { kill(pid, number) } }
    }

    /// Waits for its end; kills it when that does not come.
    @discardableResult
    func waitForEnd(within limit: TimeInterval = 20) -> Ending {
        let deadline = Date(timeIntervalSinceNow: limit)
        return condition.withLock {
            while true {
                if let ended { return ended }
                if condition.wait(until: deadline) || ended != nil { continue }
                kill(pid, SIGKILL)
                while ended == nil { condition.wait() }
            }
        }
    }

    /// Waits until `condition` holds; looks at it again whenever the process has written something.
    /// - Returns: false when the process ended, or `limit` seconds passed, without.
    func wait(within limit: TimeInterval = 20, until condition: () throws -> Bool) rethrows -> Bool {
        try events.wait(within: limit, orUntil: endPipe.fileHandleForReading.fileDescriptor, condition)
    }

    var standardOutput: String { text(of: "out") }
    var standardError: String { text(of: "err") }

    private func text(of stream: String) -> String {
        let data = try? Data(contentsOf: directory.appending(path: "\(name).\(stream)"))
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    // MARK: What the kernel knows of it

    /// Open descriptors.
    var descriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0 }

    /// Resident memory in KiB.
    var residentKiB: Int {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return 0 }
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } } ?? 0
    }
}
