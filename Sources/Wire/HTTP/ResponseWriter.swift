/// Writes a response into one buffer that is used again: status line, fields, then a body in either framing
/// (RFC 9112 sections 4 to 7).
///
/// Neither CR, LF nor NUL can get out in a name or a value, whatever it is given. The order of the calls is the caller's
/// part: a status line, fields, `endHead()`, then the body.
public struct ResponseWriter: Sendable {
    /// What was written and has not been removed yet.
    public private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes to make room for at once.
    public init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Makes room for so many bytes at once.
    public mutating func reserve(_ capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Empties the buffer and keeps its memory.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Empties the buffer and overwrites all of its memory, earlier contents included: for an answer that is a secret.
    public mutating func wipe() {
        bytes.overwrite()
        removeAll()
    }

    /// Appends `HTTP/1.1 status reason`.
    /// - Parameter status: 100 to 999.
    /// - Returns: false, and nothing is written, if the status has not three digits.
    @discardableResult
    public mutating func status(_ status: Int) -> Bool {
        guard 100...999 ~= status else { return false }
        bytes.append("HTTP/1.1 ")
        bytes.appendDecimal(status)
        bytes.append(.space)
        bytes.append(ReasonPhrase.of(status))
        lineEnd()
        return true
    }

    /// Appends the empty line after the last field.
    public mutating func endHead() { lineEnd() }

    /// Appends bytes of a body as they are.
    public mutating func body(_ data: Span<UInt8>) { bytes.append(data) }

    mutating func lineEnd() { bytes.append("\r\n") }

    mutating func append(_ text: StaticString) { bytes.append(text) }
    mutating func append(_ text: Span<UInt8>) { bytes.append(text) }
    mutating func appendDecimal(_ number: Int) { bytes.appendDecimal(number) }
    mutating func appendHex(_ number: Int) { bytes.appendHex(number) }
}
