import ArgumentParser
import CLinux
import CommandSupport
import Configuration
import Glibc
import Network
import Wire

/// The command line. Exit codes: 0 done; 1 failed; 64 wrong usage or a bad configuration (EX_USAGE of sysexits.h).
@main
struct ZuoraGateway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zuora-gateway",
        abstract: "A sidecar that cancels Zuora AQuA jobs for services without Zuora credentials.",
        discussion: """
            A service calls the gateway over plain HTTP; the gateway adds the tenant's bearer token, entity and orgs, forwards the \
            request to Zuora and relays the response.

            Try it:      zuora-sandbox demo
            Check:       zuora-gateway check --config proxy.conf
            Explain:     zuora-gateway explain -X DELETE /v1/batch-query/jobs/abc
            Serve:       zuora-gateway run --config proxy.conf
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Serve", subcommands: [RunCommand.self, CheckCommand.self, ExplainCommand.self, HashKeyCommand.self]),
            CommandGroup(name: "Operate", subcommands: [WaitCommand.self, HealthCommand.self, QuitCommand.self]),
            CommandGroup(
                name: "About",
                subcommands: [
                    OpenAPICommand.self, ProblemsCommand.self, VersionCommand.self, ManualCommand.self, CompletionsCommand.self,
                    MovedCommand.self,
                ]),
        ])
}

extension ZuoraGateway {
    static func main() {
        zg_open_standard_streams()
        refuseUnknownCommand()
        runCommandLine()
    }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the versions of the gateway, libcurl, OpenSSL and zlib.",
        discussion: """
            The versions of libraries are those loaded at run time. The revision is the commit that was built, if known.

            Example:     zuora-gateway version
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() {
        let versions = CurlLibrary.versions
        if json {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("version", Version.current)
            if let revision = Version.revision { writer.member("revision", revision) }
            writer.member("libcurl", versions.curl)
            writer.member("tls", versions.tls)
            writer.member("zlib", versions.zlib)
            writer.endObject()
            return print(String(decoding: writer.bytes, as: UTF8.self))
        }
        print("zuora-gateway \(Version.current)\(Version.revision.map { " (\($0))" } ?? "")")
        print("libcurl \(versions.curl)")
        print("TLS \(versions.tls)")
        print("zlib \(versions.zlib)")
    }
}

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print a completion script for a shell.",
        discussion: """
            Example:     zuora-gateway completions bash > /etc/bash_completion.d/zuora-gateway
            In zsh:      zuora-gateway completions zsh > "${fpath[1]}/_zuora-gateway"
            In fish:     zuora-gateway completions fish > ~/.config/fish/completions/zuora-gateway.fish
            """)

    @Argument(
        help: ArgumentHelp("bash, zsh or fish; by default, the shell of $SHELL.", valueName: "shell"),
        completion: .list(CompletionShell.allCases.map(\.rawValue)))
    var name: String?

    func run() throws {
        guard let shell = name.map({ CompletionShell(rawValue: $0) }) ?? CompletionShell.autodetected() else {
            throw ValidationError("The shell must be bash, zsh or fish.")
        }
        print(ZuoraGateway.completionScript(for: shell))
    }
}

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the manual page.",
        discussion: """
            Example:     zuora-gateway manual > /usr/local/share/man/man1/zuora-gateway.1
            View it:     zuora-gateway manual | man -l -
            """)

    func run() {
        let page = ManualPage(
            of: ZuoraGateway.self,
            .init(
                "EXIT STATUS",
                [
                    "0": "Done.",
                    "1": "Failed; standard error says why.",
                    "64": "Wrong usage, or an invalid configuration; nothing was started.",
                    "69, 75, 77, 78": "check --online: a tenant cannot be served; see check.",
                    "143": "Exited after draining on SIGTERM, unless exit_zero_on_sigterm is set.",
                ]),
            .init(
                "SIGNALS",
                [
                    "SIGTERM, SIGINT": "Drain and exit. A second one exits immediately.",
                    "SIGHUP": "Reload the configuration. An invalid one is ignored.",
                ]),
            .init(
                "ENVIRONMENT",
                [
                    "HTTPS_PROXY, NO_PROXY":
                        "The forward proxy to Zuora, if the configuration names none. Read once at start.",
                    "NO_COLOR": "If set, output is not coloured.",
                ]),
            .init("FILES", ["proxy.conf": "The configuration in TOML; see docs/configuration.md for all keys."]),
            .init(
                "SEE ALSO", ["zuora-sandbox(1)": "An emulation of Zuora for trying the gateway.", "proxy.conf(5)": "Every key."])
        )
        print(page.text)
    }
}

/// Commands that another program has.
struct MovedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sandbox", shouldDisplay: false, aliases: ["demo"])

    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws {
        printError("zuora-gateway: sandbox and demo are in another program: see zuora-sandbox --help")
        throw ExitCode(64)
    }
}
