/// A response head that kept every rule of RFC 9112, as offsets into the bytes it was parsed from.
public struct ResponseHead: Hashable, Sendable {
    /// 100 to 599, but never 101.
    public var status = 0
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    public var minorVersion: UInt8 = 1
    /// The reason phrase as sent; may be empty.
    public var reasonRange: Range<Int> = 0..<0
    /// The field lines in order, mended as a proxy must: one Content-Length at most, with one number, and none beside
    /// Transfer-Encoding, nor with a 204 or an interim response (RFC 9112 section 6.3, RFC 9110 section 8.6).
    public var fields: [FieldLine] = []
    public var framing: ResponseFraming = .none
    /// Whether the connection may carry another request once the response was read to its end (RFC 9112 section 9.3). False also
    /// if the end of the body is the end of the connection, or if the head leaves a doubt where the body ends.
    public var keepsAlive = false
    /// Seconds that the server keeps an idle connection, as `Keep-Alive: timeout=N` says, at most a day; nil if it does not say.
    public var keepAliveTimeout: Int?
    /// The length that Content-Length announces, also where the response has no body (HEAD, 304; RFC 9110 section 8.6).
    public var contentLength: Int?
    /// Bytes of the head, the empty line included.
    public var length = 0

    public init() {}

    /// Back to an empty head; the array of fields keeps its memory.
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
    /// All that comes until the connection closes.
    case untilClose
}
