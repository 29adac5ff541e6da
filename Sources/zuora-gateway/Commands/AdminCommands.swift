import ArgumentParser
import CommandSupport
import Glibc
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
