import ArgumentParser
import CommandSupport
import Configuration
import Gateway
import Network

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what is wrong with a configuration.",
        discussion: """
            Prints every error and warning with file, line and a hint. The certificates of TLS listeners are read, and must go \
            with their key. What other files and variables hold is not looked at, only whether they can be read.

            With --online each tenant is tried for real, as the gateway would: a connection to its upstream with its own authorities, \
            proxy, time limits and client certificate, and one token for each credential, whose entities are compared with the \
            configuration. A table says what came of it. A static token is sent nowhere: for it, only the connection is tried. \
            Nothing that is printed holds a secret or a token.

            Example:     zuora-gateway check --config /etc/zuora-gateway/proxy.conf
            For real:    zuora-gateway check --online

            Exit code 0 if the gateway would start with it, and with --online serve every tenant; otherwise the first of these that \
            is true:

                64  the configuration has an error; nothing was tried
                77  a token is refused, or there is no secret: waiting does not help
                78  a token does not go with the entities that are configured
                69  an upstream or a token endpoint cannot be reached, or not be trusted
                75  no token for now: try again later
            """)

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Try every tenant's upstream and credential.")
    var online = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let configuration = try load()
        var check = ConfigurationCheck(configuration, path: file.path)
        if !json { for finding in check.findings { printError(finding.text) } }
        if online, !check.hasErrors { check.trials = try Self.trials(configuration) }
        if json {
            print(check.json)
        } else {
            if let trials = check.trials { print(TrialTable(style: .standardOutput).text(trials)) }
            if check.exitCode == 0 {
                print(
                    "\(file.path): OK, \(counted(configuration.tenants.count, "tenant")), "
                        + counted(configuration.callers.count, "caller"))
            }
        }
        if check.exitCode != 0 { throw ExitCode(check.exitCode) }
    }

    private func load() throws -> Configuration {
        guard json else { return try file.load() }
        do throws(ConfigurationErrors) {
            return try Configuration.load(path: file.path)
        } catch {
            print(ConfigurationCheck(error).json)
            throw ExitCode(64)
        }
    }

    private static func trials(_ configuration: Configuration) throws -> [TenantTrial] {
        guard CurlLibrary.initialize() else { throw ExitCode(1) }
        let check = try OnlineCheck()
        return try MainLoop.run(on: check) { try await check.run(configuration) }
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
