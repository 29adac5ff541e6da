import Gateway
import GatewayConfig
import GatewayCore

/// What can be said of a configuration without a connection to anywhere. A further check adds its findings to these.
struct ConfigurationCheck {
    struct Finding {
        var isError: Bool
        /// One line, with the file in front.
        var text: String
    }

    private(set) var findings: [Finding] = []

    init(_ configuration: Configuration, path: String) {
        let diagnostics = configuration.warnings + configuration.unreadableReferences(file: path)
        findings += diagnostics.map { Finding(isError: $0.severity == .error, text: "\($0)") }
        do throws(PolicyProblems) {
            _ = try Policy(configuration)
        } catch {
            findings += error.problems.map { Finding(isError: true, text: "\(path): \($0.key): \($0.message)") }
        }
    }

    var hasErrors: Bool { findings.contains { $0.isError } }
}
