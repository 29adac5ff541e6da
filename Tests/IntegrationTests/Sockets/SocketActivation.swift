import Foundation
import TestSupport
import Testing

/// Starts a program with listening sockets, as systemd does (sd_listen_fds(3)).
final class SocketActivation: Sendable {
    private let pid: pid_t

    /// - Parameters:
    ///   - sockets: paths of Unix sockets; the first becomes descriptor 3.
    ///   - names: LISTEN_FDNAMES.
    init(sockets: [String], names: String, _ command: [String]) throws {
        let descriptors = try sockets.map(Self.listen)
        defer { for descriptor in descriptors { close(descriptor) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (index, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, 3 + Int32(index))
        }
        // The shell knows its own process id, and keeps it when it becomes the program.
        let script = "export LISTEN_PID=$$ LISTEN_FDS=\(sockets.count) LISTEN_FDNAMES=\(names); exec \"$@\""
        var arguments: [UnsafeMutablePointer<CChar>?] = (["/bin/sh", "-c", script, "sh"] + command).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { for text in arguments + environment { free(text) } }
        var pid: pid_t = 0
        try #require(posix_spawn(&pid, "/bin/sh", &actions, nil, &arguments, &environment) == 0)
        self.pid = pid
    }

    func signal(_ number: Int32) { kill(pid, number) }

    func waitForExit() {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// Far from the numbers that the program gets, so that none is overwritten before it is copied.
    private static func listen(_ path: String) throws -> Int32 {
        let first = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(first) }
        let descriptor = fcntl(first, F_DUPFD_CLOEXEC, 100)
        let result = UnixSocket.withAddress(path) { bind(descriptor, $0, $1) }
        try #require(result == 0 && Glibc.listen(descriptor, 16) == 0)
        return descriptor
    }
}
