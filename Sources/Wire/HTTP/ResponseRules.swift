/// Rules across the fields of a response: where its body ends, and whether the connection is kept.
struct ResponseRules: Sendable {
    /// In seconds: a longer `Keep-Alive: timeout` is reduced to this.
    private static let longestTimeout = 86_400

    private var contentLength: Int?
    /// Digits of the length; repetitions must have as many.
    private var lengthDigits = 0
    private var isChunked = false
    private var saysClose = false
    private var saysKeepAlive = false
    /// Other parsers could interpret the framing differently: the response is relayed, but the connection
    /// is not reused.
    private var isDoubtful: Bool
    private var keepAliveTimeout: Int?

    /// - Parameter previous: the rules of the interim response before this one: its ambiguity remains, and so does its `close`, which
    ///   some interpret as closing the connection at once.
    init(after previous: ResponseRules? = nil) {
        isDoubtful = previous.map { $0.isDoubtful || $0.saysClose } ?? false
    }

    /// Applies one field line.
    /// - Parameter field: a length that is repeated within the line is reduced to one.
    /// - Returns: false if the line repeats an earlier one, and must be dropped.
    mutating func take(_ field: inout FieldLine, of bytes: Span<UInt8>) throws(ResponseFault) -> Bool {
        switch field.name {
        case .contentLength:
            return try takeContentLength(&field, of: bytes)
        case .transferEncoding:
            // A repeated coding is an error even if equal: the body would have to be decoded twice.
            guard !isChunked, bytes.extracting(field.valueRange).equals(ignoringCase: "chunked") else { throw .transferCoding }
            isChunked = true
        case .connection:
            takeConnection(bytes.extracting(field.valueRange))
        case .keepAlive:
            takeKeepAlive(bytes.extracting(field.valueRange))
        default:
            break
        }
        return true
    }

    private mutating func takeContentLength(_ field: inout FieldLine, of bytes: Span<UInt8>) throws(ResponseFault) -> Bool {
        let length: Int
        do throws(ContentLength.Fault) {
            length = try ContentLength.parseRepeated(&field.valueRange, of: bytes)
        } catch {
            throw ResponseFault(error)
        }
        if let contentLength {
            guard length == contentLength, field.valueRange.count == lengthDigits else { throw ResponseFault(.differing) }
            return false
        }
        contentLength = length
        lengthDigits = field.valueRange.count
        return true
    }

    private mutating func takeConnection(_ value: Span<UInt8>) {
        var list = FieldList(value)
        while let range = list.next() {
            let option = value.extracting(range)
            if option.equals(ignoringCase: "close") { saysClose = true }
            if option.equals(ignoringCase: "keep-alive") { saysKeepAlive = true }
            // It may have been meant as "close".
            if !option.isToken { isDoubtful = true }
        }
    }

    /// `Keep-Alive: timeout=5, max=100`. If there are several, the shortest counts.
    private mutating func takeKeepAlive(_ value: Span<UInt8>) {
        var list = FieldList(value)
        while let range = list.next() {
            let parameter = value.extracting(range)
            guard parameter.starts(withIgnoringCase: "timeout") else { continue }
            let equals = parameter.trimmed(7..<parameter.count)
            guard !equals.isEmpty, parameter[equals.lowerBound] == .equals else { continue }
            let digits = parameter.extracting(parameter.trimmed(equals.lowerBound + 1..<parameter.count))
            let seconds: Int
            do throws(ContentLength.Fault) {
                seconds = try ContentLength.parse(digits)
            } catch {
                guard error == .tooLarge else { continue }
                seconds = Self.longestTimeout
            }
            keepAliveTimeout = min(keepAliveTimeout ?? Self.longestTimeout, seconds)
        }
    }

    /// Sets the results once all fields are known (RFC 9112 sections 6.3 and 9.3).
    /// - Parameters:
    ///   - head: its version, status and fields are set.
    ///   - isHead: whether the request was a HEAD.
    mutating func conclude(into head: inout ResponseHead, toHead isHead: Bool) throws(ResponseFault) {
        let isHTTP11 = head.minorVersion == 1
        guard isHTTP11 || !isChunked else { throw .codingBeforeHTTP11 }
        guard isHTTP11 || head.status >= 200 else { throw .interimBeforeHTTP11 }
        let hasNoContent = head.status < 200 || head.status == 204
        // With these statuses neither field is allowed; one that announces content may be followed by it.
        if hasNoContent, isChunked || contentLength ?? 0 > 0 { isDoubtful = true }
        if isChunked, contentLength != nil { isDoubtful = true }
        if contentLength != nil, isChunked || hasNoContent { head.fields.removeAll { $0.name == .contentLength } }

        if hasNoContent || isHead || head.status == 304 {
            head.framing = .none
        } else if isChunked {
            head.framing = .chunked
        } else {
            head.framing = contentLength.map { .length($0) } ?? .untilClose
        }
        head.keepsAlive = !isDoubtful && !saysClose && (isHTTP11 || saysKeepAlive) && head.framing != .untilClose
        head.keepAliveTimeout = keepAliveTimeout
        head.contentLength = isChunked || hasNoContent ? nil : contentLength
    }
}
