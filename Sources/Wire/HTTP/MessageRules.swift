/// Rules across the fields of a request: where its body ends, whether the connection is kept, the host.
struct MessageRules: Sendable {
    private var host: Range<Int>?
    private var contentLength: Int?
    private var isChunked = false
    private var saysClose = false
    private var saysKeepAlive = false
    private var expectsContinue = false

    /// Applies one field line.
    mutating func take(_ field: FieldLine, of bytes: Span<UInt8>) throws(Refusal) {
        let value = bytes.extracting(field.valueRange)
        switch field.name {
        case .host:
            guard host == nil else { throw .repeatedHost }
            guard Authority.check(value) == .valid else { throw .host }
            host = field.valueRange
        case .contentLength:
            guard contentLength == nil else { throw .repeatedContentLength }
            do throws(ContentLength.Fault) {
                contentLength = try ContentLength.parse(value)
            } catch {
                throw error == .tooLarge ? .contentTooLarge : .contentLength
            }
        case .transferEncoding:
            guard !isChunked else { throw .transferCoding }
            try TransferCoding.requireChunked(value)
            isChunked = true
        case .connection:
            try takeConnection(value)
        case .expect:
            var list = FieldList(value)
            while let element = list.next() {
                guard value.extracting(element).equals(ignoringCase: "100-continue") else { throw .expectation }
                expectsContinue = true
            }
        default:
            break
        }
    }

    private mutating func takeConnection(_ value: Span<UInt8>) throws(Refusal) {
        var list = FieldList(value)
        while let range = list.next() {
            let option = value.extracting(range)
            guard option.isToken else { throw .connection }
            if option.equals(ignoringCase: "close") { saysClose = true }
            if option.equals(ignoringCase: "keep-alive") { saysKeepAlive = true }
        }
    }

    /// Sets the results once all fields are known.
    /// - Parameter head: its version and authority are set.
    func conclude(into head: inout RequestHead) throws(Refusal) {
        let isHTTP11 = head.minorVersion == 1
        if isChunked {
            guard isHTTP11 else { throw .codingBeforeHTTP11 }
            guard contentLength == nil else { throw .lengthAndCoding }
        }
        if isHTTP11, host == nil { throw .missingHost }
        // The target's authority wins over the Host field (RFC 9112 section 3.2.2).
        if let host, head.authorityRange.isEmpty { head.authorityRange = host }
        head.framing = isChunked ? .chunked : contentLength.map { .length($0) } ?? .none
        head.keepsAlive = !saysClose && (isHTTP11 || saysKeepAlive)
        let hasBody = isChunked || contentLength ?? 0 > 0
        head.expectsContinue = expectsContinue && isHTTP11 && hasBody
    }
}
