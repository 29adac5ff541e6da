/// Why a configuration is refused: everything that is wrong with it, by line, warnings included.
public struct ConfigurationErrors: Error, Hashable, Sendable {
    /// At least one of them an error.
    public var diagnostics: [Diagnostic]

    public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
}

extension ConfigurationErrors: CustomStringConvertible {
    /// One a line.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
