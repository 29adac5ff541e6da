import Foundation
import TestSupport
import Testing

@Suite struct CheckTests {
    private static let tenant = """
        [tenants.acme]
        upstream = "http://127.0.0.1:9080"
        client_id = "id"
        client_secret = "only-for-loopback"

        """

    @Test func `a good configuration is OK`() async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", Self.tenant)
        let run = try await CommandRun.run("check", "--config", path)
        #expect(run.status == 0)
        #expect(run.output == "\(path): OK, 1 tenant, 0 callers\n")
        #expect(try await CommandRun.run("check", "-c", path).output == run.output)
        #expect(try await CommandRun.run("check", path).output == run.output)
        #expect(try await CommandRun.run("check", path, "--config", path).status == 0)
        for other in ["other.conf", "proxy.conf"] {
            #expect(try await CommandRun.run("check", path, "--config", other).status == 64)
        }
    }

    /// `/dev/full` accepts nothing.
    @Test(arguments: [
        ["check", "PATH"], ["check", "--json", "PATH"], ["openapi", "-c", "PATH"], ["--version"], ["run", "--help"],
    ])
    func `output that cannot be written is a failure`(_ command: [String]) async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", Self.tenant)
        let arguments =
            ["-c", #"exec "$0" "$@" > /dev/full"#, CommandRun.binary] + command.map { $0 == "PATH" ? path : $0 }
        let run = try await CommandRun.run(arguments, program: "/bin/sh")
        #expect(run.status == 1)
        #expect(run.errors.hasPrefix("cannot write to standard output"), "\(run.errors)")
    }

    @Test func `a configuration with which the gateway would not start is an error`() async throws {
        let folder = try ScratchFolder()
        let key = "[fleet]\nurl = \"redis://127.0.0.1\"\nkey = { file = \"/nope\" }\n"
        let run = try await CommandRun.run("check", try folder.write("fleet.conf", Self.tenant + key))
        #expect(run.status == 64 && run.errors.contains("fleet.conf:7: fleet.key: \"/nope\" cannot be used: "), "\(run.errors)")
        let tls = "[gateway.tls]\ncertificate = \"fleet.conf\"\nkey = \"/k\"\n"
        let json = try await CommandRun.run("check", "--json", try folder.write("tls.conf", Self.tenant + tls))
        #expect(json.status == 64 && json.output.contains(#""line":6,"key":"gateway.tls.certificate""#), "\(json.output)")
    }

    @Test func `of too many errors, all are counted`() async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", Self.tenant + (0..<1500).map { "unknown\($0) = 1\n" }.joined())
        let run = try await CommandRun.run("check", path)
        #expect(run.status == 64 && run.errors.hasSuffix("\(path): 1500 errors\n"), "\(run.errors.suffix(200))")
    }

    @Test func `a bad one names its lines, and the exit code is 64`() async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", Self.tenant + "concurency = 5\n")
        let run = try await CommandRun.run("check", "--config", path)
        #expect(run.status == 64)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("\(path):5: tenants.acme.concurency: unknown key"))
        #expect(run.errors.hasSuffix("\(path): 1 error\n"))
    }

    @Test func `for programs a bad one is told as JSON`() async throws {
        struct Report: Decodable {
            struct Finding: Decodable {
                var severity: String
                var text: String
                var file: String
                var line: Int?
                var column: Int?
                var key: String?
                var message: String?
                var hint: String?
            }
            var exit_code: Int
            var findings: [Finding]
        }
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", Self.tenant + "concurency = 5\n")
        let run = try await CommandRun.run("check", "--json", "--config", path)
        #expect(run.status == 64 && run.errors == "")
        let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
        #expect(report.exit_code == 64 && report.findings.map(\.severity) == ["error"])
        #expect(report.findings[0].text.hasPrefix("\(path):5: tenants.acme.concurency: unknown key"))
        let finding = try #require(report.findings.first)
        #expect(finding.file == path && finding.line == 5 && finding.column == 1)
        #expect(finding.key == "tenants.acme.concurency" && finding.message == "unknown key")
        #expect(finding.hint == "did you mean \"concurrency\"?")
        let broken = try folder.write("broken.conf", "[gateway]\ndrain = \n")
        let syntax = try JSONDecoder().decode(
            Report.self, from: Data(try await CommandRun.run("check", "--json", broken).output.utf8))
        #expect(syntax.findings.map { [$0.line, $0.column] } == [[2, 9]])
    }

    @Test func `one that is missing is an error of its own`() async throws {
        let run = try await CommandRun.run("check", "--config", "/nonexistent/proxy.conf")
        #expect(run.status == 64)
        #expect(run.errors.contains("/nonexistent/proxy.conf"))
    }

    @Test func `a secret that cannot be read is a warning, for it may come later`() async throws {
        let folder = try ScratchFolder()
        let secret = "{ file = \"\(folder.path)/secret\" }"
        let path = try folder.write("proxy.conf", Self.tenant.replacing("\"only-for-loopback\"", with: secret))
        let run = try await CommandRun.run("check", "--config", path)
        #expect(run.status == 0)
        #expect(run.errors.contains("warning: tenants.acme.client_secret: "))
        #expect(run.output == "\(path): OK, 1 tenant, 0 callers, 1 warning\n")
        let strict = try await CommandRun.run("check", "--strict", path)
        #expect(strict.status == 64 && strict.output == "")
        #expect(strict.errors.hasSuffix("\(path): 1 error (--strict counts warnings as errors)\n"))
        let json = try await CommandRun.run("check", "--strict", "--json", path)
        #expect(json.status == 64 && json.output.contains(#""severity":"error""#) && !json.output.contains("warning"))
    }

    @Test func `what the gateway would warn about when it reads a secret is a warning here, too`() async throws {
        let folder = try ScratchFolder()
        let secret = try folder.write("secret", "kept-in-a-file")
        let path = try folder.write(
            "proxy.conf", Self.tenant.replacing("\"only-for-loopback\"", with: "{ file = \"\(secret)\" }"))
        for (mode, warnings) in [(0o644, 1), (0o600, 0)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: secret)
            let run = try await CommandRun.run("check", path)
            #expect(run.status == 0)
            #expect(
                run.errors.contains("tenants.acme.client_secret: \"\(secret)\": every user can read the file") == (warnings > 0))
            #expect(run.output.contains("1 warning") == (warnings > 0))
        }
    }
}
