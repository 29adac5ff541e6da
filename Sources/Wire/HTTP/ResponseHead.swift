/// A valid response head according to RFC 9112, as offsets into the bytes it was parsed from.
public struct ResponseHead: Hashable, Sendable {
    /// 100 to 599, but never 101.
    public var status = 0
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    public var minorVersion: UInt8 = 1
    /// The reason phrase as sent; may be empty.
    public var reasonRange: Range<Int> = 0..<0
    /// The field lines in order, corrected as a proxy must: one Content-Length at most, with one number, and none with
    /// Transfer-Encoding, nor with a 204 or an interim response (RFC 9112 section 6.3, RFC 9110 section 8.6).
    public var fields: [FieldLine] = []
    public var framing: ResponseFraming = .none
    /// Whether the connection may be used for another request once the response has been read completely (RFC 9112 section 9.3). Also false
    /// if the end of the body is the end of the connection, or if the body's end is ambiguous.
    public var keepsAlive = false
    /// Seconds that the server keeps an idle connection, from `Keep-Alive: timeout=N`, at most a day; nil if absent.
    public var keepAliveTimeout: Int?
    /// The length in Content-Length, also if the response has no body (HEAD, 304; RFC 9110 section 8.6).
    public var contentLength: Int?
    /// Bytes of the head, including the empty line.
    public var length = 0

    public init() {}

    /// Resets to an empty head; the array of fields keeps its memory.
    mutating func removeAll() {
        var fields: [FieldLine] = []
        swap(&fields, &self.fields)
        fields.removeAll(keepingCapacity: true)
        self = ResponseHead()
        swap(&fields, &self.fields)
    }
}

/// How the end of a response body is found (RFC 9112 section 6.3).
public enum ResponseFraming: Hashable, Sendable {
    /// No body: a response to HEAD, a 204, a 304 or an interim response.
    case none
    /// Exactly this many bytes, 0 or more.
    case length(Int)
    /// The chunked coding.
    case chunked
    /// All bytes until the connection closes.
    case untilClose
}

/// Parses one response head at a time, as strictly as `RequestHeadParser` parses requests: ambiguous input
/// is a fault, except what RFC 9112 requires a proxy to correct (white space before a colon, a repeated length).
///
///     statusLine ─> fields ─┬─ 1xx ─> interim ── continueAfterInterim() ─> statusLine
///          │          │     └──────> complete ┐
///          └──────────┴────────────> broken ──┴─ reset() ─> statusLine
///
/// The head is parsed line by line, as lines are completed, so that each byte is scanned once and an invalid response
/// is detected as early as possible. The result does not depend on how the bytes were split.
///
/// After `complete`, the bytes from `head.length` on belong to the body. The array behind `head.fields` is reused by the next
/// response unless a copy of the head is still held then.
public struct ResponseHeadParser: Sendable {
    /// Limits of the heads of one response.
    public struct Limits: Hashable, Sendable {
        /// Bytes of a head; all preceding interim responses together may have the same size.
        public var head: Int
        /// Bytes of the status line or of a field line, including the line end.
        public var line: Int
        /// Field lines of a head.
        public var fields: Int

        public init(head: Int = 64 << 10, line: Int = 16 << 10, fields: Int = 100) {
            self.head = head
            self.line = line
            self.fields = fields
        }
    }

    public enum Result: Hashable, Sendable {
        /// More bytes are needed.
        case incomplete
        /// An interim response (1xx) is complete. Drop `head.length` bytes, then call `continueAfterInterim()`.
        case interim
        /// `head` is complete and valid.
        case complete
        /// The response is invalid. Close the connection: the start of the next response is unknown.
        case broken(ResponseFault)
    }

    public let limits: Limits
    /// The head; partly filled until `parse` returns `interim` or `complete`.
    public private(set) var head = ResponseHead()

    private var stage = Stage.statusLine
    private var lines = HeadLines()
    private var rules = ResponseRules()
    /// Bytes of the interim responses so far.
    private var interimBytes = 0

    private enum Stage {
        case statusLine, fields
        case ended(Result)
    }

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Discards the response, to begin with the first byte after the next request.
    public mutating func reset() {
        head.removeAll()
        rules = ResponseRules()
        stage = .statusLine
        lines = HeadLines()
        interimBytes = 0
    }

