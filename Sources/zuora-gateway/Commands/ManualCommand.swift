import ArgumentParser

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the manual page.",
        discussion: """
            Example:     zuora-gateway manual > /usr/local/share/man/man1/zuora-gateway.1
            To read it:  zuora-gateway manual | man -l -
            """)

    func run() { print(ManualPage().text) }
}
