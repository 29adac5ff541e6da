/// One field line of a head, as offsets into the bytes that hold the head. Nothing is copied.
public struct FieldLine: Hashable, Sendable {
    /// What the name is, if it is one that the gateway knows.
    public var name: FieldName
    /// Where the name stands, as it was written.
    public var nameRange: Range<Int>
    /// Where the value stands, without the optional white space around it. May be empty.
    public var valueRange: Range<Int>

    public init(name: FieldName, nameRange: Range<Int>, valueRange: Range<Int>) {
        self.name = name
        self.nameRange = nameRange
        self.valueRange = valueRange
    }

    /// Parses `field-name ":" OWS field-value OWS` (RFC 9112 section 5).
    /// - Parameters:
    ///   - line: not empty, without its line end, and free of control characters save HTAB.
    ///   - dropsSpaceBeforeColon: what a proxy must do with a response, and must not with a request (RFC 9112 section 5.1).
    init(_ line: Range<Int>, of bytes: Span<UInt8>, dropsSpaceBeforeColon: Bool = false) throws(HeadLines.Fault) {
        var nameEnd = line.lowerBound
        while nameEnd < line.upperBound, bytes[nameEnd].isTokenCharacter { nameEnd += 1 }
        guard nameEnd < line.upperBound else { throw .withoutColon }
        var colon = nameEnd
        if bytes[colon] != .colon {
            guard bytes[colon].isOptionalWhitespace else { throw .name }
            guard colon > line.lowerBound else { throw .foldedLine }
            guard dropsSpaceBeforeColon else { throw .spaceBeforeColon }
            while colon < line.upperBound, bytes[colon].isOptionalWhitespace { colon += 1 }
            guard colon < line.upperBound else { throw .withoutColon }
            guard bytes[colon] == .colon else { throw .name }
        }
        guard nameEnd > line.lowerBound else { throw .name }
        self.init(
            name: FieldName(bytes.extracting(line.lowerBound..<nameEnd)), nameRange: line.lowerBound..<nameEnd,
            valueRange: bytes.trimmed(colon + 1..<line.upperBound))
    }
}
