/// The value of Content-Length: `1*DIGIT` (RFC 9110 section 8.6).
enum ContentLength {
    /// A list is refused even if its members agree: a request that repeats its length was put together by something that
    /// does not know its length.
    static func parse(_ value: Span<UInt8>) throws(Refusal) -> Int {
        guard !value.isEmpty else { throw .contentLength }
        for i in value.indices where !value[i].isDigit { throw .contentLength }
        var length = 0
        for i in value.indices {
            let (tenfold, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int(value[i] - 0x30))
            guard !overflow, !carry else { throw .contentTooLarge }
            length = sum
        }
        return length
    }
}
