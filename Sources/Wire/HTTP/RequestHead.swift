/// A valid request head according to RFC 9112, as offsets into the bytes it was parsed from.
public struct RequestHead: Hashable, Sendable {
    public var method: Method = .other
    /// The method's token as sent.
    public var methodRange: Range<Int> = 0..<0
    /// The whole request target as sent.
    public var targetRange: Range<Int> = 0..<0
    /// The absolute path (origin-form), or the path within an absolute-form target; it begins with a slash. Empty only if the
    /// target is `*`.
    public var pathRange: Range<Int> = 0..<0
    /// The query without its `?`; nil if there is no `?`.
    public var queryRange: Range<Int>?
    /// The effective authority: the target's, in absolute-form, else the Host field's. Empty only in HTTP/1.0 without either.
    public var authorityRange: Range<Int> = 0..<0
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    public var minorVersion: UInt8 = 1
    public var fields: [FieldLine] = []
    public var framing: BodyFraming = .none
    /// Whether the connection may be used for another request after this one (RFC 9112 section 9.3).
    public var keepsAlive = true
    /// `Expect: 100-continue` from an HTTP/1.1 client with a body to send (RFC 9110 section 10.1.1).
    public var expectsContinue = false
    /// Bytes of the head, including the empty line.
    public var length = 0

    public init() {}

    /// Resets to an empty head; the array of fields keeps its memory.
    mutating func removeAll() {
        var fields: [FieldLine] = []
        swap(&fields, &self.fields)
        fields.removeAll(keepingCapacity: true)
        self = RequestHead()
        swap(&fields, &self.fields)
    }

    /// The methods that the gateway names. Methods are case-sensitive (RFC 9110 section 9.1).
    public enum Method: UInt8, Sendable { case get, head, post, put, delete, patch, options, trace, connect, other }
}

/// Limits of a request head.
public struct HeadLimits: Hashable, Sendable {
    /// Bytes of the whole head; more get a 431.
    public var head: Int
    /// Bytes of the request target; more get a 414.
    public var target: Int
    /// Field lines; more get a 431.
    public var fields: Int

    public init(head: Int = 32 << 10, target: Int = 8 << 10, fields: Int = 100) {
        self.head = head
        self.target = target
        self.fields = fields
    }
}

/// Parses one request head at a time, strictly: anything that parsers could interpret differently is rejected (RFC 9112 section 11.2).
///
/// The head is parsed line by line, as lines are completed, so that each byte is scanned once and an invalid
/// request is rejected as early as possible. The result does not depend on how the bytes were split.
///
/// After `complete`, the bytes from `head.length` on belong to the body, or to the next request. The array behind
/// `head.fields` is reused by the next request unless a copy of the head is still held then.
public struct RequestHeadParser: Sendable {
    public enum Result: Hashable, Sendable {
        /// More bytes are needed.
        case incomplete
        /// `head` is complete and valid.
        case complete
        /// The request is invalid. Respond with the status, then close: the start of the next request is unknown.
        case refused(Refusal)
    }

    public let limits: HeadLimits
    /// The head; partly filled until `parse` returns `complete`.
    public private(set) var head = RequestHead()

    private var stage = Stage.requestLine(emptyLines: 0)
    private var lines = HeadLines()
    private var rules = MessageRules()

    private enum Stage {
        case requestLine(emptyLines: Int)
        case fields
        case ended(Result)
    }

    public init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
    }

    /// Discards the head, to begin with the next request's first byte.
    public mutating func reset() {
        head.removeAll()
        rules = MessageRules()
        stage = .requestLine(emptyLines: 0)
        lines = HeadLines()
    }

    /// Parses the bytes received so far.
    /// - Parameter bytes: everything from the head's first byte on, at least as many as in the last call. May go beyond the
    ///   head.
    /// - Returns: `complete` and `refused` are final until `reset()`.
    public mutating func parse(_ bytes: Span<UInt8>) -> Result {
        if case .ended(let result) = stage { return result }
        do throws(Refusal) {
            while let line = try nextLine(bytes) {
                if try take(line, of: bytes) {
                    stage = .ended(.complete)
                    return .complete
                }
            }
            return .incomplete
        } catch {
            stage = .ended(.refused(error))
            return .refused(error)
        }
    }

    private mutating func nextLine(_ bytes: Span<UInt8>) throws(Refusal) -> Range<Int>? {
        do throws(HeadLines.Fault) {
            return try lines.next(bytes, before: lineLimit)
        } catch {
            if case .requestLine = stage, error == .tooLong { throw .targetTooLong }
            throw Refusal(error)
        }
    }

    /// The offset before which the line, including its end, must have ended.
    private var lineLimit: Int {
        guard case .requestLine = stage else { return limits.head }
        let room = limits.head - lines.start - RequestLine.mostAroundTarget
        return limits.target < room ? lines.start + limits.target + RequestLine.mostAroundTarget : limits.head
    }

    /// - Returns: true if the line was the one that ends the head.
    private mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>) throws(Refusal) -> Bool {
        switch stage {
        case .requestLine(let emptyLines):
            if line.isEmpty {
                guard emptyLines < 2 else { throw .tooManyEmptyLines }
                stage = .requestLine(emptyLines: emptyLines + 1)
            } else {
                try RequestLine.parse(line, of: bytes, maxTarget: limits.target, into: &head)
                stage = .fields
            }
            return false
        case .fields where line.isEmpty:
            try rules.conclude(into: &head)
            head.length = lines.start
            return true
        case .fields:
            guard head.fields.count < limits.fields else { throw .tooManyFields }
            let field = try Self.field(line, of: bytes)
            try rules.take(field, of: bytes)
            head.fields.append(field)
            return false
        case .ended:
            return true
        }
    }

    private static func field(_ line: Range<Int>, of bytes: Span<UInt8>) throws(Refusal) -> FieldLine {
        do throws(HeadLines.Fault) { return try FieldLine(line, of: bytes) } catch { throw Refusal(error) }
    }
}

extension RequestHead {
    /// Why the request's content is not acceptable on any route. Content of a GET or HEAD has no defined meaning, and has been
    /// used to smuggle requests (RFC 9110 section 9.3.1).
    public var contentRefusal: Refusal? {
        guard method == .get || method == .head, framing != .none, framing != .length(0) else { return nil }
        return Refusal(400, "A GET or HEAD request must not have content (RFC 9110 section 9.3.1).")
    }
}
