/// Cuts a head into its lines as they become whole, so that drip-fed bytes are looked at once. Requests and responses share it;
/// each words its own faults.
struct HeadLines: Sendable {
    /// What can be wrong with a line of any head (RFC 9112 sections 2.2 and 5).
    enum Fault: Error {
        case bareLineFeed, bareCarriageReturn, controlCharacter, tooLong
        case foldedLine, withoutColon, spaceBeforeColon, name
    }

    /// Where the line begins that is being read.
    private(set) var start = 0
    /// Up to where that line has been looked at and found clean.
    private var scanned = 0

    /// The next line without its CRLF, or nil if its end has not arrived. Control characters are refused here, once for all,
    /// so that whoever reads the line need not look for them.
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
