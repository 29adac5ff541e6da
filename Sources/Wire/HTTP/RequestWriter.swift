/// Encodes a request in one reusable buffer: request line, fields, then a body in either framing
/// (RFC 9112 sections 3 to 7).
///
/// Never writes CR, LF or NUL in a method, target, name or value, regardless of input. The caller must make the calls in the
/// right order: a request line, fields, `framing(_:)`, `endHead()`, then the body.
public struct RequestWriter: Sendable {
    /// The bytes that were written and not removed yet.
    public private(set) var bytes: [UInt8] = []
    /// Whether the method defines content, so that its absence must be indicated (RFC 9110 section 8.6).
    private var anticipatesContent = false

    /// - Parameter capacity: bytes to reserve.
    public init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Empties the buffer and keeps its memory.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Empties the buffer and overwrites all of its memory, earlier contents included: a request holds credentials.
    public mutating func wipe() {
        bytes.overwrite()
        removeAll()
    }

    /// Appends `method target HTTP/1.1`.
    /// - Parameters:
    ///   - method: a token, case-sensitive (RFC 9110 section 9.1).
    ///   - target: visible ASCII characters, at least one (RFC 9112 section 3.2).
    /// - Returns: false, and nothing is written, if the method or the target is something else.
    @discardableResult
    public mutating func requestLine(_ method: Span<UInt8>, _ target: Span<UInt8>) -> Bool {
        guard method.isToken, !target.isEmpty, target.isVisibleASCII else { return false }
        bytes.append(method)
        bytes.append(.space)
        bytes.append(target)
        bytes.append(" HTTP/1.1\r\n")
        anticipatesContent =
            switch RequestHead.Method(method) {
            case .post, .put, .patch: true
            default: false
            }
        return true
    }

    /// Appends a field line with an untrusted name and value.
    /// - Returns: false, and nothing is written, if the name is not a token, or the value has CR, LF or NUL (RFC 9110 section 5.5).
    @discardableResult
    public mutating func field(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool { bytes.appendField(name, value) }

    /// Appends a field line with an untrusted value; see `field(_:_:)` for what is refused.
    @discardableResult
    public mutating func field(_ name: StaticString, _ value: Span<UInt8>) -> Bool { bytes.appendField(name, value) }

    /// Appends all lines of a block, which were checked when they were added to it.
    ///
    /// `Host` and hop-by-hop fields (RFC 9110 section 7.6.1) are omitted: the sender writes them.
    public mutating func fields(_ block: HeaderBlock) {
        let text = block.bytes.span
        guard block.hasConnectionFields else { return bytes.append(text) }
        for field in block.fields where !field.name.belongsToConnection {
            bytes.append(text.extracting(field.nameRange.lowerBound..<field.valueRange.upperBound + 2))
        }
    }

    /// Appends the field that says how the body ends: Content-Length, Transfer-Encoding, or for `none` nothing, except
    /// `Content-Length: 0` with POST, PUT and PATCH.
    /// - Returns: false, and nothing is written, if the length is negative.
    @discardableResult
    public mutating func framing(_ framing: BodyFraming) -> Bool {
        bytes.appendFraming(framing == .none && anticipatesContent ? .length(0) : framing)
    }

    /// Appends the empty line after the last field.
    public mutating func endHead() { bytes.appendLineEnd() }

    /// Appends bytes of a body unchanged.
    public mutating func body(_ data: Span<UInt8>) { bytes.append(data) }

    /// Appends a complete chunk (RFC 9112 section 7.1). Appends nothing for no data, since an empty chunk would end the body.
    public mutating func chunk(_ data: Span<UInt8>) { bytes.appendChunk(data) }

    /// Appends the last chunk and an empty trailer section: the body is complete.
    public mutating func lastChunk() { bytes.appendLastChunk() }
}
