/// What the fields of a response say together: where its body ends, and whether the connection stays.
struct ResponseRules: Sendable {
    /// Seconds: a longer `Keep-Alive: timeout` is as good as this one.
    private static let longestTimeout = 86_400

    private var contentLength: Int?
    /// Digits of the length; repetitions must have as many.
    private var lengthDigits = 0
    private var isChunked = false
    private var saysClose = false
    private var saysKeepAlive = false
    /// Something is there that another reader could take for another framing: relayed as this reader understands it, but on this
    /// connection nothing is to be trusted any more.
    private var isDoubtful: Bool
    private var keepAliveTimeout: Int?

    /// - Parameter previous: the rules of the interim response before this one: its doubts remain, and so does its `close`, which
    ///   some hold to end the connection at once.
    init(after previous: ResponseRules? = nil) {
        isDoubtful = previous.map { $0.isDoubtful || $0.saysClose } ?? false
    }

    /// Takes one field line into account.
    /// - Parameter field: a length that is repeated within the line is mended to one.
    /// - Returns: false if the line says again what an earlier one said, and is to be dropped.
    mutating func take(_ field: inout FieldLine, of bytes: Span<UInt8>) throws(ResponseFault) -> Bool {
        switch field.name {
        case .contentLength:
            return try takeContentLength(&field, of: bytes)
        case .transferEncoding:
            // Twice is once too often, also where it says the same: what was coded twice would have to be decoded twice.
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
            // Whatever it was to mean, it may have been "close".
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

    /// Writes down what follows once all fields are known (RFC 9112 sections 6.3 and 9.3).
    /// - Parameters:
    ///   - head: its version, status and fields are set.
    ///   - isHead: whether the request was a HEAD.
    mutating func conclude(into head: inout ResponseHead, toHead isHead: Bool) throws(ResponseFault) {
        let isHTTP11 = head.minorVersion == 1
        guard isHTTP11 || !isChunked else { throw .codingBeforeHTTP11 }
        guard isHTTP11 || head.status >= 200 else { throw .interimBeforeHTTP11 }
        let hasNoContent = head.status < 200 || head.status == 204
        // With these statuses neither field may be sent at all; one that announces content may well be followed by it.
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
