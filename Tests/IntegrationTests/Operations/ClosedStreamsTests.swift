import Foundation
import TestSupport
import Testing

/// Programs that are started without some of the standard streams.
@Suite(.timeLimit(.minutes(1))) struct ClosedStreamsTests {
    /// What descriptors 0 to 2 of a program are that was started without them, once it listens on `socket`.
    private func streams(
        of program: URL, _ arguments: [String], until socket: String, in folder: ScratchFolder
    ) throws -> [String] {
        let script = #"exec "$0" "$@" <&- >&- 2>&-"#
        let child = try ChildProcess(
            URL(filePath: "/bin/sh"), ["-c", script, program.path] + arguments, name: "child", in: URL(filePath: folder.path))
        defer {
            child.signal(SIGKILL)
            child.waitForEnd()
        }
        #expect(child.wait { FileManager.default.fileExists(atPath: socket) })
        return try (0...2).map { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child.pid)/fd/\($0)") }
    }

    @Test func `the gateway has the null device in their place, so that its log goes nowhere else`() throws {
        let folder = try ScratchFolder()
        let socket = "\(folder.path)/gateway.sock"
        let file = try folder.write(
            "proxy.conf",
            """
            [gateway]
            listen = ["unix:\(socket)"]
            admin = "off"
            [tenants.acme]
            upstream = "http://127.0.0.1:9"
            token = "token"
            routes = ["aqua.cancel"]
            """)
        let streams = try streams(of: ChildProcess.gateway, ["run", "--config", file], until: socket, in: folder)
        #expect(streams == Array(repeating: "/dev/null", count: 3))
    }

    @Test func `so has the sandbox`() throws {
        let folder = try ScratchFolder()
        let socket = "\(folder.path)/sandbox.sock"
        let streams = try streams(of: ChildProcess.sandbox, ["--listen", "unix:\(socket)"], until: socket, in: folder)
        #expect(streams == Array(repeating: "/dev/null", count: 3))
    }
}
