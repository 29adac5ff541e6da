import ArgumentParser
import GatewayConfig

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what is wrong with a configuration.",
        discussion: """
            Prints every error and warning with file, line and a hint. The certificates of TLS listeners are read, and must go \
            with their key. What other files and variables hold is not looked at, only whether they can be read.

            Example:     zuora-gateway check --config /etc/zuora-gateway/proxy.conf

            Exit code 0 if the gateway would start with it, 64 if not.
            """)

    @OptionGroup var file: ConfigurationOption

    func run() throws {
        let configuration = try file.load()
        let check = ConfigurationCheck(configuration, path: file.path)
        for finding in check.findings { printError(finding.text) }
        if check.hasErrors { throw ExitCode(64) }
        print(
            "\(file.path): OK, \(counted(configuration.tenants.count, "tenant")), \(counted(configuration.callers.count, "caller"))"
        )
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