    /// Begins with the head that follows an interim response, whose bytes must have been dropped. Does nothing unless `parse` has
    /// returned `interim`.
    public mutating func continueAfterInterim() {
        guard case .ended(.interim) = stage else { return }
        head.removeAll()
        rules = ResponseRules(after: rules)
        stage = .statusLine
        lines = HeadLines()
    }

    /// Parses the bytes received so far.
    /// - Parameters:
    ///   - bytes: everything from the head's first byte on, at least as many as in the last call. May go beyond the head.
    ///   - isHead: whether the request was a HEAD, whose response has no body. The same for every call of one response.
    /// - Returns: `complete` and `broken` are final until `reset()`, `interim` until `continueAfterInterim()`.
    public mutating func parse(_ bytes: Span<UInt8>, toHead isHead: Bool) -> Result {
        if case .ended(let result) = stage { return result }
        do throws(ResponseFault) {
            if case .statusLine = stage { try StatusLine.checkStart(bytes) }
            while let line = try nextLine(bytes) {
                if let result = try take(line, of: bytes, toHead: isHead) {
                    stage = .ended(result)
                    return result
                }
            }
            return .incomplete
        } catch {
            stage = .ended(.broken(error))
            return .broken(error)
        }
    }

    private mutating func nextLine(_ bytes: Span<UInt8>) throws(ResponseFault) -> Range<Int>? {
        let isHeadLimit = limits.head - lines.start <= limits.line
        do throws(HeadLines.Fault) {
            return try lines.next(bytes, before: isHeadLimit ? limits.head : lines.start + limits.line)
        } catch {
            throw error == .tooLong && isHeadLimit ? .headTooLarge : ResponseFault(error)
        }
    }

    /// - Returns: how the head ended, if the line was the one that ends it.
    private mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>, toHead isHead: Bool) throws(ResponseFault) -> Result? {
        switch stage {
        case .statusLine:
            try StatusLine.parse(line, of: bytes, into: &head)
            stage = .fields
            return nil
        case .fields where line.isEmpty:
            try rules.conclude(into: &head, toHead: isHead)
            head.length = lines.start
            guard head.status < 200 else { return .complete }
            guard head.length <= limits.head - interimBytes else { throw .interimTooLarge }
            interimBytes += head.length
            return .interim
        case .fields:
            guard head.fields.count < limits.fields else { throw .tooManyFields }
            var field = try Self.field(line, of: bytes)
            if try rules.take(&field, of: bytes) { head.fields.append(field) }
            return nil
        case .ended(let result):
            return result
        }
    }

    private static func field(_ line: Range<Int>, of bytes: Span<UInt8>) throws(ResponseFault) -> FieldLine {
        do throws(HeadLines.Fault) {
            return try FieldLine(line, of: bytes, dropsSpaceBeforeColon: true)
        } catch {
            throw ResponseFault(error)
        }
    }
}

/// `HTTP/1.x SP 3DIGIT SP [reason]` (RFC 9112 section 4). The second space may be missing without a reason: some servers
/// omit it.
private enum StatusLine {
    /// Detects input that is not HTTP/1, such as another protocol's greeting or remains of an earlier response, without
    /// waiting for the end of the line.
    static func checkStart(_ bytes: Span<UInt8>) throws(ResponseFault) {
        let prefix: StaticString = "HTTP/1."
        let count = min(bytes.count, prefix.utf8CodeUnitCount)
        let matches = prefix.withUTF8Buffer { text in
            for i in 0..<count where unsafe bytes[i] != text[i] { return false }
            return true
        }
        guard matches else { throw .notHTTP }
    }

    /// - Parameter line: free of control characters, save HTAB; its start was checked.
    static func parse(_ line: Range<Int>, of bytes: Span<UInt8>, into head: inout ResponseHead) throws(ResponseFault) {
        let text = bytes.extracting(line)
        guard text.count >= 8, text[7] == UInt8(ascii: "1") || text[7] == UInt8(ascii: "0") else { throw .notHTTP }
        guard text.count >= 12, text[8] == .space, text[9].isDigit, text[10].isDigit, text[11].isDigit,
            text.count == 12 || text[12] == .space
        else { throw .statusLine }
        let status = Int(text[9] - 0x30) * 100 + Int(text[10] - 0x30) * 10 + Int(text[11] - 0x30)
        guard 100...599 ~= status else { throw .status }
        guard status != 101 else { throw .upgrade }
        head.minorVersion = text[7] - 0x30
        head.status = status
        head.reasonRange = min(line.lowerBound + 13, line.upperBound)..<line.upperBound
    }
}
