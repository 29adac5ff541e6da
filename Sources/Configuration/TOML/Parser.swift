/// Reads TOML 1.0 (https://toml.io/en/v1.0.0) into a tree that knows the line and column of each key and value. Where the standard
/// is ambiguous, it behaves like Python's tomllib (Tests/Conformance/toml).
///
/// Any input is accepted or rejected: work is linear in their number, and recursion is bounded by `maximumDepth`.
struct Parser {
    private var cursor: Cursor
    /// Of tables and arrays in one another.
    private let maximumDepth: Int
    /// How many headers have been read.
    private var section = 0

    /// - Parameter bytes: UTF-8; anything else is rejected.
    static func parse(_ bytes: [UInt8], maximumDepth: Int) throws(SyntaxError) -> Table {
        try checkEncoding(bytes)
        var parser = Parser(bytes, maximumDepth)
        return try parser.document()
    }

    private init(_ bytes: [UInt8], _ maximumDepth: Int) {
        cursor = Cursor(bytes)
        self.maximumDepth = maximumDepth
    }

    private static func checkEncoding(_ bytes: [UInt8]) throws(SyntaxError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let valid = bytes[..<error.byteOffsets.lowerBound]
            let line = valid[(valid.lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0)...]
            let position = Position(line: 1 + valid.count { $0 == .lineFeed }, column: 1 + line.count { $0 & 0xC0 != 0x80 })
            let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
            throw SyntaxError(at: position, "not UTF-8", hint: isUTF16 ? "this is UTF-16; save the file as UTF-8" : nil)
        }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw SyntaxError(
                at: Position(line: 1, column: 1), "a byte order mark", hint: "save the file as UTF-8 without a byte order mark")
        }
    }

    private mutating func document() throws(SyntaxError) -> Table {
        let root = TableBuilder()
        var current = root
        while true {
            try cursor.skipBlankLines()
            if cursor.isAtEnd { return root.table() }
            if cursor.next == .leftBracket {
                section += 1
                current = try header(in: root)
            } else {
                try keyAndValue(into: current)
            }
            cursor.skipSpaces()
            try cursor.skipComment()
            guard cursor.isAtEnd || cursor.takeLineEnd() else { throw cursor.expected("the end of the line") }
        }
    }

    /// `[a.b]` or `[[a.b]]`: the table that the lines after it belong to.
    private mutating func header(in root: TableBuilder) throws(SyntaxError) -> TableBuilder {
        let start = cursor.position
        cursor.skip(1)
        let isArray = cursor.take(.leftBracket)
        let path = try key()
        guard cursor.take(.rightBracket) else { throw cursor.expected("\"]\" after the table's name") }
        guard !isArray || cursor.take(.rightBracket) else { throw cursor.expected("a second \"]\" after the table's name") }
        let table = isArray ? try root.append(path) : try root.define(path)
        try check(depth: table.depth, at: start)
        return table
    }

    /// `a.b = value`.
    private mutating func keyAndValue(into table: TableBuilder) throws(SyntaxError) {
        let start = cursor.position
        let path = try key()
        guard cursor.take(.equals) else { throw cursor.expected("\"=\" after a key") }
        cursor.skipSpaces()
        let container = try table.container(of: path, section: section)
        guard let last = path.last else { return }
        try container.checkIsNew(last)
        try check(depth: container.depth + 1, at: start)
        container.set(last, try value(depth: container.depth + 1))
    }

    /// `a."b c".'d'`, the spaces around it consumed.
    private mutating func key() throws(SyntaxError) -> [TableBuilder.KeyPart] {
        var path: [TableBuilder.KeyPart] = []
        repeat {
            cursor.skipSpaces()
            try check(depth: path.count + 1, at: cursor.position)
            let position = cursor.position
            path.append(.init(name: try keyName(), position: position))
            cursor.skipSpaces()
        } while cursor.take(.dot)
        return path
    }

    private mutating func keyName() throws(SyntaxError) -> String {
        if cursor.next == .quote || cursor.next == .apostrophe { return try QuotedString.line(&cursor) }
        let start = cursor.offset
        cursor.skip { $0.isLetter || $0.isDigit || $0 == .hyphen || $0 == .underscore }
        guard cursor.offset > start else {
            throw cursor.expected(
                "a key", hint: cursor.next >= 0x80 ? "quote keys with other characters than A-Z a-z 0-9 _ -" : nil)
        }
        return cursor.text(from: start)
    }

    private mutating func value(depth: Int) throws(SyntaxError) -> Node {
        let position = cursor.position
        try check(depth: depth, at: position)
        let value: Node.Value =
            switch cursor.next {
            case .quote, .apostrophe: .string(try QuotedString.value(&cursor))
            case .leftBracket: .array(try array(depth: depth, at: position))
            case .leftBrace: .table(try inlineTable(depth: depth))
            default: try Scalar.value(&cursor)
            }
        return Node(value: value, position: position)
    }

    private mutating func array(depth: Int, at start: Position) throws(SyntaxError) -> [Node] {
        var elements: [Node] = []
        cursor.skip(1)
        while true {
            try cursor.skipBlankLines()
            if cursor.take(.rightBracket) { return elements }
            guard !cursor.isAtEnd else { throw SyntaxError(at: start, "unterminated array", hint: "it ends with \"]\"") }
            elements.append(try value(depth: depth + 1))
            try cursor.skipBlankLines()
            guard !cursor.isAtEnd else { throw SyntaxError(at: start, "unterminated array", hint: "it ends with \"]\"") }
            guard cursor.take(.comma) || cursor.next == .rightBracket else { throw cursor.expected("\",\" or \"]\" in an array") }
        }
    }

    private mutating func inlineTable(depth: Int) throws(SyntaxError) -> Table {
        let table = TableBuilder(depth: depth)
        cursor.skip(1)
        cursor.skipSpaces()
        if cursor.take(.rightBrace) { return table.table() }
        while true {
            if cursor.isAtLineEnd || cursor.next == .hash { throw cursor.expected("a key", hint: lineHint) }
            try keyAndValue(into: table)
            cursor.skipSpaces()
            if cursor.take(.rightBrace) { return table.table() }
            guard cursor.take(.comma) else { throw cursor.expected("\",\" or \"}\"", hint: lineHint) }
            cursor.skipSpaces()
            if cursor.next == .rightBrace { throw cursor.problem("a comma before \"}\"", hint: "no comma after the last key") }
        }
    }

    private var lineHint: String? {
        cursor.isAtLineEnd || cursor.next == .hash ? "a table in braces must be on one line; use a [header] for more" : nil
    }

    private func check(depth: Int, at position: Position) throws(SyntaxError) {
        if depth > maximumDepth { throw SyntaxError(at: position, "nested deeper than \(maximumDepth) levels") }
    }
}
