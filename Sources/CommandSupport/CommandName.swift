public import ArgumentParser
import Glibc
import Wire

extension ParsableCommand {
    /// Ends the process with wrong usage if its first argument is neither a command nor an option, and suggests the closest command.
    public static func refuseUnknownCommand() {
        guard let name = CommandLine.arguments.dropFirst().first, let hint = hint(forCommand: name) else { return }
        printError("\(_commandName): unknown command \"\(name)\"\(hint)\nSee \(_commandName) --help.")
        Glibc.exit(64)
    }

    /// The hint for a first argument that is not a command; nil if it is one, or an option.
    public static func hint(forCommand name: String) -> String? {
        guard !name.isEmpty, !name.hasPrefix("-") else { return nil }
        let commands = configuration.subcommands.map { $0.configuration }
        let shown = commands.filter { $0.shouldDisplay }.compactMap { $0.commandName } + ["help"]
        let all = shown + commands.flatMap { $0.aliases } + commands.compactMap { $0.commandName }
        // The shells' completion scripts call this one.
        if all.contains(name) || name.hasPrefix("---") { return nil }
        return nearest(to: name, among: shown).map { " (did you mean \"\($0)\"?)" } ?? ""
    }
}
