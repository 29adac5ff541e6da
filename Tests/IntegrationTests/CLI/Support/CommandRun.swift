import Foundation
import Subprocess

/// The gateway's own binary, or the sandbox's, run to its end.
struct CommandRun {
    let status: Int32
    let output: String
    let errors: String

    static let binary = ChildProcess.gateway.path()
    static let sandbox = ChildProcess.sandbox.path()

    /// - Parameter input: what standard input holds; the command must read it.
    static func run(
        _ arguments: String..., program: String = binary, input: String? = nil, environment: [Environment.Key: String?] = [:]
    ) async throws -> CommandRun {
        try await run(arguments, program: program, input: input, environment: environment)
    }

    static func run(
        _ arguments: [String], program: String = binary, input: String? = nil, environment: [Environment.Key: String?] = [:]
    ) async throws -> CommandRun {
        let path = Executable.path(.init(program))
        // The sandbox prints its secrets; the demo must not.
        let isKept = program == binary || arguments.first == "demo"
        let arguments = Arguments(arguments)
        let environment = Environment.inherit.updating(environment)
        guard let input else {
            let result = try await Subprocess.run(
                path, arguments: arguments, environment: environment, output: .string(limit: 1 << 20),
                error: .string(limit: 1 << 20))
            return CommandRun(result.terminationStatus, result.standardOutput, result.standardError, isKept: isKept)
        }
        let result = try await Subprocess.run(
            path, arguments: arguments, environment: environment, input: .string(input), output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        return CommandRun(result.terminationStatus, result.standardOutput, result.standardError, isKept: isKept)
    }

    private init(_ status: TerminationStatus, _ output: String, _ errors: String, isKept: Bool) {
        if isKept { KeptOutput.keep("command", output + errors) }
        self.output = output
        self.errors = errors
        self.status =
            switch status {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
    }
}
