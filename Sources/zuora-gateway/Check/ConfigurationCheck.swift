import EventLoop
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
        checkTLS(configuration, path)
    }

    /// The listeners' certificate and key: without them nothing would start.
    private mutating func checkTLS(_ configuration: Configuration, _ path: String) {
        guard let tls = configuration.gateway.tls else { return }
        do throws(TLSError) {
            _ = try TLSServerContext(tls)
        } catch {
            findings.append(Finding(isError: true, text: "\(path): gateway.tls: \(error)"))
        }
    }

    var hasErrors: Bool { findings.contains { $0.isError } }
}
