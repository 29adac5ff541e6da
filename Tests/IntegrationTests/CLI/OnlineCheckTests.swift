import Foundation
import TestSupport
import Testing
import ZuoraSandbox

/// `check --online` against the stand-in, in plain HTTP; over TLS in `TLSTests`.
@Suite struct OnlineCheckTests {
    static let acme = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
    static let globex = "3c59dc04-8e88-4024-a079-9b8d2f9e4d11"
    static let emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
    static let amer = "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"

    /// A stand-in of its own, and a folder for the configuration.
    struct Bench {
        let sandbox: SandboxServer
        let folder: ScratchFolder
        let port: Int

        var control: SandboxControl { SandboxControl(port: port) }
        /// As the table shows it.
        var upstream: String { "127.0.0.1:\(port)" }

        func tenant(
            _ name: String, client: String = acme, secret: String = "sandbox-secret", port: Int? = nil, _ more: String = ""
        ) -> String {
            """

            [tenants.\(name)]
            upstream = "http://127.0.0.1:\(port ?? self.port)"
            client_id = "\(client)"
            client_secret = "\(secret)"
            \(more)

            """
        }

        func check(_ tenants: String, _ arguments: String...) async throws -> CommandRun {
            let path = try folder.write("proxy.conf", tenants)
            let run = try await CommandRun.run(["check", "--online", "--config", path] + arguments)
            let live = try control.tokens()
            for secret in live + ["sandbox-secret", "globex-secret", "wrong-secret-indeed", "static-token"] {
                #expect(!run.output.contains(secret) && !run.errors.contains(secret), "\(secret) is printed")
            }
            return run
        }
    }

    static func withBench(_ body: (Bench) async throws -> Void) async throws {
        let sandbox = try await SandboxServer.start()
        guard case .tcp(_, let port) = sandbox.address else { return #expect(Bool(false)) }
        do {
            try await body(Bench(sandbox: sandbox, folder: try ScratchFolder(), port: Int(port)))
        } catch {
            await sandbox.stop()
            throw error
        }
        await sandbox.stop()
    }

    @Test func `tenants that can be served make a table of good rows, and the exit code is 0`() async throws {
        try await Self.withBench { bench in
            let run = try await bench.check(
                bench.tenant(
                    "acme",
                    #"orgs = ["o-1", "o-2"]"#
                        + "\nentity = \"emea\"\nentities = { emea = \"\(Self.emea)\", amer = \"\(Self.amer)\" }")
                    + bench.tenant("globex", client: Self.globex, secret: "globex-secret"))
            #expect(run.status == 0)
            let upstream = bench.upstream
            let gap = String(repeating: " ", count: upstream.count - 8 + 2)
            #expect(
                run.output.split(separator: "\n").dropLast() == [
                    "tenant  upstream\(gap)TLS               token       entities                       orgs",
                    "acme    \(upstream)  none, plain HTTP  ok, 3599 s  2 of 2 configured, 2 in scope  o-1, o-2",
                    "globex  \(upstream)  none, plain HTTP  ok, 3599 s  1, not sent with calls         none",
                ])
            #expect(run.output.hasSuffix("proxy.conf: OK, 2 tenants, 0 callers\n"))
            #expect(run.errors == "")
        }
    }

    @Test func `tenants with the same credential cost one token call, and nothing else is sent`() async throws {
        try await Self.withBench { bench in
            let names = (0..<20).map { "t\($0)" }
            let run = try await bench.check(
                names.map { bench.tenant($0, "entity = \"\(Self.emea)\"") }.joined())
            #expect(run.status == 0)
            #expect(try bench.control.tokenCalls().count == 1)
            #expect(try bench.control.calls().isEmpty)
        }
    }

    struct Case: Sendable {
        var cell: String
        var words: String
        var status: Int32
        var client = acme
        var secret = "sandbox-secret"
        var setUp: @Sendable (SandboxControl) throws -> Void = { _ in }
    }

