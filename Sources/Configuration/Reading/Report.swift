import Wire

/// Collects diagnostics while the file is read.
struct Report {
    let file: String
    let root: Table
    private var errors: [Diagnostic] = []
    private var warnings: [Diagnostic] = []
    /// Beyond `maximumCount`: counted, not kept.
    private var droppedErrors = 0
    private var droppedWarnings = 0
    private var comparisons = 0

    /// Of errors, and of warnings.
    static let maximumCount = 1000
    /// How many comparisons for "did you mean" one file may cost: each takes a microsecond or less.
    static let maximumComparisons = 500_000

    init(file: String, root: Table) {
        self.file = file
        self.root = root
    }

    var hasErrors: Bool { !errors.isEmpty }

    mutating func error(_ path: TOMLPath, _ message: String, hint: String? = nil) {
        guard errors.count < Self.maximumCount else { return droppedErrors += 1 }
        errors.append(diagnostic(.error, path, message, hint))
    }

    mutating func warning(_ path: TOMLPath, _ message: String, hint: String? = nil) {
        guard warnings.count < Self.maximumCount else { return droppedWarnings += 1 }
        warnings.append(diagnostic(.warning, path, message, hint))
    }

    private func diagnostic(
        _ severity: Diagnostic.Severity, _ path: TOMLPath, _ message: String, _ hint: String?
    ) -> Diagnostic {
        let position = path.position(in: root)
        return Diagnostic(
            severity, file: file, line: position?.line, column: position?.column,
            keyPath: path.steps.isEmpty ? nil : path.description, message: message, hint: hint)
    }

    /// Whether the file has the key.
    func has(_ path: TOMLPath) -> Bool { path.node(in: root) != nil }

    /// `did you mean "entities"?` if a candidate is similar enough to what was written.
    mutating func didYouMean(_ written: String, _ candidates: some Collection<String>) -> String? {
        guard comparisons + candidates.count <= Self.maximumComparisons else { return nil }
        comparisons += candidates.count
        return nearest(to: written, among: candidates).map { "did you mean \(quoted($0))?" }
    }

    /// All, by line.
    func sorted() -> [Diagnostic] {
        var all = (errors + warnings).enumerated()
            .sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
            .map(\.element)
        if droppedErrors > 0 { all.append(Diagnostic(.error, file: file, unshown: droppedErrors)) }
        if droppedWarnings > 0 { all.append(Diagnostic(.warning, file: file, unshown: droppedWarnings)) }
        return all
    }
}

/// The context of a reader: the report and the position in the file.
struct Reading {
    var report: Report
    /// Of the value being read.
    var path = TOMLPath()
    /// The base of relative paths in the file; empty for the working directory.
    let directory: String
    /// Finds users and groups by name.
    let accounts: Account.Lookup

    mutating func error(_ message: String, hint: String? = nil) { report.error(path, message, hint: hint) }
    mutating func warning(_ message: String, hint: String? = nil) { report.warning(path, message, hint: hint) }

    /// Runs `body` one step further down.
    mutating func at<Value>(_ step: TOMLPath.Step, _ body: (inout Reading) -> Value) -> Value {
        path.steps.append(step)
        defer { path.steps.removeLast() }
        return body(&self)
    }

    /// Reports that the value does not have the key's type.
    mutating func expected(_ form: String, _ node: Node, hint: String? = nil) {
        error("expected \(form), found \(node.kind)", hint: hint)
    }

    /// The node's string; nil after reporting that it has none.
    mutating func string(_ node: Node, _ form: String, hint: String? = nil) -> String? {
        if case .string(let text) = node.value { return text }
        expected(form, node, hint: hint)
        return nil
    }

    /// A path of the file system, made absolute or relative to the working directory.
    func resolve(_ file: String) -> String { file.hasPrefix("/") || directory.isEmpty ? file : directory + "/" + file }
}
