/// Reads TOML 1.0 into a tree that knows the line of each key and value.
///
/// TOMLKit alone would not do. It tells no line of what it accepts, gives no memory back for what is read from it, ends the
/// process at some typing errors (`[.a]`), and at keys that nest a million deep. So the text is scanned here, strictly and
/// bounded, and TOMLKit sees only what the scan has accepted: it has the last word on what tables may be opened twice and on
/// dates (`Document`).
struct Scanner {
    /// Tables, arrays and dotted keys together.
    static let maximumDepth = 64

    let bytes: [UInt8]
    var at = 0
    var line = 1
    /// Where the current line begins.
    var lineStart = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    mutating func document() throws(SyntaxError) -> NodeTable {
        let root = NodeTable()
        var current = root
        var depth = 0
        while true {
            try skipBlankLines()
            if isAtEnd { return root }
            if next == .leftBracket {
                (current, depth) = try header(in: root)
            } else {
                try keyAndValue(into: current, depth: depth)
            }
            try endOfLine()
        }
    }

    /// `[a.b]` or `[[a.b]]`: the table that the lines after it belong to, and how deep it is.
    private mutating func header(in root: NodeTable) throws(SyntaxError) -> (NodeTable, depth: Int) {
        at += 1
        let isArray = take(.leftBracket)
        let path = try dottedKey()
        guard take(.rightBracket) else { throw expected("\"]\" after the table's name") }
        guard !isArray || take(.rightBracket) else { throw expected("a second \"]\" after the table's name") }
        let parent = try descend(path.dropLast(), from: root)
        let last = path.suffix(1)
        guard isArray, let key = last.first else { return (try descend(last, from: parent), path.count) }
        return (try appendTable(key, to: parent), path.count)
    }

    private func appendTable(_ key: String, to parent: NodeTable) throws(SyntaxError) -> NodeTable {
        let table = NodeTable()
        let node = Node(value: .table(table), line: line)
        if let existing = parent[key] {
            guard case .array(let array) = existing.node.value, array.isOfTables else {
                throw problem("\(quoted(key)) is no array of tables: it is \(existing.node.kind) on line \(existing.line)")
            }
            array.elements.append(node)
        } else {
            let array = NodeArray(isOfTables: true)
            array.elements.append(node)
            _ = parent.add(.init(key: key, line: line, node: Node(value: .array(array), line: line)))
        }
        return table
    }

    /// Walks down `path`, making the tables that are not there yet, and taking the last of an array of tables.
    private func descend(_ path: some Sequence<String>, from start: NodeTable) throws(SyntaxError) -> NodeTable {
        var table = start
        for key in path {
            if let existing = table[key] {
                switch existing.node.value {
                case .table(let inner): table = inner
                case .array(let array) where array.isOfTables:
                    guard case .table(let inner)? = array.elements.last?.value else { return NodeTable() }
                    table = inner
                default: throw problem("\(quoted(key)) is no table: it is \(existing.node.kind) on line \(existing.line)")
                }
            } else {
                let inner = NodeTable()
                _ = table.add(.init(key: key, line: line, node: Node(value: .table(inner), line: line)))
                table = inner
            }
        }
        return table
    }

    /// `a.b = value`.
    mutating func keyAndValue(into table: NodeTable, depth: Int) throws(SyntaxError) {
        let path = try dottedKey()
        guard take(.equals) else { throw expected("\"=\" after a key") }
        skipSpaces()
        let parent = try descend(path.dropLast(), from: table)
        for key in path.suffix(1) {
            if let existing = parent[key] { throw problem("\(quoted(key)) is set twice: it is on line \(existing.line) already") }
            let line = line
            _ = parent.add(.init(key: key, line: line, node: try value(depth: depth + path.count)))
        }
    }
}
