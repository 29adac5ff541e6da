import ArgumentParser
import Glibc
import Wire

struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until the gateway is ready.",
        discussion: """
            Asks GET /readyz of the admin listener until it says 200. For start-up scripts, and for containers without curl.

            Example:     zuora-gateway wait --admin 127.0.0.1:9901 --timeout 30s && start-the-service

            Exit code 0 when it is ready, 1 if it is not in time.
            """)

    @OptionGroup var admin: AdminOption

    @Option(help: ArgumentHelp("How long to wait, such as 500ms, 30s or 2m.", valueName: "time"))
    var timeout = DurationArgument(.seconds(30))

    func run() throws {
        let client = AdminClient(address: admin.address)
        let deadline = Instant.now() + timeout.duration
        // What it said last tells more than that it did not come to say more.
        var said: String?
        var failure = ""
        repeat {
            do throws(AdminClient.Failure) {
                // One slow answer must not use up all of the time.
                let answer = try client.ask("GET", "/readyz", deadline: min(deadline, .now() + .seconds(2)))
                if answer.status == 200 { return print("ready") }
                said = answer.summary
            } catch {
                failure = error.description
            }
            poll(nil, 0, 100)
        } while Instant.now() < deadline
        printError("zuora-gateway: not ready after \(timeout): \(admin.address): \(said ?? failure)")
        throw ExitCode(1)
    }
}
