/// The value of a request's Transfer-Encoding (RFC 9112 section 6.1).
enum TransferCoding {
    /// Throws unless the value is `chunked` and nothing else. A coding that is not implemented is a 501; all that could hide
    /// `chunked` from one reader and show it to another is a 400: a repetition, a parameter, a coding after it, stray commas.
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
