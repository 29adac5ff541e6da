import Foundation
import Glibc

/// A program that was started by a test.
struct Command: Sendable {
    private let pid: pid_t

    /// - Parameters:
    ///   - arguments: the program, looked for in PATH and the administrator's directories, and its arguments.
    ///   - directory: where it runs.
    init(_ arguments: [String], in directory: String) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        for descriptor: Int32 in 0...2 { posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        // Threads of a test may have blocked the signal that ends the program.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let path = "PATH=" + (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
        var words = (["env", "-C", directory, path] + arguments).map { strdup($0) } + [nil]
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, &words, environ)
        for word in words { free(word) }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        precondition(code == 0, "cannot start \(arguments)")
        self.pid = pid
    }

    /// Waits for its end.
    /// - Returns: whether it succeeded.
    func succeeds() -> Bool {
        var status: Int32 = 0
        return waitpid(pid, &status, 0) == pid && status == 0
    }

    var isRunning: Bool { waitpid(pid, nil, WNOHANG) == 0 }

    func stop() {
        kill(pid, SIGTERM)
        waitpid(pid, nil, 0)
    }
}
