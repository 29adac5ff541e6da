import ArgumentParser
import Wire

struct QuitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quit", abstract: "Tell the gateway to drain and end.",
        discussion: """
            Sends POST /quitquitquit to the admin listener, which takes it from this machine alone. The same as a SIGTERM: no new \
            connections, requests under way finish. For a Job whose sidecar must end when its work is done.

            Example:     run-the-work; zuora-gateway quit --admin 127.0.0.1:9901

            Exit code 0 when the gateway agrees, 1 if it refuses or does not answer.
            """)

    @OptionGroup var admin: AdminOption

    @Option(help: ArgumentHelp("How long to wait for the answer.", valueName: "time"))
    var timeout = DurationArgument(.seconds(5))

    func run() throws {
        do throws(AdminClient.Failure) {
            let answer = try AdminClient(address: admin.address).ask("POST", "/quitquitquit", deadline: .now() + timeout.duration)
            guard (200..<300).contains(answer.status) else { throw AdminClient.Failure(description: answer.summary) }
        } catch {
            printError("zuora-gateway: not told to quit: \(admin.address): \(error)")
            throw ExitCode(1)
        }
        print("draining")
    }
}
