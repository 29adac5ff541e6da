import Wire

/// A request's path split into segments, after every byte has been validated.
///
/// The path is sent upstream unchanged. So spellings that another server might interpret as a different path are refused,
/// even if this gateway would not: the path that was matched must be the one that is executed.
struct RequestPath {
    /// The end of each segment; the next begins one byte later.
    private var ends: InlineArray<16, UInt32> = InlineArray(repeating: 0)
    private let start: Int
    private(set) var count = 0
    /// More segments than any pattern can have.
    private(set) var isTooDeep = false

    /// - Throws: a 400 for an empty, `.` or `..` segment in any spelling, and for bytes that Zuora's paths never contain.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(Refusal) {
        guard !range.isEmpty, bytes[range.lowerBound] == 0x2F else { throw Refusal(400, "The target is not an absolute path.") }
        start = range.lowerBound + 1
        var begin = start
        var isEscaped = false
        var i = start
        while true {
            i = bytes.endOfWord(from: i, to: range.upperBound)
            guard i < range.upperBound else { break }
            switch bytes[i] {
            case 0x2F:
                guard i > begin else { throw Refusal(400, "The path has an empty segment (//).") }
                try close(bytes, begin..<i, isEscaped)
                begin = i + 1
                isEscaped = false
            case 0x25: isEscaped = true
            case 0x3B: throw Refusal(400, "The path has a semicolon, which some servers treat as a path parameter.")
            case 0x5C: throw Refusal(400, "The path has a backslash, which some servers treat as /.")
            case let byte where byte.isPlainPathCharacter: break
            default: throw Refusal(400, "The path has a character that must be percent-encoded (RFC 3986 section 3.3).")
            }
            i += 1
        }
        try close(bytes, begin..<range.upperBound, isEscaped)
    }

    private mutating func close(_ bytes: Span<UInt8>, _ segment: Range<Int>, _ isEscaped: Bool) throws(Refusal) {
        if isEscaped {
            try PercentEncoding.check(bytes, segment)
        } else if segment.count <= 2, !segment.isEmpty, segment.allSatisfy({ bytes[$0] == 0x2E }) {
            throw .dotSegment
        }
        guard count < RoutePattern.maximumDepth else {
            isTooDeep = true
            return
        }
        ends[count] = UInt32(truncatingIfNeeded: segment.upperBound)
        count += 1
    }

    func segment(_ index: Int) -> Range<Int> {
        (index == 0 ? start : Int(ends[index - 1]) + 1)..<Int(ends[index])
    }
}

extension Refusal {
    static let dotSegment = Refusal(400, "The path has a . or .. segment.")
}

extension UInt8 {
    /// `pchar` of RFC 3986 section 3.3 without `%` and `;`, which are checked separately.
    var isPlainPathCharacter: Bool { isPathCharacter && self != 0x2F && self != 0x3B }
}
