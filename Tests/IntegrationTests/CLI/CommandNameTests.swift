import Foundation
import Testing

@Suite struct CommandNameTests {
    @Test(arguments: [
        ("chek", #" (did you mean "check"?)"#), ("explian", #" (did you mean "explain"?)"#), ("serve", ""), ("xyzzy", ""),
    ])
    func `an unknown command is named, with the one that was probably meant`(_ command: String, _ hint: String) async throws {
        let run = try await CommandRun.run(command, "--config", "x")
        #expect(run.status == 64 && run.output == "")
        #expect(run.errors == "zuora-gateway: unknown command \"\(command)\"\(hint)\nSee zuora-gateway --help.\n")
    }

    @Test(arguments: [("dmeo", #" (did you mean "demo"?)"#), ("xyzzy", "")])
    func `the sandbox does the same`(_ command: String, _ hint: String) async throws {
        let run = try await CommandRun.run(command, program: CommandRun.sandbox)
        #expect(run.status == 64 && run.output == "")
        #expect(run.errors == "zuora-sandbox: unknown command \"\(command)\"\(hint)\nSee zuora-sandbox --help.\n")
    }

    @Test func `the commands that moved still say where they are`() async throws {
        for command in ["sandbox", "demo"] {
            let run = try await CommandRun.run(command, "--port", "1")
            #expect(run.status == 64 && run.errors.contains("zuora-sandbox --help"))
        }
    }

    @Test func `version is JSON for programs`() async throws {
        let run = try await CommandRun.run("version", "--json")
        #expect(run.status == 0)
        let version = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: String])
        #expect(Set(version.keys).subtracting(["revision"]) == ["version", "libcurl", "tls", "zlib"])
        let text = try await CommandRun.run("version").output
        #expect(text.hasPrefix("zuora-gateway \(version["version"] ?? "-")"))
        #expect(text.contains("libcurl \(version["libcurl"] ?? "-")\n"))
    }
}
