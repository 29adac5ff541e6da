import ArgumentParser
import GatewayConfig

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what is wrong with a configuration.",
        discussion: "Prints every error and warning with file, line and a hint. Exit code 64 if there is an error.")

    @OptionGroup var file: ConfigurationOption

    func run() throws {
        let configuration = try file.load()
        for warning in configuration.warnings { printError("\(warning)") }
        let unreadable = configuration.unreadableReferences(file: file.path)
        for diagnostic in unreadable { printError("\(diagnostic)") }
        if unreadable.contains(where: { $0.severity == .error }) { throw ExitCode(64) }
        print("\(file.path): OK, \(configuration.tenants.count) tenant(s), \(configuration.callers.count) caller(s)")
    }
}
