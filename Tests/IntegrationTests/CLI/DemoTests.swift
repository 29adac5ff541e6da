import Foundation
import TestSupport
import Testing

@Suite struct DemoTests {
    @Test func `the demo cancels a job over verified TLS, says so, and leaves nothing behind`() async throws {
        let folder = try ScratchFolder()
        let run = try await CommandRun.run("demo", program: CommandRun.sandbox, environment: ["TMPDIR": folder.path])
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(run.output.contains("The sandbox, an emulation of Zuora, listens on https://127.0.0.1:"))
        #expect(run.output.contains("verified TLS\n  TLSv1.3, "))
        #expect(run.output.contains("the system's authorities instead: rejected, unknown CA"))
        #expect(run.output.contains("< Gateway-Outcome: cancelled"))
        #expect(run.output.contains(">> Authorization: Bearer <redacted>"))
        #expect(run.output.contains("OK  outcome cancelled, track id nightly-77, job is now cancelled"))
        #expect(!run.output.contains("sandbox-secret"))
        #expect(run.errors == "")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `one that serves does what its lines say, and ends by a signal`() throws {
        let folder = try ScratchFolder()
        let demo = try TLSBench.Server(TLSBench.sandbox, ["demo", "--serve"], environment: ["TMPDIR": folder.path])
        #expect(demo.output.wait(for: "/_sandbox/book"))
        let lines = demo.output.soFar.split(separator: "\n").filter { $0.contains("  curl ") }
        #expect(lines.count == 6)
        for (line, words) in zip(
            lines, ["Gateway-Outcome: cancelled", "already-finished", "unknown-job", "cancelled", "400", "\"calls\""])
        {
            let output = try TLSBench.run("/bin/sh", ["-c", String(line)])
            #expect(output.text.contains(words), "\(line): \(output.text)")
        }
        let gateway = try #require(children(of: demo.id).first)
        demo.signal(SIGTERM)
        #expect(demo.waitForExit() == 0)
        #expect(kill(gateway, 0) != 0, "the gateway is still running")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `a demo that is killed leaves no gateway behind`() throws {
        let folder = try ScratchFolder()
        let demo = try TLSBench.Server(TLSBench.sandbox, ["demo", "--serve"], environment: ["TMPDIR": folder.path])
        #expect(demo.output.wait(for: "/_sandbox/book"))
        let gateway = try #require(children(of: demo.id).first)
        demo.signal(SIGKILL)
        _ = demo.waitForExit()
        #expect(eventually { Self.hasEnded(gateway) })
    }

    @Test func `without the gateway's program it says where it looked`() async throws {
        let folder = try ScratchFolder()
        let alone = "\(folder.path)/zuora-sandbox"
        try FileManager.default.copyItem(atPath: CommandRun.sandbox, toPath: alone)
        for (program, arguments, path) in [
            (alone, ["demo"], "\(folder.path)/zuora-gateway"),
            (CommandRun.sandbox, ["demo", "--gateway", "/nonexistent/gw"], "/nonexistent/gw"),
        ] {
            let run = try await CommandRun.run(arguments, program: program)
            #expect(run.status == 64)
            #expect(
                run.errors.hasPrefix("Error: \(path): No such file or directory. The demo needs zuora-gateway"), "\(run.errors)")
            #expect(run.output == "")
        }
    }

    @Test func `a gateway that does not start ends it with what the gateway says`() async throws {
        let folder = try ScratchFolder()
        let broken = try folder.write("gateway", "#!/bin/sh\necho cannot start >&2\nexit 1\n")
        chmod(broken, 0o755)
        let run = try await CommandRun.run(
            "demo", "--gateway", broken, program: CommandRun.sandbox, environment: ["TMPDIR": folder.path])
        #expect(run.status == 1)
        #expect(run.errors.contains("cannot start"), "\(run.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["gateway"])
    }

    private func children(of parent: Int32) -> [Int32] {
        let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    /// Whether it has, also if its new parent has not asked for its status yet.
    private static func hasEnded(_ process: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
        return text.contains(") Z ")
    }

    @Test func `where nothing can be written it says so`() async throws {
        let run = try await CommandRun.run("demo", program: CommandRun.sandbox, environment: ["TMPDIR": "/nonexistent"])
        #expect(run.status == 1)
        #expect(run.errors.contains("/nonexistent"))
    }
}
