import Foundation
import TestSupport
import Testing
import ZuoraSandbox

/// The addresses of `listen` that are not TCP, at the binary.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct UnixSocketTests {
    /// A gateway that listens as `listen` says, in a folder of its own.
    private func with(
        _ listen: (CertificateTree) -> String, more: String = "", _ body: (TLSBench.Gateway, CertificateTree) throws -> Void
    ) async throws {
        let sandbox = try await SandboxServer.start()
        let tree = try CertificateTree(forGateway: ())
        let tenant = TLSBench.tenant("acme", upstream: "http://\(sandbox.address)")
        try body(TLSBench.Gateway(tree, TLSBench.head(listen(tree)) + more + tenant), tree)
        await sandbox.stop()
    }

    private func cancel(_ job: String, _ address: [String]) throws -> TLSBench.Response {
        try TLSBench.call(
            address + ["-X", "DELETE", "-H", "X-Zuora-Tenant: acme", "http://gateway/v1/batch-query/jobs/\(job)"])
    }

    @Test func `a socket has the mode, owner and group that it is given`() async throws {
        // Another user's only if we may give files away.
        let owner = getuid() == 0 ? 65534 : getuid()
        let group = getuid() == 0 ? 65534 : getgid()
        try await with {
            "{ address = \"unix:\($0.path("gateway.sock"))\", mode = \"0620\", owner = \(owner), group = \(group) }"
        } _: { _, tree in
            var status = stat()
            #expect(stat(tree.path("gateway.sock"), &status) == 0)
            #expect(status.st_mode & S_IFMT == S_IFSOCK)
            #expect(status.st_mode & 0o777 == 0o620)
            #expect(status.st_uid == owner)
            #expect(status.st_gid == group)
            let response = try cancel("executing.1", ["--unix-socket", tree.path("gateway.sock")])
            #expect(response.status == 200)
        }
    }

    @Test func `a socket that a killed gateway left is replaced, and one in use is not`() async throws {
        try await with {
            "\"unix:\($0.path("gateway.sock"))\""
        } _: { gateway, tree in
            let address = ["--unix-socket", tree.path("gateway.sock")]
            let second = try TLSBench.run(TLSBench.gateway, ["run", "--config", gateway.file])
            #expect(second.status == 1)
            #expect(second.errors.contains("unix:\(tree.path("gateway.sock"))") && second.errors.contains("in use"))
            #expect(try cancel("executing.1", address).status == 200, "the first one is none the worse for it")

            gateway.process.signal(SIGKILL)
            _ = gateway.process.waitForExit()
            #expect(FileManager.default.fileExists(atPath: tree.path("gateway.sock")))
            let third = try TLSBench.Server(TLSBench.gateway, ["run", "--config", gateway.file], folder: tree.folder)
            #expect(third.errors.wait(for: #""message":"serving""#))
            let response = try cancel("executing.2", address)
            #expect(response.status == 200)

            third.signal(SIGTERM)
            _ = third.waitForExit()
            #expect(third.errors.all().contains("drained"))
            #expect(!FileManager.default.fileExists(atPath: tree.path("gateway.sock")), "a drain leaves nothing behind")
        }
    }

    @Test func `a file that is no socket is not replaced`() throws {
        let tree = try CertificateTree(forGateway: ())
        let precious = try tree.write("precious", "data")
        let text = TLSBench.head("\"unix:\(precious)\"") + TLSBench.tenant("acme", upstream: "http://127.0.0.1:9", static: true)
        let file = try tree.write("gateway.conf", text)
        let run = try TLSBench.run(TLSBench.gateway, ["run", "--config", file])
        #expect(run.status == 1)
        #expect(try String(contentsOfFile: precious, encoding: .utf8) == "data")
    }

    @Test func `an abstract socket needs no file`() async throws {
        let name = "zuora-gateway-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try await with { _ in
            "\"unix:@\(name)\""
        } _: { _, _ in
            let response = try cancel("executing.1", ["--abstract-unix-socket", name])
            #expect(response.status == 200)
        }
    }

    @Test func `a caller is known by the user that its process runs as`() async throws {
        let callers = "[callers.me]\npeer_uid = [\(getuid())]\n[callers.other]\npeer_uid = [\(getuid() + 1)]\n"
        try await with({ "\"unix:\($0.path("gateway.sock"))\"" }, more: callers) { gateway, tree in
            let response = try cancel("executing.1", ["--unix-socket", tree.path("gateway.sock")])
            #expect(response.status == 200)
            #expect(gateway.accessLog.wait(for: #""caller":"me""#))
        }
    }

    /// Passes listening sockets as systemd does: from descriptor 3 on, with the process's own id in LISTEN_PID.
    @Test(arguments: ["fd:callers", "fd:4"])
    func `sockets that systemd holds are served, by name and by number`(address: String) async throws {
        let sandbox = try await SandboxServer.start()
        let tree = try CertificateTree(forGateway: ())
        let text = TLSBench.head("\"\(address)\"") + TLSBench.tenant("acme", upstream: "http://\(sandbox.address)")
        let file = try tree.write("gateway.conf", text)
        let launcher = try SocketActivation(
            sockets: [tree.path("other.sock"), tree.path("callers.sock")], names: "other:callers",
            [TLSBench.gateway, "run", "--config", file])
        // A caller that comes before the gateway waits.
        let response = try cancel("executing.1", ["--unix-socket", tree.path("callers.sock")])
        #expect(response.status == 200)
        launcher.signal(SIGTERM)
        launcher.waitForExit()
        #expect(FileManager.default.fileExists(atPath: tree.path("callers.sock")), "it is systemd's to remove")
        await sandbox.stop()
    }

    @Test func `a socket that systemd holds and no listener uses is reported and closed`() async throws {
        let sandbox = try await SandboxServer.start()
        let tree = try CertificateTree(forGateway: ())
        let text = TLSBench.head("\"fd:callers\"") + TLSBench.tenant("acme", upstream: "http://\(sandbox.address)")
        let file = try tree.write("gateway.conf", text)
        let launcher = try SocketActivation(
            sockets: [tree.path("other.sock"), tree.path("callers.sock")], names: "other:callers",
            ["/bin/sh", "-c", #"exec "$0" run --config "$1" 2>"$2""#, TLSBench.gateway, file, tree.path("errors")])
        #expect(try cancel("executing.1", ["--unix-socket", tree.path("callers.sock")]).status == 200)
        // Nothing else holds it here. A caller of systemd's own descriptor would wait.
        let other = ["--unix-socket", tree.path("other.sock"), "http://gateway/"]
        let run = try TLSBench.run("/usr/bin/curl", ["-sS", "-m", "20"] + other)
        #expect(run.status == 7, "\(run.errors)")
        launcher.signal(SIGTERM)
        launcher.waitForExit()
        let unused = try String(contentsOfFile: tree.path("errors"), encoding: .utf8).split(separator: "\n")
            .filter { $0.contains("systemd passed a socket that no listener uses") }
        #expect(unused.count == 1 && unused.first?.contains(#""name":"other""#) == true, "\(unused)")
        await sandbox.stop()
    }

    @Test func `a number for which nothing was handed over is refused, whatever of its own the process has there`() throws {
        let tree = try CertificateTree(forGateway: ())
        for number in 3...9 {
            let text = TLSBench.head("\"fd:\(number)\"") + TLSBench.tenant("acme", upstream: "http://127.0.0.1:9", static: true)
            let run = try TLSBench.run(TLSBench.gateway, ["run", "--config", try tree.write("gateway.conf", text)])
            #expect(run.status == 1)
            #expect(run.errors.contains("fd:\(number)"), "\(run.errors)")
        }
    }

    @Test func `a name that systemd did not hand over is refused at the start`() throws {
        let tree = try CertificateTree(forGateway: ())
        let text = TLSBench.head("\"fd:callers\"") + TLSBench.tenant("acme", upstream: "http://127.0.0.1:9", static: true)
        let file = try tree.write("gateway.conf", text)
        let run = try TLSBench.run(TLSBench.gateway, ["run", "--config", file])
        #expect(run.status == 1)
        #expect(run.errors.contains("fd:callers: systemd passed no socket named callers"), "\(run.errors)")
    }
}
