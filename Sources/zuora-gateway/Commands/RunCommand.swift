import ArgumentParser
import CLinux
import CurlClient
import EventLoop
import Gateway
import GatewayConfig
import Logging

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Serve.",
        discussion: """
            SIGTERM drains and ends; a second one ends at once. SIGHUP reads the configuration again; a bad file changes nothing.
            Exit code 64 on a bad configuration, before anything is bound.
            """)

    @OptionGroup var file: ConfigurationOption

    func run() throws {
        let configuration = try file.load()
        for warning in configuration.warnings { printError("\(warning)") }
        zg_tune_allocator()
        _ = zg_raise_descriptor_limit()
        SignalSource.block(GatewayControl.signalsHandled)
        guard CurlClient.initializeLibrary() else { throw ExitCode(1) }
        let control = try GatewayControl(configurationPath: file.path, log: Logger(label: "zuora-gateway"))
        let outcome = StartOutcome()
        Task(executorPreference: control.loop) {
            do {
                try await control.followSignals()
                try await control.start(configuration)
            } catch {
                outcome.fail("\(error)")
                await control.stop()
            }
        }
        control.run()
        if let failure = outcome.failure {
            printError("zuora-gateway: \(failure)")
            throw ExitCode(1)
        }
        if control.finalStatus != 0 { throw ExitCode(control.finalStatus) }
    }
}
