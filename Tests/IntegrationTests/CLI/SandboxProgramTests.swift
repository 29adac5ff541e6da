import Foundation
import TestSupport
import Testing

@Suite struct SandboxProgramTests {
    @Test func `the gateway's program contains neither the sandbox nor its faults, and the sandbox's does`() throws {
        let (gateway, sandbox) = try (Data(contentsOf: ChildProcess.gateway), Data(contentsOf: ChildProcess.sandbox))
        for name in ["ZuoraSandbox", "FaultRule", "DemoScene", "reset-after-send"] {
            #expect(gateway.range(of: Data(name.utf8)) == nil, "zuora-gateway contains \(name)")
            #expect(sandbox.range(of: Data(name.utf8)) != nil, "zuora-sandbox does not contain \(name)")
        }
    }

    @Test(arguments: [
        ["sandbox"], ["demo"], ["demo", "--serve"], ["sandbox", "--listen", "127.0.0.1:0"], ["sandbox", "--help"],
    ])
    func `the gateway names the program that has the sandbox and the demo`(_ arguments: [String]) async throws {
        let run = try await CommandRun.run(arguments)
        #expect(run.status == 64)
        #expect(run.output == "")
        #expect(run.errors == "zuora-gateway: sandbox and demo are in another program: see zuora-sandbox --help\n")
    }

    @Test func `the gateway's help and completions offer neither`() async throws {
        let commands = try await CommandRun.run("--help").output.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(!commands.contains { $0.hasPrefix("  sandbox ") || $0.hasPrefix("  demo ") })
        for shell in ["bash", "zsh", "fish"] {
            let script = try await CommandRun.run("completions", shell).output
            #expect(!script.contains("demo") && !script.contains("sandbox"), "\(shell)")
        }
    }

    @Test func `it has the gateway's version`() async throws {
        let version = try await CommandRun.run("--version", program: CommandRun.sandbox)
        #expect(version.status == 0)
        #expect(version.output == (try await CommandRun.run("--version").output))
    }

    @Test func `its help shows how to try it, to serve and to serve over TLS`() async throws {
        let help = try await CommandRun.run("--help", program: CommandRun.sandbox)
        #expect(help.status == 0)
        for example in [
            "zuora-sandbox demo\n", "zuora-sandbox --listen 127.0.0.1:9080\n", "zuora-sandbox --tls --ca-out sandbox-ca.pem\n",
        ] {
            #expect(help.output.contains("  \(example)"))
        }
        #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        for command in ["demo", "manual"] {
            let help = try await CommandRun.run(command, "--help", program: CommandRun.sandbox)
            #expect(help.output.contains("\nExample:     zuora-sandbox \(command)"))
        }
    }

    @Test(arguments: [
        ["--listen", "9080"], ["--listen", "unix:relative"], ["--tls"], ["--seed", "x"], ["demo", "--seed", "2"],
    ])
    func `wrong usage ends it with 64 before it listens`(_ arguments: [String]) async throws {
        let run = try await CommandRun.run(arguments, program: CommandRun.sandbox)
        #expect(run.status == 64)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("Error: "))
    }

    @Test func `a used port ends it with 1, and SIGTERM the one that has it with 0`() async throws {
        let port = try LoopbackSocket.freePort()
        let first = try TLSBench.Server(TLSBench.sandbox, ["--listen", "127.0.0.1:\(port)"])
        #expect(first.output.wait(for: "The sandbox listens on 127.0.0.1:\(port)"))
        let second = try await CommandRun.run("--listen", "127.0.0.1:\(port)", program: CommandRun.sandbox)
        #expect(second.status == 1)
        #expect(second.errors.hasPrefix("zuora-sandbox: ") && second.errors.contains("127.0.0.1:\(port)"))
        first.signal(SIGTERM)
        #expect(first.waitForExit() == 0)
    }
}
