import Configuration
import Gateway
import Network
import Policy

/// The result of checking a configuration: offline, and optionally of testing its tenants online.
struct ConfigurationCheck {
    struct Finding {
        var isError: Bool
        /// One line, with the file in front.
        var text: String
    }

    private(set) var findings: [Finding] = []
    /// The results for tenants; nil if they were not tested.
    var trials: [TenantTrial]?

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

    /// The result for a configuration that does not load.
    init(_ errors: ConfigurationErrors) {
        findings = errors.diagnostics.map { Finding(isError: $0.severity == .error, text: "\($0)") }
    }

    /// The listeners' certificate and key, without which the gateway cannot start.
    private mutating func checkTLS(_ configuration: Configuration, _ path: String) {
        guard let tls = configuration.gateway.tls else { return }
        do throws(TLSError) {
            _ = try TLSServerContext(tls)
        } catch {
            findings.append(Finding(isError: true, text: "\(path): gateway.tls: \(error)"))
        }
    }

    var hasErrors: Bool { findings.contains { $0.isError } }

    /// The exit code of `check`. Errors that need a fix take precedence over transient ones.
    var exitCode: Int32 {
        if hasErrors { return 64 }
        let verdicts = Set((trials ?? []).map(\.verdict))
        return Self.order.first { verdicts.contains($0) }?.exitCode ?? 0
    }

    private static let order: [TenantTrial.Verdict] = [.refused, .misfit, .unreachable, .unavailable]
}

extension TenantTrial.Verdict {
    /// Exit codes as in sysexits.h.
    var exitCode: Int32 {
        switch self {
        case .good: 0
        // EX_NOPERM
        case .refused: 77
        // EX_CONFIG
        case .misfit: 78
        // EX_UNAVAILABLE
        case .unreachable: 69
        // EX_TEMPFAIL
        case .unavailable: 75
        }
    }
}
