import ArgumentParser

@main
struct ZuoraGateway: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "zuora-gateway")
}
