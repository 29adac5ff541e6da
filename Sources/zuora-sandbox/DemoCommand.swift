import ArgumentParser
import CommandSupport
import Glibc
import Network
import Wire

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Cancel a job through zuora-gateway, with the sandbox as upstream.",
        discussion: """
            Starts the sandbox and the zuora-gateway program in front of it on free loopback ports, submits a job, cancels it through \
            the gateway and shows the traffic on each connection. The two are connected by TLS, which the gateway verifies with an \
            authority made for this run. It takes about a second.

            Example:     zuora-sandbox demo
            Keep it:     zuora-sandbox demo --serve

            Exit code 0 only if the job was cancelled, over a verified connection.
            """)

    @Flag(help: "Keep both running, and print curl commands to try.")
    var serve = false

    @Option(
        help: ArgumentHelp("The zuora-gateway program; by default, the one beside this program.", valueName: "path"),
        completion: .file())
    var gateway: String?

    @ParentCommand var sandbox: SandboxCommand

    /// Seconds that all of it may take, whatever goes wrong: SIGALRM ends the process then.
    private static let limit: UInt32 = 60

    private static let endings = [SIGINT, SIGTERM]

    func validate() throws {
        // The parser accepts them also after the command's name.
        guard sandbox.isDefault else {
            throw ValidationError("The demo chooses its own ports; it only takes --serve and --gateway.")
        }
    }

    func run() throws {
        let program = try GatewayProgram(at: gateway)
        alarm(Self.limit)
        // To be waited for while it serves; threads inherit it.
        if serve { SignalSource.block(Self.endings) }
        try MainLoop.run { try await show(program) }
    }

    private func show(_ program: GatewayProgram) async throws {
        let screen = DemoScreen()
        let scene = try await DemoScene.start(program)
        print(
            "The sandbox, an emulation of Zuora, listens on https://127.0.0.1:\(scene.sandboxPort), the gateway on http://127.0.0.1:\(scene.gatewayPort)."
        )
        let isGood: Bool
        do {
            let isVerified = try showConnection(scene, screen)
            let isCancelled = try await play(scene, screen)
            isGood = isVerified && isCancelled
        } catch {
            await scene.stop()
            throw error
        }
        if serve, isGood {
            printLines(scene)
            fflush(nil)
            alarm(0)
            Self.waitForEnding()
            alarm(Self.limit)
        }
        await scene.stop()
        if !isGood { throw ExitCode(1) }
    }

    private static func waitForEnding() {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in endings { unsafe sigaddset(&set, signal) }
        var signal: Int32 = 0
        while unsafe sigwait(&set, &signal) != 0 {}
    }

    /// - Returns: whether the gateway trusts the sandbox for its authority, and would not without it.
    private func showConnection(_ scene: DemoScene, _ screen: DemoScreen) throws -> Bool {
        screen.title("The gateway's connection to the sandbox: verified TLS")
        guard let trusting = try scene.connection(.configuration), trusting.failure == nil, let agreement = trusting.agreement
        else {
            screen.result(false, "the connection between the two does not use TLS")
            return false
        }
        screen.note("\(agreement); the certificate is from an authority made for this run (\(scene.files.path(.authority)))")
        guard let untrusting = try scene.connection(.untrusting), let failure = untrusting.failure, untrusting.agreement == nil
        else {
            screen.result(false, "the sandbox is trusted without its authority")
            return false
        }
        screen.note("with the system's authorities instead: rejected, \(failure)")
        return true
    }

    private func play(_ scene: DemoScene, _ screen: DemoScreen) async throws -> Bool {
        let send = { (request: String) in
            try BlockingConnection.exchange(
                request, with: .tcp(host: "127.0.0.1", port: scene.gatewayPort), deadline: .now() + .seconds(15))
        }
        let job =
            #"{"format":"csv","version":"1.1","name":"nightly","queries":[{"name":"accounts","query":"select Id from Account"}]}"#
        let submitted = try send(
            "POST /v1/batch-query HTTP/1.1\r\nHost: localhost\r\nX-Zuora-Tenant: acme\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(job.utf8.count)\r\nConnection: close\r\n\r\n\(job)")
        guard submitted.status == 200, let id = Self.member("id", of: submitted.body) else {
            screen.result(false, "the job could not be submitted: \(submitted.summary)")
            return false
        }
        screen.title("A job runs")
        screen.note("\(id), submitted through the gateway")

        let request =
            "DELETE /v1/batch-query/jobs/\(id) HTTP/1.1\r\nHost: localhost:\(scene.gatewayPort)\r\nX-Zuora-Tenant: acme\r\n"
            + "Zuora-Track-Id: nightly-77\r\nConnection: close\r\n\r\n"
        screen.title("1. What the caller sends: no token, no entity id")
        screen.message(">", request.split(separator: "\r\n"), marking: ["Zuora-Track-Id", "X-Zuora-Tenant"])
        let response = try send(request)
        screen.title("2. What goes to Zuora over TLS: the tenant's token and entity are added")
        screen.message(
            ">>", await scene.lastCall(method: "DELETE"), marking: ["Authorization", "Zuora-Entity-Ids", "Zuora-Track-Id"])
        screen.title("3. What comes back: Zuora's own response, and the outcome of the cancel")
        screen.message("<", response.head.split(separator: "\r\n"), marking: ["Zuora-Track-Id", "Gateway-Outcome"])
        screen.message("<", [""])
        screen.message("<", [response.body[...]])

        let looked = try send(
            "GET /v1/batch-query/jobs/\(id) HTTP/1.1\r\nHost: localhost\r\nX-Zuora-Tenant: acme\r\nConnection: close\r\n\r\n")
        let status = Self.member("status", of: looked.body) ?? "unknown"
        let isCancelled =
            response.status == 200 && response.field("Gateway-Outcome") == "cancelled"
            && response.field("Zuora-Track-Id") == "nightly-77"
            && status == "cancelled"
        screen.result(
            isCancelled,
            "outcome \(response.field("Gateway-Outcome") ?? "none"), track id \(response.field("Zuora-Track-Id") ?? "none"), job is now \(status)"
        )
        return isCancelled
    }

    private static func member(_ name: String, of body: String) -> String? {
        (try? JSONValue(parsing: Array(body.utf8).span))?[name]?.string
    }

    private func printLines(_ scene: DemoScene) {
        let base = "http://127.0.0.1:\(scene.gatewayPort)"
        print(
            """

            Both keep running; press Ctrl-C to stop them. Try:
              curl -i -X DELETE \(base)/v1/batch-query/jobs/executing -H 'X-Zuora-Tenant: acme' -H 'Zuora-Track-Id: mine-1'
              curl -i -X DELETE \(base)/v1/batch-query/jobs/done -H 'X-Zuora-Tenant: acme'        # already finished
              curl -i -X DELETE \(base)/v1/batch-query/jobs/unknown -H 'X-Zuora-Tenant: acme'     # no such job
              curl -i -X DELETE \(base)/v1/batch-query/jobs/fault-reset-after-send -H 'X-Zuora-Tenant: acme'   # the response is lost
              curl -i -X DELETE \(base)/v1/batch-query/jobs/1 -H 'X-Zuora-Tenant: unknown'        # no such tenant
              curl -s --cacert \(scene.files.path(.authority)) https://127.0.0.1:\(scene.sandboxPort)/_sandbox/book   # what Zuora saw
            """)
    }
}
