extension Scanner {
    mutating func value(depth: Int) throws(SyntaxError) -> Node {
        guard depth <= Self.maximumDepth else { throw tooDeep() }
        let line = line
        let value: Node.Value =
            switch next {
            case .quote: .string(try isTriple(.quote) ? multilineString(.quote) : basicString())
            case .apostrophe: .string(try isTriple(.apostrophe) ? multilineString(.apostrophe) : literalString())
            case .leftBracket: .array(try array(depth: depth))
            case .leftBrace: .table(try inlineTable(depth: depth))
            default: try scalar()
            }
        return Node(value: value, line: line)
    }

    private mutating func array(depth: Int) throws(SyntaxError) -> NodeArray {
        let unclosed = problem("an array without its closing \"]\"")
        let array = NodeArray(isOfTables: false)
        at += 1
        while true {
            try skipBlankLines()
            if take(.rightBracket) { return array }
            guard !isAtEnd else { throw unclosed }
            array.elements.append(try value(depth: depth + 1))
            try skipBlankLines()
            guard !isAtEnd else { throw unclosed }
            guard take(.comma) || next == .rightBracket else { throw expected("\",\" or \"]\" in an array") }
        }
    }

    private mutating func inlineTable(depth: Int) throws(SyntaxError) -> NodeTable {
        let table = NodeTable()
        at += 1
        skipSpaces()
        if take(.rightBrace) { return table }
        while true {
            try keyAndValue(into: table, depth: depth)
            skipSpaces()
            if take(.rightBrace) { return table }
            guard take(.comma) else {
                throw expected(
                    "\",\" or \"}\"", hint: isAtLineEnd ? "a table in braces is on one line; over several it is a [header]" : nil)
            }
        }
    }

    private var isAtLineEnd: Bool { next == .lineFeed || next == .carriageReturn || next == .hash }

    /// A boolean, a number, a date or a time.
    private mutating func scalar() throws(SyntaxError) -> Node.Value {
        let start = at
        takeWord()
        if at - start == 10, next == .space, peek(1).isDigit, peek(2).isDigit, peek(3) == .colon {
            // `1979-05-27 07:32:00`
            at += 1
            takeWord()
        }
        let word = text(from: start, to: at)
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf": return .float(.infinity)
        case "-inf": return .float(-.infinity)
        case "nan", "+nan", "-nan": return .float(.nan)
        default: break
        }
        if let number = TOMLNumber.value(word) { return number }
        if TOMLDate.hasShape(word) { return .dateTime }
        at = start
        if word.isEmpty { throw expected("a value") }
        throw problem("not a value", hint: word.utf8.first?.isDigit == true ? nil : "text is written in quotes")
    }

    private mutating func takeWord() {
        while next.isLetter || next.isDigit || "+-._:".utf8.contains(next) { at += 1 }
    }
}
