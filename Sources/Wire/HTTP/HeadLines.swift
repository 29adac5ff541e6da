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
