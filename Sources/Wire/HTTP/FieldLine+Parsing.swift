extension FieldLine {
    /// Parses `field-name ":" OWS field-value OWS` (RFC 9112 section 5).
    /// - Parameter line: not empty, without its line end, and free of control characters save HTAB.
    init(_ line: Range<Int>, of bytes: Span<UInt8>) throws(Refusal) {
        var colon = line.lowerBound
        while colon < line.upperBound, bytes[colon].isTokenCharacter { colon += 1 }
        guard colon < line.upperBound else { throw .fieldWithoutColon }
        guard bytes[colon] == .colon else {
            guard bytes[colon].isOptionalWhitespace else { throw .fieldName }
            throw colon == line.lowerBound ? .foldedLine : .spaceBeforeColon
        }
        guard colon > line.lowerBound else { throw .fieldName }
        self.init(
            name: FieldName(bytes.extracting(line.lowerBound..<colon)), nameRange: line.lowerBound..<colon,
            valueRange: bytes.trimmed(colon + 1..<line.upperBound))
    }
}
