extension StaticString {
    /// Whether the literal is a token (RFC 9110 section 5.6.2).
    var isToken: Bool {
        withUTF8Buffer { text in unsafe !text.isEmpty && text.allSatisfy(\.isTokenCharacter) }
    }

    /// Whether the literal has a byte that no field value may have.
    var hasLineBreakOrNUL: Bool {
        withUTF8Buffer { text in unsafe text.contains { $0 == 0 || $0 == .lineFeed || $0 == .carriageReturn } }
    }
}
