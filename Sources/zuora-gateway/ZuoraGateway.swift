import ArgumentParser
import Gateway

/// The command line. Exit codes: 0 done; 1 failed; 64 wrong usage or a bad configuration (EX_USAGE of sysexits.h).
@main
struct ZuoraGateway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zuora-gateway",
        abstract: "A sidecar that cancels Zuora AQuA jobs for services that carry no credentials.",
        discussion: """
            A service calls the gateway in plain HTTP; the gateway attaches the tenant's bearer token, entity and orgs, forwards to \
            Zuora and relays the answer.

            Try it:      zuora-gateway demo
            Check:       zuora-gateway check --config proxy.conf
            Ask:         zuora-gateway explain -X DELETE /v1/batch-query/jobs/abc
            Serve:       zuora-gateway run --config proxy.conf
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Serve", subcommands: [RunCommand.self, CheckCommand.self, ExplainCommand.self, HashKeyCommand.self]),
            CommandGroup(name: "Operate", subcommands: [WaitCommand.self, HealthCommand.self, QuitCommand.self]),
            CommandGroup(name: "Try", subcommands: [DemoCommand.self, SandboxCommand.self]),
            CommandGroup(name: "About", subcommands: [VersionCommand.self, ManualCommand.self, CompletionsCommand.self]),
        ])
}
