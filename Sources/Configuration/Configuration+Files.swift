import Glibc
import Policy

extension Configuration {
    /// The secrets and files that this process cannot read now, as `check` reports them: a secret may well arrive later.
    /// - Parameter file: what the diagnostics call the configuration.
    public func unreadableReferences(file: String) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        func add(_ keyPath: String, _ line: Int?, _ message: String) {
            diagnostics.append(Diagnostic(.warning, file: file, line: line, keyPath: keyPath, message: message))
        }
        for reference in secretSources {
            switch reference.source {
            case .file(let path):
                if let problem = Self.problem(reading: path) { add(reference.keyPath, reference.line, problem) }
            case .environment(let name):
                if unsafe getenv(name) == nil { add(reference.keyPath, reference.line, "\(name) is not set") }
            case .literal: break
            }
        }
        for reference in files {
            if let problem = Self.problem(reading: reference.path) { add(reference.keyPath, reference.line, problem) }
        }
        return diagnostics
    }

    private static func problem(reading path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, unsafe access(path, R_OK) == 0 else {
            return "\(quoted(path)) cannot be read: \(unsafe String(cString: strerror(errno)))"
        }
        return status.st_mode & S_IFMT == S_IFREG ? nil : "\(quoted(path)) is not a regular file"
    }
}
