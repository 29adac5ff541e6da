/// The path from the top of the file to a value.
struct TOMLPath: Hashable, ExpressibleByArrayLiteral {
    var steps: [Step] = []

    enum Step: Hashable {
        case key(String)
        case index(Int)
    }

    init(_ steps: [Step] = []) { self.steps = steps }

    /// A path of keys only.
    init(arrayLiteral keys: String...) { steps = keys.map(Step.key) }

    static func + (path: TOMLPath, key: String) -> TOMLPath { TOMLPath(path.steps + [.key(key)]) }
    static func + (path: TOMLPath, index: Int) -> TOMLPath { TOMLPath(path.steps + [.index(index)]) }

    /// Where the value, or the innermost one around it that is there, begins: its key, if it has one; nil for the top.
    func position(in root: Table) -> Position? { walk(root).position }

    func line(in root: Table) -> Int? { position(in: root)?.line }

    /// The value, if it is there.
    func node(in root: Table) -> Node? {
        let (node, _, isWhole) = walk(root)
        return isWhole ? node : nil
    }

    private func walk(_ root: Table) -> (node: Node, position: Position?, isWhole: Bool) {
        var node = Node(value: .table(root), position: Position(line: 1, column: 1))
        var position: Position?
        for step in steps {
            switch (step, node.value) {
            case (.key(let key), .table(let table)):
                guard let entry = table[key] else { return (node, position, false) }
                position = entry.position
                node = entry.node
            case (.index(let index), .array(let array)):
                guard array.indices.contains(index) else { return (node, position, false) }
                node = array[index]
                position = node.position
            default:
                return (node, position, false)
            }
        }
        return (node, position, true)
    }
}

extension TOMLPath: CustomStringConvertible {
    var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .key(let key): text += (text.isEmpty ? "" : ".") + Self.spelling(of: key)
            }
        }
        return text
    }

    /// A key in TOML: bare if possible, else quoted; printable and of limited length.
    private static func spelling(of key: String) -> String {
        let isBare = !key.isEmpty && key.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == .hyphen || $0 == .underscore }
        return isBare ? String(key.prefix(80)) : quoted(key)
    }
}
