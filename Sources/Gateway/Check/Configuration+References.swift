public import Configuration
import Glibc
import Network
import Policy

extension Configuration {
    /// What this process cannot use now of the secrets and files that the configuration refers to, by the code that reads them.
    ///
    /// Without `fleet.key` or the files of `[gateway.tls]` the gateway does not start: these are errors. Others may still be mounted
    /// later: these are warnings.
    /// - Parameter file: the configuration's name in the diagnostics.
    public func unusableReferences(file: String) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for reference in secretSources {
            let verdict = SecretVerdict(SecretReader.read(reference.source), use: reference.use, known: nil)
            func note(_ severity: Diagnostic.Severity, _ message: String) {
                diagnostics.append(
                    Diagnostic(
                        severity, file: file, line: reference.line, keyPath: reference.keyPath,
                        message: "\(reference.source.subject)\(message)"))
            }
            if case .unusable(let problem) = verdict.outcome {
                note(reference.keyPath == "fleet.key" ? .error : .warning, " cannot be used: \(problem.text)")
            } else {
                for warning in verdict.warnings { note(.warning, ": \(warning.text)") }
            }
        }
        let listenersProblem = listenersProblem(file: file)
        if let listenersProblem { diagnostics.append(listenersProblem) }
        for reference in files where reference.keyPath != listenersProblem?.keyPath {
            guard let problem = Self.problem(reading: reference.path) else { continue }
            diagnostics.append(
                Diagnostic(.warning, file: file, line: reference.line, keyPath: reference.keyPath, message: problem))
        }
        return diagnostics
    }

    /// Why the certificate, the key or the authorities of the `tls:` listeners cannot be used.
    private func listenersProblem(file: String) -> Diagnostic? {
        guard let tls = gateway.tls else { return nil }
        do throws(TLSError) {
            _ = try TLSServerContext(tls)
            return nil
        } catch {
            let keyPath = "gateway.tls" + (error.role.map { ".\($0)" } ?? "")
            let line = files.first { $0.keyPath == keyPath }?.line
            return Diagnostic(.error, file: file, line: line, keyPath: keyPath, message: "\(error)")
        }
    }

    private static func problem(reading path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, unsafe access(path, R_OK) == 0 else {
            return "\(quoted(path)) cannot be read: \(unsafe String(cString: strerror(errno)))"
        }
        return status.st_mode & S_IFMT == S_IFREG ? nil : "\(quoted(path)) is not a regular file"
    }
}

extension SecretSource {
    /// Without the secret, if that is in the configuration.
    fileprivate var subject: String {
        switch self {
        case .file(let path): quoted(path)
        case .environment(let name): name
        case .literal: "the secret"
        }
    }
}
