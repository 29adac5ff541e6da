import Policy

@testable import Configuration

/// Takes any bytes for the content of proxy.conf, and loads it as `run` would, without access to files or accounts. It is accepted,
/// or refused with errors that are fit to print and whose lines exist; and it makes no difference whether lines end with LF or
/// CRLF. Checked by the fuzzer, and by a test over its corpus.
/// - Returns: what does not hold, or nil.
func configurationTextProperty(_ content: [UInt8]) -> String? {
    let (configuration, diagnostics) = load(content)
    if configuration == nil, !diagnostics.contains(where: { $0.severity == .error }) { return "refused without an error" }
    if let configuration {
        if configuration.tenants.isEmpty || configuration.gateway.listen.isEmpty { return "nothing to serve" }
        if diagnostics.contains(where: { $0.severity == .error }) { return "accepted with an error" }
    }
    let lines = 1 + content.count { $0 == 0x0A }
    for diagnostic in diagnostics {
        if let line = diagnostic.line, !(1...lines).contains(line) { return "no such line: \(diagnostic)" }
        if let column = diagnostic.column, !(1...content.count + 1).contains(column) { return "no such column: \(diagnostic)" }
        let text = diagnostic.description
        if text.unicodeScalars.contains(where: \.isControl) { return "not printable: \(text)" }
        if diagnostic.message.isEmpty || text.utf8.count > 16_384 { return "not readable: \(text)" }
    }
    // Only what is not TOML has a column: there is no tree then.
    let tree = diagnostics.contains { $0.column != nil } ? nil : treeComplaint(content, lines)
    return tree ?? lineEndComplaint(content, diagnostics)
}

extension Unicode.Scalar {
    /// General category Cc, which Unicode promises never to change. The standard library's own answer takes a fifth of a fuzzer's time.
    fileprivate var isControl: Bool { value < 0x20 || 0x7F...0x9F ~= value }
}

private func load(_ content: [UInt8]) -> (Configuration?, [Diagnostic]) {
    do throws(ConfigurationErrors) {
        let configuration = try Configuration.parse(content, file: "/etc/proxy.conf", accounts: { $1 == "root" ? 0 : nil })
        return (configuration, configuration.warnings)
    } catch {
        return (nil, error.diagnostics)
    }
}

/// Each value is where the file has it, and no key is there twice.
private func treeComplaint(_ content: [UInt8], _ lines: Int) -> String? {
    guard let root = try? Document(content).root else { return "what was read is no TOML" }
    func complaint(_ node: Node, depth: Int) -> String? {
        guard (1...lines).contains(node.line), depth <= Document.maximumDepth else { return "a value is nowhere" }
        switch node.value {
        case .array(let elements): return elements.lazy.compactMap { complaint($0, depth: depth + 1) }.first
        case .table(let table):
            // Two spellings that Unicode holds equal are two keys.
            var keys = Set<[UInt8]>(minimumCapacity: table.entries.count)
            guard table.entries.allSatisfy({ keys.insert(Array($0.key.utf8)).inserted }) else { return "a key is there twice" }
            return table.entries.lazy.compactMap { complaint($0.node, depth: depth + 1) }.first
        case .string(let text): return text.utf8.contains(0) ? "a NUL passed" : nil
        case .integer, .float, .boolean, .dateTime: return nil
        }
    }
    return complaint(Node(value: .table(root), position: Position(line: 1, column: 1)), depth: 0)
}

private func lineEndComplaint(_ content: [UInt8], _ diagnostics: [Diagnostic]) -> String? {
    guard !content.contains(0x0D), content.contains(0x0A) else { return nil }
    let found = load(content.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }).1
    return found == diagnostics ? nil : "other diagnostics with CRLF: \(found)"
}
