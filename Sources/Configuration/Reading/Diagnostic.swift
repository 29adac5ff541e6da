/// An error or warning about the configuration.
public struct Diagnostic: Hashable, Sendable {
    public var severity: Severity
    /// The file's name as given.
    public var file: String
    /// Counted from 1; nil when no line applies, such as for a missing file.
    public var line: Int?
    /// Counted from 1, in characters; nil without a line.
    public var column: Int?
    /// `tenants.acme.entity`, `gateway.listen[1]`; nil when no key applies.
    public var keyPath: String?
    public var message: String
    /// How to fix it.
    public var hint: String?
    /// How many findings it stands for: more than 1 for those that are not shown.
    public private(set) var count = 1

    public enum Severity: Sendable { case error, warning }

    package init(
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

    /// Stands for findings of a file with too many of them.
    init(_ severity: Severity, file: String, unshown count: Int) {
        let noun = (severity == .error ? "error" : "warning") + (count == 1 ? "" : "s")
        self.init(severity, file: file, message: "\(count) more \(noun) \(count == 1 ? "is" : "are") not shown")
        self.count = count
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `proxy.conf:12: tenants.acme.entites: unknown key (did you mean "entities"?)`: a form that editors can jump to.
    public var description: String {
        var text = file
        if let line { text += ":\(line)" }
        // A key says where on its line.
        if let column, keyPath == nil { text += ":\(column)" }
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

    /// The first errors, one per line, without warnings: for a log line or a status page.
    public var summary: String {
        let shown = errors.prefix(10)
        let rest = diagnostics.total(.error) - shown.count
        let more = rest > 0 ? ["\(rest) more error\(rest == 1 ? "" : "s"): zuora-gateway check shows them"] : []
        return (shown.map(\.description) + more).joined(separator: "\n")
    }
}

extension Sequence<Diagnostic> {
    /// How many findings of this severity there are, those that are not shown included.
    public func total(_ severity: Diagnostic.Severity) -> Int {
        reduce(0) { $0 + ($1.severity == severity ? $1.count : 0) }
    }
}

/// `text` in quotes, safe for one line of an error: control characters escaped, truncated to 80 characters.
package func quoted(_ text: String) -> String {
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

/// A URL for a message, without its query, which may have a key.
func quotedURL(_ text: String) -> String {
    let shown = text.prefix { $0 != "?" && $0 != "#" }
    return quoted(shown.count == text.count ? text : shown + "?…")
}
