import ArgumentParser
import CommandSupport
import Configuration
import Gateway
import Policy

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show how a request would be handled, without sending anything.",
        discussion: """
            Prints the caller, tenant, route and entity that a request resolves to, every header that would go to Zuora and why, and the \
            limits that apply; or why it would be refused. It runs the code that serves requests, so the result is accurate.

            Example:     zuora-gateway explain -X DELETE /v1/batch-query/jobs/abc
            With fields: zuora-gateway explain /query/jobs -H 'X-Zuora-Tenant: acme'
            As a caller: zuora-gateway explain -X DELETE /query/jobs/1 --as billing

            Exit code 0 if it would be forwarded, 1 if it would be refused, 64 for wrong usage or a bad configuration.
            """)

    @OptionGroup var file: ConfigurationOption

    @Option(
        name: [.customShort("X", allowingJoined: true), .customLong("request")],
        help: ArgumentHelp("The method.", valueName: "method"))
    var method = "GET"

    @Argument(help: ArgumentHelp("Path and query, as on the wire.", valueName: "path"))
    var target: String

    @Option(
        name: [.customShort("H", allowingJoined: true), .customLong("header")], parsing: .singleValue,
        help: ArgumentHelp("A header; repeatable.", valueName: "name: value"))
    var headers: [String] = []

    @Option(help: ArgumentHelp("The listener that receives it: an index into gateway.listen, from 0.", valueName: "n"))
    var listener = 0

    @OptionGroup var sender: SenderOptions

    @Option(
        help: ArgumentHelp("The scope of the tenant's token, as in Zuora's token response.", valueName: "entity.<id> ..."))
    var scope: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        for text in headers + [method, target] where text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) {
            throw ValidationError("A method, a path and a header are one line each.")
        }
        for header in headers where !header.contains(":") {
            throw ValidationError("A header is 'Name: value', not \"\(header)\".")
        }
    }

    func run() throws {
        let configuration = try file.load()
        guard configuration.gateway.listen.indices.contains(listener) else {
            throw ValidationError(
                "--listener must be less than \(configuration.gateway.listen.count), the number of listeners in \(file.path).")
        }
        var request = ImaginedRequest(method: method, target: target, fields: headers, listener: listener)
        if let scope { request.scope = TokenScope(scope) }
        try sender.apply(to: &request, configuration)
        var random = SystemRandomNumberGenerator()
        let report = configuration.explain(request, using: &random)
        if json {
            print(String(decoding: report.json, as: UTF8.self))
        } else {
            let page = ExplanationPage(
                title: "\(method) \(target) on \(configuration.gateway.listen[listener].address)", style: .standardOutput)
            print(page.text(report))
        }
        if report.isRefused { throw ExitCode(1) }
    }
}
