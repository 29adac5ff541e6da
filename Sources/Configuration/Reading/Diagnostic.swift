/// An error or warning about the configuration.
public struct Diagnostic: Hashable, Sendable {
    public var severity: Severity
    /// The file's name as given.
    public var file: String
    /// Counted from 1; nil when no line applies, such as for a missing file.
    public var line: Int?
    /// Counted from 1; only for TOML syntax errors.
    public var column: Int?
    /// `tenants.acme.entity`, `gateway.listen[1]`; nil when no key applies.
    public var keyPath: String?
    public var message: String
    /// How to fix it.
    public var hint: String?

    public enum Severity: Sendable { case error, warning }

    init(
        _ severity: Severity, file: String, line: Int? = nil, column: Int? = nil, keyPath: String? = nil, message: String,
        hint: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.keyPath = keyPath
        self.message = message
        self.hint = hint
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `proxy.conf:12: tenants.acme.entites: unknown key (did you mean "entities"?)`: a form that editors can jump to.
    public var description: String {
        var text = file
        if let line { text += ":\(line)" }
        if let column { text += ":\(column)" }
        text += ": "
        if severity == .warning { text += "warning: " }
        if let keyPath { text += "\(keyPath): " }
        text += message
        if let hint { text += " (\(hint))" }
        return text
    }
}

/// Why a configuration is rejected: all errors and warnings, by line.
public struct ConfigurationErrors: Error, Hashable, Sendable {
    /// At least one is an error.
    public var diagnostics: [Diagnostic]

    public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
}

extension ConfigurationErrors: CustomStringConvertible {
    /// One per line.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

/// `text` in quotes, safe for one line of an error: control characters escaped, truncated to 80 characters.
func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars.prefix(80) {
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        case "\u{20}"..."\u{7E}": quoted.unicodeScalars.append(scalar)
        default:
            if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format {
                quoted += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
    }
    return quoted + (text.unicodeScalars.count > 80 ? "…\"" : "\"")
}
