import ArgumentParser
import Wire

struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Say whether the gateway is alive.",
        discussion: """
            Asks GET /livez of the admin listener, once. For HEALTHCHECK in a container without curl.

            Example:     HEALTHCHECK CMD ["zuora-gateway", "health"]

            Exit code 0 if it is alive, 1 if not.
            """)

    @OptionGroup var admin: AdminOption

    @Option(help: ArgumentHelp("How long to wait for the answer.", valueName: "time"))
    var timeout = DurationArgument(.seconds(3))

    func run() throws {
        do throws(AdminClient.Failure) {
            let answer = try AdminClient(address: admin.address).ask("GET", "/livez", deadline: .now() + timeout.duration)
            guard answer.status == 200 else { throw AdminClient.Failure(description: answer.summary) }
        } catch {
            printError("zuora-gateway: not alive: \(admin.address): \(error)")
            throw ExitCode(1)
        }
        print("alive")
    }
}
