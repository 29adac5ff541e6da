/// How the end of a message body is found (RFC 9112 section 6.3).
public enum BodyFraming: Hashable, Sendable {
    /// No body.
    case none
    /// Exactly this many bytes.
    case length(Int)
    /// The chunked coding.
    case chunked
}

/// The value of Content-Length: `1*DIGIT` (RFC 9110 section 8.6).
enum ContentLength {
    enum Fault: Error { case malformed, tooLarge, differing }

    /// A list is malformed here even if its members agree: a request with a repeated length comes from a sender that
    /// does not know it.
    static func parse(_ value: Span<UInt8>) throws(Fault) -> Int {
        guard !value.isEmpty else { throw .malformed }
        for i in value.indices where !value[i].isDigit { throw .malformed }
        var length = 0
        for i in value.indices {
            let (tenfold, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int(value[i] - 0x30))
            guard !overflow, !carry else { throw .tooLarge }
            length = sum
        }
        return length
    }

    /// A length that may be repeated, with the same digits, as a list: a client must use the first of them
    /// (RFC 9112 section 6.3).
    /// - Parameter range: the position of the value in `bytes`; on return, that of its first member.
    static func parseRepeated(_ range: inout Range<Int>, of bytes: Span<UInt8>) throws(Fault) -> Int {
        let list = range
        var start = list.lowerBound
        var first: Int?
        while true {
            let end = bytes.firstIndex(of: .comma, in: start..<list.upperBound) ?? list.upperBound
            let member = bytes.trimmed(start..<end)
            let length = try parse(bytes.extracting(member))
            if let first {
                // 5 and 05 are the same number, but other implementations may compare them as text.
                guard length == first, member.count == range.count else { throw .differing }
            } else {
                first = length
                range = member
            }
            guard end < list.upperBound else { return length }
            start = end + 1
        }
    }
}

/// The value of a request's Transfer-Encoding (RFC 9112 section 6.1).
enum TransferCoding {
    /// Throws unless the value is `chunked` only. An unknown coding gets a 501; everything that could make one parser see
    /// `chunked` and another not gets a 400: a repetition, a parameter, a coding after it, stray commas.
    static func requireChunked(_ value: Span<UInt8>) throws(Refusal) {
        if value.equals(ignoringCase: "chunked") { return }
        var list = FieldList(value)
        var isChunked = false
        var isUnknown = false
        while let element = list.next() {
            let coding = value.extracting(element)
            guard coding.isToken, !isChunked else { throw .transferCoding }
            if coding.equals(ignoringCase: "chunked") {
                isChunked = true
            } else {
                isUnknown = true
            }
        }
        throw isUnknown ? .unknownTransferCoding : .transferCoding
    }
}
