import Foundation

/// Stops threads of another process, as a loop that is stuck would be, while the rest of it runs. To be used on one thread: the kernel
/// lets only the one that stopped a thread continue it.
struct StoppedThreads {
    private typealias Trace = @convention(c) (Int, pid_t, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Int

    private static let attach = 16
    private static let detach = 17
    private static let allThreads: Int32 = 0x4000_0000

    private let ids: [pid_t]

    /// Whether this process may do that to one that keeps others from reading its memory (CAP_SYS_PTRACE).
    static let isPossible: Bool = {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let capabilities = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
        return capabilities & 1 << 19 != 0
    }()

    /// Stops the threads of `process` whose name begins with `name`.
    init(of process: ChildProcess, named name: String) throws {
        let tasks = "/proc/\(process.pid)/task"
        ids = try FileManager.default.contentsOfDirectory(atPath: tasks).filter {
            try String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8).hasPrefix(name)
        }.compactMap { pid_t($0) }
        guard !ids.isEmpty else { throw ChildProcess.Failure(description: "no thread is named \(name)") }
        for id in ids {
            try Self.trace(Self.attach, id)
            var status: Int32 = 0
            while waitpid(id, &status, Self.allThreads) < 0, errno == EINTR {}
        }
    }

    func letGo() throws { for id in ids { try Self.trace(Self.detach, id) } }

    /// Whether all have ended, with their process. It has not for others before they have been asked here.
    var haveEnded: Bool {
        ids.allSatisfy { id in
            var status: Int32 = 0
            let found = waitpid(id, &status, Self.allThreads | WNOHANG)
            // Neither stopped nor going on.
            return found < 0 ? errno == ECHILD : found == id && status & 0xFF != 0x7F && status != 0xFFFF
        }
    }

    private static func trace(_ request: Int, _ id: pid_t) throws {
        // The C library's function has a variable number of arguments, which Swift does not import.
        let ptrace = dlsym(nil, "ptrace").map { unsafeBitCast($0, to: Trace.self) }
        guard let ptrace, ptrace(request, id, nil, nil) == 0 else {
            throw ChildProcess.Failure(description: "ptrace: \(String(cString: strerror(errno)))")
        }
    }
}
