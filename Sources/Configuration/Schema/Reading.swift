/// What a reader works with: the report, and where in the file it is.
struct Reading {
    var report: Report
    /// Of the value being read.
    var path = TOMLPath()
    /// Relative paths in the file are taken from here; empty for the working directory.
    let directory: String

    mutating func error(_ message: String, hint: String? = nil) { report.error(path, message, hint: hint) }
    mutating func warning(_ message: String, hint: String? = nil) { report.warning(path, message, hint: hint) }

    /// Runs `body` one step further down.
    mutating func at<Value>(_ step: TOMLPath.Step, _ body: (inout Reading) -> Value) -> Value {
        path.steps.append(step)
        defer { path.steps.removeLast() }
        return body(&self)
    }

    /// Says that the value is not of the type that the key takes.
    mutating func expected(_ form: String, _ node: Node, hint: String? = nil) {
        error("expected \(form), found \(node.kind)", hint: hint)
    }

    /// A path of the file system, made absolute or relative to the working directory.
    func resolve(_ file: String) -> String { file.hasPrefix("/") || directory.isEmpty ? file : directory + "/" + file }
}
