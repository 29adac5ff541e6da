import ArgumentParser
import CommandSupport
import Glibc
import Wire

struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Check whether the gateway is alive.",
        discussion: """
            Sends one GET /livez to the admin listener. For HEALTHCHECK in a container without curl.

            Example:     HEALTHCHECK CMD ["zuora-gateway", "health"]

            Exit code 0 if it is alive, 1 if not.
            """)

    @OptionGroup var admin: AdminOption

    @Option(help: ArgumentHelp("How long to wait for the response, such as 500ms or 3s.", valueName: "time"))
    var timeout = DurationArgument(.seconds(3))

    func run() throws {
        do throws(ConnectionFailure) {
            let response = try AdminClient(address: admin.address).ask("GET", "/livez", deadline: .now() + timeout.duration)
            guard response.status == 200 else { throw ConnectionFailure(response.summary) }
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
            Polls GET /readyz of the admin listener until it returns 200; with --tenants, GET /readyz?tenants, which also waits until \
            at least one tenant can be served, as far as is known: a tenant cannot if its secret cannot be read or its token calls \
            have failed. It does not wait for the first token call. For start-up scripts and containers without curl.

            Example:     zuora-gateway wait --admin 127.0.0.1:9901 --timeout 30s && start-the-service

            Exit code 0 when the gateway is ready, 1 on a time-out.
            """)

    @OptionGroup var admin: AdminOption

    @Option(help: ArgumentHelp("How long to wait, such as 500ms, 30s or 2m.", valueName: "time"))
    var timeout = DurationArgument(.seconds(30))

    @Flag(help: "Also wait until at least one tenant can be served, as far as is known.")
    var tenants = false

    func run() throws {
        let client = AdminClient(address: admin.address)
        let deadline = Instant.now() + timeout.duration
        // The last response is more useful than the final time-out.
        var said: String?
        var failure = ""
        repeat {
            do throws(ConnectionFailure) {
                // One slow response must not use up all of the time.
                let response = try client.ask(
                    "GET", tenants ? "/readyz?tenants" : "/readyz", deadline: min(deadline, .now() + .seconds(2)))
                if response.status == 200 { return print("ready") }
                said = response.summary
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
        commandName: "quit", abstract: "Tell the gateway to drain and exit.",
        discussion: """
            Sends POST /quitquitquit to the admin listener, which accepts it from this machine only. Equivalent to a SIGTERM: no new \
            connections, requests in flight finish. For a Job whose sidecar must exit when the work is done.

            Example:     run-the-work; zuora-gateway quit --admin 127.0.0.1:9901

            Exit code 0 if the gateway accepts, 1 if it refuses or does not respond.
            """)

    @OptionGroup var admin: AdminOption

    @Option(help: ArgumentHelp("How long to wait for the response, such as 500ms or 3s.", valueName: "time"))
    var timeout = DurationArgument(.seconds(5))

    func run() throws {
        do throws(ConnectionFailure) {
            let response = try AdminClient(address: admin.address).ask(
                "POST", "/quitquitquit", deadline: .now() + timeout.duration)
            guard (200..<300).contains(response.status) else { throw ConnectionFailure(response.summary) }
        } catch {
            printError("zuora-gateway: quit failed: \(admin.address): \(error)")
            throw ExitCode(1)
        }
        print("draining")
    }
}
