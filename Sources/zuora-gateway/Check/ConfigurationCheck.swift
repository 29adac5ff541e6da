import Configuration
import Gateway

/// The result of checking a configuration: offline, and optionally of testing its tenants online.
struct ConfigurationCheck {
    private(set) var findings: [Diagnostic] = []
    private let isStrict: Bool
    /// The results for tenants; nil if they were not tested.
    var trials: [TenantTrial]?
    /// The result for the fleet's store; nil without a store, or if it was not tested.
    var store: StoreTrial?

    /// - Parameter isStrict: whether warnings are errors, such as a secret that is missing.
    init(_ configuration: Configuration, path: String, isStrict: Bool = false) {
        self.isStrict = isStrict
        // In the order of the file, the errors of a line as they were found.
        let diagnostics = (configuration.warnings + configuration.unusableReferences(file: path)).enumerated()
            .sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
        findings = Self.findings(diagnostics.map(\.element), isStrict)
    }

    /// The result for a configuration that does not load.
    init(_ errors: ConfigurationErrors, isStrict: Bool = false) {
        self.isStrict = isStrict
        findings = Self.findings(errors.diagnostics, isStrict)
    }

    private static func findings(_ diagnostics: [Diagnostic], _ isStrict: Bool) -> [Diagnostic] {
        diagnostics.map { diagnostic in
            var finding = diagnostic
            if isStrict { finding.severity = .error }
            return finding
        }
    }

    /// `2 errors, 1 warning`; nil if there is neither.
    var counts: String? { findingCounts(errors: findings.total(.error), warnings: findings.total(.warning)) }

    var hasErrors: Bool { findings.contains { $0.severity == .error } }

    /// The exit code of `check`. Errors that need a fix take precedence over transient ones.
    var exitCode: Int32 {
        if hasErrors { return 64 }
        var verdicts = Set((trials ?? []).map(verdict))
        if isStrict, store?.evicts != nil { verdicts.insert(.misfit) }
        // A member serves without its store, but not as the configuration intends.
        if let store, store.loss != nil { verdicts.insert(store.isRefusal ? .refused : .unreachable) }
        return Self.order.first { verdicts.contains($0) }?.exitCode ?? 0
    }

    /// With `isStrict`, a tenant with a warning does not fit.
    func verdict(_ trial: TenantTrial) -> TenantTrial.Verdict {
        isStrict && trial.hasWarnings && trial.verdict == .good ? .misfit : trial.verdict
    }

    private static let order: [TenantTrial.Verdict] = [.refused, .misfit, .unreachable, .unavailable]
}

func findingCounts(errors: Int, warnings: Int) -> String? {
    let counts = [counted(errors, "error"), counted(warnings, "warning")].filter { !$0.hasPrefix("0 ") }
    return counts.isEmpty ? nil : counts.joined(separator: ", ")
}

func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

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