    static let cases = [
        Case(cell: "wrong-secret", words: "Check the secret", status: 77, secret: "wrong-secret-indeed"),
        Case(
            cell: "unknown-client (data centre?)", words: "A client id is valid in one data centre only", status: 77,
            client: "00000000-0000-4000-8000-000000000000"),
        Case(cell: "user-deactivated", words: "most likely deactivated", status: 77) {
            try $0.call("POST", "clients", #"{"id":"\#(acme)","deactivated":true}"#)
        },
        Case(cell: "rate-limited", words: "The limit on token requests", status: 75) {
            try $0.set(#"{"token_rate_per_peer":0}"#)
        },
        Case(cell: "unavailable", words: "is unavailable (503)", status: 75) {
            try $0.fault(#"{"effect":"503","match":{"path":"/oauth/token"}}"#)
        },
        Case(cell: "malformed-answer", words: "it is an HTML page", status: 75) { try $0.set(#"{"token_answer":"html"}"#) },
        Case(cell: "redirected", words: "the gateway never follows", status: 77) {
            try $0.set(#"{"token_answer":"redirect"}"#)
        },
        Case(cell: "-", words: "connection broken", status: 69) {
            try $0.fault(#"{"effect":"reset","match":{"path":"/oauth/token"}}"#)
        },
    ]

    @Test(arguments: cases.indices)
    func `a missing token is explained in plain words, with an exit code for the remedy`(
        index: Int
    ) async throws {
        let expected = Self.cases[index]
        try await Self.withBench { bench in
            try expected.setUp(bench.control)
            let run = try await bench.check(
                bench.tenant("bad", client: expected.client, secret: expected.secret)
                    + bench.tenant("good", client: Self.globex, secret: "globex-secret"))
            #expect(run.status == expected.status, "\(expected.cell): \(run.output)")
            let row = run.output.split(separator: "\n").first { $0.hasPrefix("bad ") } ?? ""
            #expect(row.contains("  \(expected.cell)  "), "\(row)")
            #expect(run.output.contains(expected.words), "\(run.output)")
            #expect(!run.output.contains(": OK"))
        }
    }

    @Test func `entities that the token does not cover are found`() async throws {
        try await Self.withBench { bench in
            let foreign = "00000000-0000-4000-8000-000000000001"
            let run = try await bench.check(
                bench.tenant("none") + bench.tenant("foreign", "entity = \"x\"\nentities = { x = \"\(foreign)\" }")
                    + bench.tenant("part", "entity = \"emea\"\nentities = { emea = \"\(Self.emea)\", x = \"\(foreign)\" }"))
            #expect(run.status == 78)
            let lines = run.output.split(separator: "\n").map(String.init)
            let rows = Dictionary(
                uniqueKeysWithValues: ["none", "foreign", "part"].map { name in
                    (name, lines.firstIndex { $0.hasPrefix("\(name) ") } ?? 0)
                })
            #expect(lines[rows["none", default: 0] + 1].hasPrefix("  error: the token covers several entities"))
            #expect(lines[rows["foreign", default: 0] + 1].hasPrefix("  error: the default entity x is not among the entities"))
            #expect(lines[rows["part", default: 0]].contains("1 of 2 configured, 2 in scope"))
            #expect(lines[rows["part", default: 0] + 1].hasPrefix("  warning: the token does not cover x"))

            let part = bench.tenant("part", "entity = \"emea\"\nentities = { emea = \"\(Self.emea)\", x = \"\(foreign)\" }")
            let lenient = try await bench.check(part)
            #expect(lenient.status == 0)
            let strict = try await bench.check(part, "--strict")
            #expect(strict.status == 78 && strict.errors.contains("--strict counts warnings as errors"))
            let json = try await bench.check(part, "--strict", "--json")
            #expect(json.status == 78 && json.output.contains(#""verdict":"misfit""#))
        }
    }

    @Test func `a static token is not sent, and reported as not tested`() async throws {
        try await Self.withBench { bench in
            let token = try bench.folder.write("token", "static-token")
            chmod(token, 0o600)
            let run = try await bench.check(
                """
                [tenants.fixed]
                upstream = "http://127.0.0.1:\(bench.port)"
                token = { file = "\(token)" }
                """)
            #expect(run.status == 0)
            #expect(run.output.contains("static, not sent"))
            #expect(run.output.contains("not sent; only the connection was tested"))
            let calls = try bench.control.calls()
            #expect(calls.map(\.method) == ["HEAD"])
            #expect(calls.allSatisfy { call in !call.fields.contains { $0.name == "Authorization" } })
        }
    }

    @Test func `a dead upstream is unreachable, and a missing secret is refused`() async throws {
        try await Self.withBench { bench in
            let closed = try LoopbackSocket.freePort()
            let unreachable = try await bench.check(bench.tenant("closed", port: closed))
            #expect(unreachable.status == 69)
            #expect(unreachable.output.contains("  error: 127.0.0.1:\(closed): connection refused"))

            let both = try await bench.check(
                bench.tenant("closed", port: closed)
                    + """
                    [tenants.empty]
                    upstream = "http://127.0.0.1:\(bench.port)"
                    client_id = "\(Self.acme)"
                    client_secret = { file = "/nonexistent/secret" }
                    """)
            #expect(both.status == 77)
            #expect(both.output.contains("no-secret"))
            #expect(both.output.contains("the file does not exist"))
        }
    }

    @Test func `an upstream with a token endpoint elsewhere is tested separately`() async throws {
        try await Self.withBench { bench in
            let closed = try LoopbackSocket.freePort()
            let run = try await bench.check(
                bench.tenant(
                    "far", port: closed, "token_url = \"http://127.0.0.1:\(bench.port)/oauth/token\"\nentity = \"\(Self.emea)\""))
            #expect(run.status == 69)
            #expect(run.output.contains("127.0.0.1:\(closed)  connection refused  ok, 3599 s"), "\(run.output)")
            let lost = try await bench.check(
                bench.tenant("lost", "token_url = \"http://127.0.0.1:\(closed)/oauth/token\"\nentity = \"\(Self.emea)\""))
            #expect(lost.status == 69)
            #expect(lost.output.contains("none, plain HTTP  unreachable"), "\(lost.output)")
            #expect(lost.output.contains("did not respond: connection refused"), "\(lost.output)")
        }
    }

    @Test func `an error of the configuration is found before anything is sent`() async throws {
        try await Self.withBench { bench in
            let run = try await bench.check(bench.tenant("acme", "concurency = 3"))
            #expect(run.status == 64)
            #expect(run.output == "")
            #expect(try bench.control.tokenCalls().isEmpty)
        }
    }

    @Test func `JSON has the same content`() async throws {
        try await Self.withBench { bench in
            let run = try await bench.check(
                bench.tenant("acme", "orgs = [\"o-1\"]\nentity = \"emea\"\nentities = { emea = \"\(Self.emea)\" }")
                    + bench.tenant("bad", client: "00000000-0000-4000-8000-000000000000"), "--json")
            #expect(run.status == 77)
            #expect(run.errors == "")
            let text = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
            let report = try #require(text)
            #expect(report["exit_code"] as? Int == 77)
            let tenants = try #require(report["tenants"] as? [[String: Any]])
            #expect(tenants.map { $0["verdict"] as? String } == ["good", "refused"])
            let good = tenants[0]
            #expect((good["token"] as? [String: Any])?["lifetime_seconds"] as? Int == 3599)
            #expect((good["entities"] as? [String])?.contains("emea") == true)
            #expect((good["orgs"] as? [String]) == ["o-1"])
            let bad = try #require(tenants[1]["token"] as? [String: Any])
            #expect(bad["cause"] as? String == "unknown-client")
            #expect(bad["suspects_data_centre"] as? Bool == true)
        }
    }

    @Test func `help and manual give the exit codes`() async throws {
        for arguments in [["check", "--help"], ["manual"]] {
            let text = try await CommandRun.run(arguments).output
            for code in ["64", "77", "78", "69", "75"] {
                #expect(text.contains(code), "\(arguments): \(code)")
            }
        }
    }
}
