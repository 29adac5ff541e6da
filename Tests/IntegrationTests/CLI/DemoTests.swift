import Foundation
import Testing

@Suite struct DemoTests {
    @Test func `the demo cancels a job over verified TLS, says so, and leaves nothing behind`() async throws {
        let folder = try ScratchFolder()
        let run = try await CommandRun.run(["demo"], environment: ["TMPDIR": folder.path])
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(run.output.contains("A stand-in Zuora listens on https://127.0.0.1:"))
        #expect(run.output.contains("verified TLS\n  TLSv1.3, "))
        #expect(run.output.contains("in its place: refused, unknown CA"))
        #expect(run.output.contains("< Gateway-Outcome: cancelled"))
        #expect(run.output.contains(">> Authorization: Bearer <redacted>"))
        #expect(run.output.contains("OK  outcome cancelled, track id nightly-77, job is now cancelled"))
        #expect(!run.output.contains("sandbox-secret"))
        #expect(run.errors == "")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `one that serves does what its lines say, and ends by a signal`() throws {
        let folder = try ScratchFolder()
        let demo = try TLSBench.Server(TLSBench.gateway, ["demo", "--serve"], environment: ["TMPDIR": folder.path])
        #expect(demo.output.wait(for: "/_sandbox/book"))
        let lines = demo.output.soFar.split(separator: "\n").filter { $0.contains("  curl ") }
        #expect(lines.count == 6)
        for (line, words) in zip(
            lines, ["Gateway-Outcome: cancelled", "already-finished", "unknown-job", "cancelled", "400", "\"calls\""])
        {
            let output = try TLSBench.run("/bin/sh", ["-c", String(line)])
            #expect(output.text.contains(words), "\(line): \(output.text)")
        }
        demo.signal(SIGTERM)
        #expect(demo.waitForExit() == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `where nothing can be written it says so`() async throws {
        let run = try await CommandRun.run(["demo"], environment: ["TMPDIR": "/nonexistent"])
        #expect(run.status == 1)
        #expect(run.errors.contains("/nonexistent"))
    }
}
