import ArgumentParser

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print a completion script for a shell.",
        discussion: """
            Example:     zuora-gateway completions bash > /etc/bash_completion.d/zuora-gateway
            In zsh:      zuora-gateway completions zsh > "${fpath[1]}/_zuora-gateway"
            In fish:     zuora-gateway completions fish > ~/.config/fish/completions/zuora-gateway.fish
            """)

    @Argument(
        help: ArgumentHelp("bash, zsh or fish; without it, the shell of $SHELL.", valueName: "shell"),
        completion: .list(CompletionShell.allCases.map(\.rawValue)))
    var name: String?

    func run() throws {
        guard let shell = name.map({ CompletionShell(rawValue: $0) }) ?? CompletionShell.autodetected() else {
            throw ValidationError("Name one of bash, zsh and fish.")
        }
        print(ZuoraGateway.completionScript(for: shell))
    }
}
