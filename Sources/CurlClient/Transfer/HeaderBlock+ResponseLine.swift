import HTTPWire

extension HeaderBlock {
    /// Appends one field line of a response head, as libcurl hands it over.
    /// - Returns: false for what is no field line that could be relayed; a folded line counts as one too many.
    mutating func append(responseLine line: Span<UInt8>) -> Bool {
        guard let field = FieldLine(responseLine: line) else { return false }
        return append(field.name, nameBytes: line.extracting(field.nameRange), value: line.extracting(field.valueRange))
    }
}
