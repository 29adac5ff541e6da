/// A value of the file and the line on which it begins.
struct Node {
    var value: Value
    var line: Int

    enum Value {
        case string(String)
        case integer(Int)
        case float(Double)
        case boolean(Bool)
        /// Dates and times of every kind: no key takes one, so what it says is of no interest.
        case dateTime
        case array(NodeArray)
        case table(NodeTable)
    }

    /// The value's type, with its article, as an error names it.
    var kind: String {
        switch value {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a floating-point number"
        case .boolean: "a boolean"
        case .dateTime: "a date or time"
        case .array: "an array"
        case .table: "a table"
        }
    }
}

/// An array, shared while the file is read: `[[name]]` appends to one that is in the tree already.
final class NodeArray {
    var elements: [Node] = []
    /// Whether it was begun by `[[name]]`, which alone may add to it.
    let isOfTables: Bool

    init(isOfTables: Bool) { self.isOfTables = isOfTables }
}

/// A table in the file's order, shared while the file is read: `[a.b]` adds to an `[a]` that is in the tree already.
final class NodeTable {
    private(set) var entries: [Entry] = []
    private var positions: [String: Int] = [:]

    struct Entry {
        var key: String
        /// Of the key; of the header's line if a header made it.
        var line: Int
        var node: Node
    }

    subscript(key: String) -> Entry? { positions[key].map { entries[$0] } }

    /// Adds a key. False if it is there already: then nothing changes.
    func add(_ entry: Entry) -> Bool {
        guard positions[entry.key] == nil else { return false }
        positions[entry.key] = entries.count
        entries.append(entry)
        return true
    }
}
