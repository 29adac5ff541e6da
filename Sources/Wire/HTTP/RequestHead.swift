/// A request head that kept every rule of RFC 9112, as offsets into the bytes it was parsed from.
public struct RequestHead: Hashable, Sendable {
    public var method: Method = .other
    /// The method's token as sent.
    public var methodRange: Range<Int> = 0..<0
    /// The whole request target as sent.
    public var targetRange: Range<Int> = 0..<0
    /// The absolute path (origin-form), or the path within an absolute-form target; it begins with a slash. Empty only if the
    /// target is `*`.
    public var pathRange: Range<Int> = 0..<0
    /// The query without its `?`; nil when there is no `?`.
    public var queryRange: Range<Int>?
    /// The authority that decides: the target's, in absolute-form, else the Host field's. Empty only in HTTP/1.0 without either.
    public var authorityRange: Range<Int> = 0..<0
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    public var minorVersion: UInt8 = 1
    public var fields: [FieldLine] = []
    public var framing: BodyFraming = .none
    /// Whether the connection may carry another request after this one (RFC 9112 section 9.3).
    public var keepsAlive = true
    /// `Expect: 100-continue` from an HTTP/1.1 client with a body to send (RFC 9110 section 10.1.1).
    public var expectsContinue = false
    /// Bytes of the head, the empty line included.
    public var length = 0

    public init() {}

    /// Back to an empty head; the array of fields keeps its memory.
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
