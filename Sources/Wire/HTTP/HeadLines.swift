/// Splits a head into lines as they are completed, so that each byte is scanned once. Shared by requests and responses,
/// with different error messages.
struct HeadLines: Sendable {
    /// Errors in a line of any head (RFC 9112 sections 2.2 and 5).
    enum Fault: Error {
        case bareLineFeed, bareCarriageReturn, controlCharacter, tooLong
        case foldedLine, withoutColon, spaceBeforeColon, name
    }

    /// The start of the current line.
    private(set) var start = 0
    /// The position up to which that line has been checked.
    private var scanned = 0

    /// The next line without its CRLF, or nil if its end has not been received. Control characters are rejected here,
    /// so that parsers of lines need not check for them.
    /// - Parameter limit: the offset before which the line must have ended, line end included.
    mutating func next(_ bytes: Span<UInt8>, before limit: Int) throws(Fault) -> Range<Int>? {
        let end = min(bytes.count, limit)
        scanned = bytes.firstForbiddenControl(from: scanned, to: end)
        guard scanned < end else {
            if end == limit { throw .tooLong }
            return nil
        }
        switch bytes[scanned] {
        case .carriageReturn:
            guard scanned + 1 < end else {
                if end == limit { throw .tooLong }
                return nil
            }
            guard bytes[scanned + 1] == .lineFeed else { throw .bareCarriageReturn }
            let line = start..<scanned
            scanned += 2
            start = scanned
            return line
        case .lineFeed:
            throw .bareLineFeed
        default:
            throw .controlCharacter
        }
    }
}

/// One field line of a head, as offsets into the bytes of the head. Nothing is copied.
public struct FieldLine: Hashable, Sendable {
    /// The name, if it is one that the gateway knows.
    public var name: FieldName
    /// The position of the name as written.
    public var nameRange: Range<Int>
    /// The position of the value, without surrounding white space. May be empty.
    public var valueRange: Range<Int>

    public init(name: FieldName, nameRange: Range<Int>, valueRange: Range<Int>) {
        self.name = name
        self.nameRange = nameRange
        self.valueRange = valueRange
    }

    /// Parses `field-name ":" OWS field-value OWS` (RFC 9112 section 5).
    /// - Parameters:
    ///   - line: not empty, without its line end, and free of control characters save HTAB.
    ///   - dropsSpaceBeforeColon: required of a proxy for responses, and forbidden for requests (RFC 9112 section 5.1).
    init(_ line: Range<Int>, of bytes: Span<UInt8>, dropsSpaceBeforeColon: Bool = false) throws(HeadLines.Fault) {
        var nameEnd = bytes.endOfWord(from: line.lowerBound, to: line.upperBound)
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
