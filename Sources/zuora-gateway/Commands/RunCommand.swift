import ArgumentParser
import CLinux
import CommandSupport
import Configuration
import Gateway
import Glibc
import Logging
import Network
import Policy
import Synchronization
import Wire

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the gateway.",
        discussion: """
            SIGTERM drains and exits; a second one exits immediately. SIGHUP reloads the configuration; an invalid file is ignored.
            Exit code 64 on an invalid configuration, before any port is bound.
            """)

    @OptionGroup var file: ConfigurationOption

    func run() throws {
        let configuration = try file.loadForService()
        zg_tune_allocator()
        _ = zg_raise_descriptor_limit()
        SignalSource.block(GatewayControl.signalsHandled)
        guard CurlLibrary.initialize() else { throw ExitCode(1) }
        let confinement = Confinement.apply(configuration.gateway)
        // A closed standard output must not end the gateway.
        zg_ignore_sigpipe()
        let format = configuration.gateway.logFormat
        let accessDrain = try LogDrain(descriptor: 1, name: "access-log", format: format)
        let diagnostics = try LogDrain(descriptor: 2, name: "diagnostics", format: format)
        let level = LogLevel(Logger.Level(rawValue: configuration.gateway.logLevel.rawValue) ?? .info)
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level, drain: diagnostics, format: format) }
        let control = try GatewayControl(
            configurationPath: file.path, log: Logger(label: "zuora-gateway"), accessDrain: accessDrain, level: level)
        Logger(label: "zuora-gateway").info("confinement", metadata: ["in_force": "\(confinement)"])
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
            Logger(label: "zuora-gateway").critical("cannot start", metadata: ["reason": "\(failure)"])
        }
        _ = accessDrain.finish(within: .seconds(2))
        _ = diagnostics.finish(within: .seconds(2))
        if outcome.failure != nil { throw ExitCode(1) }
        if control.finalStatus != 0 { throw ExitCode(control.finalStatus) }
    }
}

/// The path of the configuration.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: ArgumentHelp("The configuration file. (default: proxy.conf)", valueName: "file"),
        completion: .file(extensions: ["conf", "toml"]))
    var given: String?

    var path: String { given ?? "proxy.conf" }

    /// Reads the file; on errors prints them all and exits with 64, before any port is bound.
    func load() throws -> Configuration {
        do {
            return try Configuration.load(path: path)
        } catch {
            printError("\(error)")
            let counts = findingCounts(errors: error.diagnostics.total(.error), warnings: error.diagnostics.total(.warning))
            printError("\(path): \(counts ?? "")")
            throw ExitCode(64)
        }
    }
}

extension ConfigurationOption {
    /// As `load`. Unless standard error is a terminal, the errors are lines of JSON like those that would follow: the format that the
    /// configuration asks for is unknown.
    fileprivate func loadForService() throws -> Configuration {
        if isatty(2) == 1 { return try load() }
        do {
            return try Configuration.load(path: path)
        } catch {
            for diagnostic in error.diagnostics {
                let isError = diagnostic.severity == .error
                let line = DiagnosticLine(
                    level: isError ? .critical : .warning, logger: "zuora-gateway",
                    message: isError ? "configuration error" : "configuration warning", metadata: ["reason": "\(diagnostic)"])
                printError(String(decoding: line.bytes(.json, .now()).dropLast(), as: UTF8.self))
            }
            throw ExitCode(64)
        }
    }
}

/// The result of a start, passed between threads.
final class StartOutcome: Sendable {
    private let state = Mutex<String?>(nil)

    var failure: String? { state.withLock { $0 } }

    func fail(_ reason: String) { state.withLock { $0 = reason } }
}
