import ArgumentParser
import Gateway

struct OpenAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Print an OpenAPI description of the API for callers.",
        discussion: """
            OpenAPI 3.1 in JSON: the routes that the configuration exposes, header fields, outcomes and problem types. The admin \
            listener of a running gateway serves the same at /openapi.json.

            Example:     zuora-gateway openapi --config proxy.conf > openapi.json
            """)

    @OptionGroup var file: ConfigurationOption

    func run() throws {
        print(String(decoding: OpenAPIDescription(try file.load()).json, as: UTF8.self), terminator: "")
    }
}

struct ProblemsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "problems", abstract: "Print every problem type as JSON.",
        discussion: """
            With statuses, phases and meanings. The admin listener of a running gateway serves the same at /problems.json.

            Example:     zuora-gateway problems > problems.json
            """)

    func run() { print(String(decoding: ProblemType.json, as: UTF8.self), terminator: "") }
}
