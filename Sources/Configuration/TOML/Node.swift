/// A value of the file and where it begins.
package struct Node: Sendable {
    package let value: Value
    package let position: Position

    package enum Value: Sendable {
        case string(String)
        case integer(Int)
        case float(Double)
        case boolean(Bool)
        /// No key of proxy.conf takes one.
        case dateTime(DateTime)
        case array([Node])
        case table(Table)
    }

    var line: Int { position.line }

    /// The value's type with its article, for errors.
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

/// A table, in the file's order.
package struct Table: Sendable {
    package let entries: [Entry]
    private let index: [Key: Int]

    package struct Entry: Sendable {
        package let key: String
        /// Where the key first occurs.
        let position: Position
        package let node: Node

        var line: Int { position.line }
    }

    /// - Parameter index: where each key is in `entries`.
    init(entries: [Entry], index: [Key: Int]) {
        self.entries = entries
        self.index = index
    }

    subscript(key: String) -> Entry? { index[Key(key)].map { entries[$0] } }

    /// A key, equal to another only if it has the same scalars: to `String`, `é` and `e` with an accent are the same.
    struct Key: Hashable {
        let name: String

        init(_ name: String) { self.name = name }

        static func == (a: Key, b: Key) -> Bool { a.name.utf8.elementsEqual(b.name.utf8) }

        func hash(into hasher: inout Hasher) {
            for byte in name.utf8 { hasher.combine(byte) }
            hasher.combine(0xFF as UInt8)
        }
    }
}

/// A place in a text. Lines and columns count from 1; a column is one Unicode scalar wide.
package struct Position: Hashable, Sendable {
    package let line: Int
    package let column: Int
}

/// The first thing in a text that is not TOML, or that proxy.conf does not allow.
package struct SyntaxError: Error {
    package let position: Position
    package let message: String
    /// What would be right.
    package let hint: String?

    init(at position: Position, _ message: String, hint: String? = nil) {
        self.position = position
        self.message = message
        self.hint = hint
    }
}
