/// Collects what is wrong while the file is read.
struct Report {
    let file: String
    let root: NodeTable
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var hasErrors = false
    /// Diagnostics beyond `maximumCount`: counted, not kept.
    private var dropped = 0
    private var comparisons = 0

    static let maximumCount = 1000
    /// How many comparisons for "did you mean" one file may cost: each takes a microsecond or less.
    static let maximumComparisons = 500_000

    init(file: String, root: NodeTable) {
        self.file = file
        self.root = root
    }

    mutating func error(_ path: TOMLPath, _ message: String, hint: String? = nil) {
        hasErrors = true
        add(.error, path, message, hint)
    }

    mutating func warning(_ path: TOMLPath, _ message: String, hint: String? = nil) { add(.warning, path, message, hint) }

    private mutating func add(_ severity: Diagnostic.Severity, _ path: TOMLPath, _ message: String, _ hint: String?) {
        guard diagnostics.count < Self.maximumCount else {
            dropped += 1
            return
        }
        diagnostics.append(
            Diagnostic(
                severity, file: file, line: path.line(in: root), keyPath: path.steps.isEmpty ? nil : path.description,
                message: message, hint: hint))
    }

    /// Whether the file has the key.
    func has(_ path: TOMLPath) -> Bool { path.node(in: root) != nil }

    /// `did you mean "entities"?` if a candidate is near enough to what was written.
    mutating func didYouMean(_ written: String, _ candidates: some Collection<String>) -> String? {
        guard comparisons + candidates.count <= Self.maximumComparisons else { return nil }
        comparisons += candidates.count
        return nearest(to: written, among: candidates).map { "did you mean \(quoted($0))?" }
    }

    /// All, by line.
    func sorted() -> [Diagnostic] {
        var all = diagnostics.enumerated()
            .sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
            .map(\.element)
        if dropped > 0 {
            all.append(Diagnostic(hasErrors ? .error : .warning, file: file, message: "\(dropped) more are not shown"))
        }
        return all
    }
}
