import Foundation
import Subprocess
import Testing

@Suite struct ManualTests {
    private static let commands = [
        "check", "explain", "hash-key", "wait", "health", "quit", "openapi", "problems", "version", "manual", "completions",
    ]

    @Test(arguments: [CommandRun.binary, CommandRun.sandbox])
    func `the manual page in docs is the one that the program prints`(_ program: String) async throws {
        let name = URL(filePath: program).lastPathComponent
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
        let kept = try String(contentsOf: root.appending(path: "docs/\(name).1"), encoding: .utf8)
        let run = try await CommandRun.run("manual", program: program)
        #expect(run.status == 0)
        #expect(run.output == kept, "\(name) manual > docs/\(name).1 brings it up to date")
    }

    @Test(arguments: commands)
    func `each command's help teaches with an example`(_ command: String) async throws {
        let run = try await CommandRun.run(command, "--help")
        #expect(run.status == 0)
        #expect(run.output.contains("\nExample:     "))
        #expect(run.output.contains("zuora-gateway \(command)"))
        // The lines of an example are not wrapped.
        let lines = run.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.filter { $0.contains("  zuora-gateway ") }.allSatisfy { !$0.hasSuffix(" ") })
    }

    @Test func `each command is in the manual`() async throws {
        let manual = try await CommandRun.run("manual").output
        for command in Self.commands {
            #expect(manual.contains("\n.SS \(command.replacing("-", with: "\\-"))\n"))
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `a completion script knows the commands`(_ shell: String) async throws {
        let run = try await CommandRun.run("completions", shell)
        #expect(run.status == 0)
        for command in Self.commands { #expect(run.output.contains(command)) }
    }

    @Test func `bash accepts its completion script`() async throws {
        let script = try await CommandRun.run("completions", "bash").output
        let result = try await Subprocess.run(
            .path("/bin/bash"), arguments: ["-n"], input: .string(script), output: .discarded, error: .string(limit: 4096))
        #expect(result.terminationStatus.isSuccess)
        #expect(result.standardError == "")
    }

    @Test func `without a name the shell is that of the environment`() async throws {
        let named = try await CommandRun.run("completions", "fish").output
        let found = try await CommandRun.run("completions", environment: ["SHELL": "/usr/bin/fish"])
        #expect(found.output == named)
        let other = try await CommandRun.run("completions", "tcsh")
        #expect(other.status == 64)
        #expect(other.errors.hasPrefix("Error: The shell must be bash, zsh or fish.\n"))
    }
}
