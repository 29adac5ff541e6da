/// Encodes a response in one reusable buffer: status line, fields, then a body in either framing
/// (RFC 9112 sections 4 to 7).
///
/// Never writes CR, LF or NUL in a name or a value, regardless of input. The caller must make the calls in the right
/// order: a status line, fields, `endHead()`, then the body.
public struct ResponseWriter: Sendable {
    /// The bytes that were written and not removed yet.
    public private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes to reserve.
    public init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Empties the buffer and keeps its memory.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Empties the buffer and overwrites all of its memory, earlier contents included: for a response with a secret.
    public mutating func wipe() {
        bytes.overwrite()
        removeAll()
    }

    /// Appends `HTTP/1.1 status reason`.
    /// - Parameter status: 100 to 999.
    /// - Returns: false, and nothing is written, if the status does not have three digits.
    @discardableResult
    public mutating func status(_ status: Int) -> Bool {
        guard 100...999 ~= status else { return false }
        bytes.append("HTTP/1.1 ")
        bytes.appendDecimal(status)
        bytes.append(.space)
        bytes.append(ReasonPhrase.of(status))
        bytes.appendLineEnd()
        return true
    }

    /// Appends a field line with an untrusted name and value.
    /// - Returns: false, and nothing is written, if the name is not a token, or the value has CR, LF or NUL (RFC 9110 section 5.5).
    @discardableResult
    public mutating func field(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool { bytes.appendField(name, value) }

    /// Appends a field line with an untrusted value; see `field(_:_:)` for what is refused.
    @discardableResult
    public mutating func field(_ name: StaticString, _ value: Span<UInt8>) -> Bool { bytes.appendField(name, value) }

    /// Appends a field line from a literal name and a text; see `field(_:_:)` for what is refused.
    @discardableResult
    public mutating func field(_ name: StaticString, _ value: String) -> Bool { bytes.appendField(name, value.utf8.span) }

    /// Appends a field line from two literals; see `field(_:_:)` for what is refused.
    @discardableResult
    public mutating func field(_ name: StaticString, literal value: StaticString) -> Bool {
        bytes.appendField(name, literal: value)
    }

    /// Appends a field line with a decimal number, such as Retry-After.
    /// - Parameter value: 0 or more.
    /// - Returns: false, and nothing is written, if the name is not a token or the number is negative.
    @discardableResult
    public mutating func field(_ name: StaticString, _ value: Int) -> Bool { bytes.appendField(name, value) }

    /// Appends the field that says how the body ends: nothing for `none`, else Content-Length or Transfer-Encoding.
    /// - Returns: false, and nothing is written, if the length is negative.
    @discardableResult
    public mutating func framing(_ framing: BodyFraming) -> Bool { bytes.appendFraming(framing) }

    /// Appends the empty line after the last field.
    public mutating func endHead() { bytes.appendLineEnd() }

    /// Appends bytes of a body unchanged.
    public mutating func body(_ data: Span<UInt8>) { bytes.append(data) }

    /// Appends a complete chunk (RFC 9112 section 7.1). Appends nothing for no data, since an empty chunk would end the body.
    public mutating func chunk(_ data: Span<UInt8>) { bytes.appendChunk(data) }

    /// Appends the last chunk and an empty trailer section: the body is complete.
    public mutating func lastChunk() { bytes.appendLastChunk() }
}
