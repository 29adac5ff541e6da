import ArgumentParser
import CommandSupport
import Configuration
import Gateway
import Network

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validate a configuration.",
        usage: "zuora-gateway check [<path>] [--online] [--strict] [--json]",
        discussion: """
            Prints each error and warning (at most 1000 of either) with file, line and a hint, and how many there are. Secrets and the \
            certificates of TLS listeners are read as the gateway reads them. Other files only need to be readable.

            With --strict, warnings count as errors: for example, a secret that cannot be used or a file that cannot be read. \
            Run it where these files are.

            With --online, each tenant is tested as the gateway would use it: a connection to its upstream with its certificate \
            authorities, proxy, time limits and client certificate, and one token per credential, whose entities are compared with \
            the configuration. The results are printed as a table. A static token is not sent: only the connection is tested. \
            A hub is asked whether it knows this gateway and the tenant, and the store of a fleet runs a script of each kind in use. \
            The output contains no secrets or tokens.

            Example:     zuora-gateway check /etc/zuora-gateway/proxy.conf
            In CI:       zuora-gateway check --json proxy.conf
            Online:      zuora-gateway check --online

            Exit code 0 if the gateway would start and, with --online, could serve every tenant; otherwise the first of these that \
            applies:

                64  the configuration has an error; nothing was tested
                77  a token was refused, a hub or the store refuses this gateway, or a secret is missing: retrying does not help
                78  a token does not cover the default entity or, with --strict, any of the configured ones
                69  an upstream, a token endpoint or the store is unreachable or not trusted
                75  no token at the moment: try again later
            """)

    @OptionGroup var option: ConfigurationOption

    @Argument(
        help: ArgumentHelp("The configuration file, as with --config.", valueName: "path"),
        completion: .file(extensions: ["conf", "toml"]))
    var argument: String?

    @Flag(help: "Test every tenant's upstream and credential.")
    var online = false

    @Flag(help: "Count warnings as errors.")
    var strict = false

    @Flag(help: "Print one JSON object.")
    var json = false

    private var file: ConfigurationOption {
        var file = option
        if let argument { file.given = argument }
        return file
    }

    func validate() throws {
        if let argument, let given = option.given, argument != given {
            throw ValidationError("Two configuration files are given.")
        }
    }

    func run() throws {
        let configuration = try load()
        var check = ConfigurationCheck(configuration, path: file.path, isStrict: strict)
        if !json { for finding in check.findings { printError("\(finding)") } }
        if online, !check.hasErrors { (check.trials, check.store) = try Self.trials(configuration) }
        if json {
            print(check.json(file: file.path))
        } else {
            if let trials = check.trials { print(TrialTable(style: .standardOutput).text(trials)) }
            if let store = check.store {
                print("fleet: \(store.loss == nil ? "" : "error: ")\(store.text)")
                if let policy = store.evicts {
                    print(
                        "  warning: its maxmemory-policy is \(policy): a token that it drops costs a token call; use noeviction")
                }
            }
            if check.exitCode == 0 {
                let parts = [
                    "OK", counted(configuration.tenants.count, "tenant"), counted(configuration.callers.count, "caller"),
                    check.counts,
                ]
                print("\(file.path): \(parts.compactMap(\.self).joined(separator: ", "))")
            } else if check.hasErrors, let counts = check.counts {
                printError("\(file.path): \(counts)\(strict ? " (--strict counts warnings as errors)" : "")")
            } else if strict, check.exitCode == 78 {
                printError("\(file.path): --strict counts warnings as errors")
            }
        }
        if check.exitCode != 0 { throw ExitCode(check.exitCode) }
    }

    private func load() throws -> Configuration {
        guard json else { return try file.load() }
        do throws(ConfigurationErrors) {
            return try Configuration.load(path: file.path)
        } catch {
            print(ConfigurationCheck(error, isStrict: strict).json(file: file.path))
            throw ExitCode(64)
        }
    }

    private static func trials(_ configuration: Configuration) throws -> ([TenantTrial], StoreTrial?) {
        guard CurlLibrary.initialize() else { throw ExitCode(1) }
        let check = try OnlineCheck()
        return try MainLoop.run(on: check) { (try await check.run(configuration), await check.store) }
    }
}
