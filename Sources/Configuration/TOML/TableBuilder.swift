/// A table under construction, and the rules on what may still be added to it.
///
///     [a.b]         -> a is implied, b is defined by its header
///     [a]           -> a, implied so far, is defined now; a second [a] is an error
///     c.d = 1       -> c is dotted: only dotted keys of the same section add to it, and no header defines it
///     e = {f = 1}   -> e is a value like any other: nothing is added to it
///     [[g]]         -> g is an array of tables; headers and [[g]] go to its last table or add one, dotted keys do not
final class TableBuilder {
    private var slots: [Slot] = []
    private var index: [Table.Key: Int] = [:]
    private var origin: Origin
    /// Where it was defined, or first spoken of.
    private var position: Position
    /// 0 for the root. An array of tables counts as one level, each of its tables as another.
    let depth: Int

    private enum Origin: Equatable {
        case implied, header
        case dotted(section: Int)
    }

    private struct Slot {
        let key: String
        let position: Position
        let content: Content
    }

    private enum Content {
        case value(Node)
        case table(TableBuilder)
        case tables(Tables)
    }

    /// Those of `[[name]]`.
    private final class Tables {
        var all: [TableBuilder]

        init(first: TableBuilder) { all = [first] }
    }

    /// A part of a dotted key and where it is.
    struct KeyPart {
        let name: String
        let position: Position
    }

    private init(_ origin: Origin, depth: Int, position: Position) {
        self.origin = origin
        self.depth = depth
        self.position = position
    }

    /// The root of the file, or a table in braces, of which `depth` says how deep it is.
    convenience init(depth: Int = 0) { self.init(.header, depth: depth, position: Position(line: 1, column: 1)) }

    /// What `[path]` defines.
    func define(_ path: [KeyPart]) throws(SyntaxError) -> TableBuilder {
        let parent = try walk(path.dropLast())
        guard let part = path.last else { return parent }
        switch parent.content(of: part) {
        case nil:
            let table = TableBuilder(.header, depth: parent.depth + 1, position: part.position)
            parent.add(part, .table(table))
            return table
        case .table(let table):
            guard table.origin == .implied else {
                throw SyntaxError(
                    at: part.position, "the table \(quoted(part.name)) is already defined on line \(table.position.line)",
                    hint: "use one header for all its keys")
            }
            table.origin = .header
            table.position = part.position
            return table
        case .tables: throw parent.arrayClash(part, hint: "[[…]] adds a table to it")
        case .value(let node): throw Self.clash(part, node)
        }
    }

    /// The table that `[[path]]` adds.
    func append(_ path: [KeyPart]) throws(SyntaxError) -> TableBuilder {
        let parent = try walk(path.dropLast())
        guard let part = path.last else { return parent }
        let table = TableBuilder(.header, depth: parent.depth + 2, position: part.position)
        switch parent.content(of: part) {
        case nil: parent.add(part, .tables(Tables(first: table)))
        case .tables(let tables): tables.all.append(table)
        case .table(let other):
            throw SyntaxError(
                at: part.position, "\(quoted(part.name)) is a table, on line \(other.position.line)", hint: "[…] for one table")
        case .value(let node): throw Self.clash(part, node)
        }
        return table
    }

    /// Walks down the parts of a header but the last.
    private func walk(_ path: ArraySlice<KeyPart>) throws(SyntaxError) -> TableBuilder {
        var table = self
        for part in path {
            switch table.content(of: part) {
            case nil:
                let inner = TableBuilder(.implied, depth: table.depth + 1, position: part.position)
                table.add(part, .table(inner))
                table = inner
            case .table(let inner): table = inner
            case .tables(let tables): table = tables.all.last ?? table
            case .value(let node): throw Self.clash(part, node)
            }
        }
        return table
    }

    /// The table to which the last part of a dotted key is added.
    /// - Parameter section: which of the file's headers the key is under.
    func container(of path: [KeyPart], section: Int) throws(SyntaxError) -> TableBuilder {
        var table = self
        for part in path.dropLast() {
            switch table.content(of: part) {
            case nil:
                let inner = TableBuilder(.dotted(section: section), depth: table.depth + 1, position: part.position)
                table.add(part, .table(inner))
                table = inner
            case .table(let inner):
                guard inner.origin == .implied || inner.origin == .dotted(section: section) else {
                    throw SyntaxError(
                        at: part.position, "the table \(quoted(part.name)) is already defined on line \(inner.position.line)",
                        hint: "put its keys there")
                }
                inner.origin = .dotted(section: section)
                table = inner
            case .tables: throw table.arrayClash(part, hint: "a dotted key cannot add to it")
            case .value(let node): throw Self.clash(part, node)
            }
        }
        return table
    }

    /// Whether the key may be added.
    func checkIsNew(_ part: KeyPart) throws(SyntaxError) {
        guard let position = firstPosition(of: part) else { return }
        throw SyntaxError(
            at: part.position, "duplicate key \(quoted(part.name)), first on line \(position.line)", hint: "remove one of them")
    }

    /// Adds a key that is new.
    func set(_ part: KeyPart, _ node: Node) { add(part, .value(node)) }

    /// The finished table.
    func table() -> Table {
        Table(
            entries: slots.map { slot in
                let value: Node.Value
                let position: Position
                switch slot.content {
                case .value(let node): return Table.Entry(key: slot.key, position: slot.position, node: node)
                case .table(let table): (value, position) = (.table(table.table()), table.position)
                case .tables(let tables):
                    value = .array(tables.all.map { Node(value: .table($0.table()), position: $0.position) })
                    position = slot.position
                }
                return Table.Entry(key: slot.key, position: slot.position, node: Node(value: value, position: position))
            },
            index: index)
    }

    private func firstPosition(of part: KeyPart) -> Position? { index[Table.Key(part.name)].map { slots[$0].position } }

    private func content(of part: KeyPart) -> Content? { index[Table.Key(part.name)].map { slots[$0].content } }

    private func add(_ part: KeyPart, _ content: Content) {
        index[Table.Key(part.name)] = slots.count
        slots.append(Slot(key: part.name, position: part.position, content: content))
    }

    private func arrayClash(_ part: KeyPart, hint: String) -> SyntaxError {
        let line = firstPosition(of: part)?.line ?? part.position.line
        return SyntaxError(at: part.position, "\(quoted(part.name)) is an array of tables, first on line \(line)", hint: hint)
    }

    private static func clash(_ part: KeyPart, _ node: Node) -> SyntaxError {
        SyntaxError(at: part.position, "\(quoted(part.name)) is \(node.kind) on line \(node.line), not a table to add to")
    }
}
