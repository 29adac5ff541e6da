extension FieldLine {
    /// Reads one line of a response head as libcurl hands it over, with or without its line end.
    ///
    /// A recipient may be lenient here, since what is relayed is written anew: white space before the colon is dropped, as a
    /// proxy must (RFC 9112 section 5.1), and so is what surrounds the value. Bytes that could change where the line ends for
    /// the next reader are not forgiven.
    /// - Parameter line: `name: value`, then CRLF, LF or nothing.
    /// - Returns: nil for the status line, the empty line, a folded line, and one with no proper name or with a CR, LF or NUL.
    public init?(responseLine line: Span<UInt8>) {
        var end = line.count
        if end > 0, line[end - 1] == .lineFeed {
            end -= 1
            if end > 0, line[end - 1] == .carriageReturn { end -= 1 }
        }
        guard let colon = line.firstIndex(of: .colon, in: 0..<end) else { return nil }
        var nameEnd = colon
        while nameEnd > 0, line[nameEnd - 1].isOptionalWhitespace { nameEnd -= 1 }
        let value = line.trimmed(colon + 1..<end)
        guard line.isToken(0..<nameEnd), !line.extracting(value).hasLineBreakOrNUL else { return nil }
        self.init(name: FieldName(line.extracting(0..<nameEnd)), nameRange: 0..<nameEnd, valueRange: value)
    }
}
