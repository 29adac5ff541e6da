extension ResponseWriter {
    /// Appends a field line whose name and value come from outside.
    /// - Returns: false, and nothing is written, if the name is no token, or the value has CR, LF or NUL (RFC 9110 section 5.5).
    @discardableResult
    public mutating func field(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        guard name.isToken, !value.hasLineBreakOrNUL else { return false }
        append(name)
        append(": ")
        append(value)
        lineEnd()
        return true
    }

    /// Appends a field line whose value comes from outside; see `field(_:_:)` for what is refused.
    @discardableResult
    public mutating func field(_ name: StaticString, _ value: Span<UInt8>) -> Bool {
        guard name.isToken, !value.hasLineBreakOrNUL else { return false }
        append(name)
        append(": ")
        append(value)
        lineEnd()
        return true
    }

    /// Appends a field line from a literal name and a text; see `field(_:_:)` for what is refused.
    @discardableResult
    public mutating func field(_ name: StaticString, _ value: String) -> Bool { field(name, value.utf8.span) }

    /// Appends a field line from two literals; see `field(_:_:)` for what is refused.
    @discardableResult
    public mutating func field(_ name: StaticString, literal value: StaticString) -> Bool {
        guard name.isToken, !value.hasLineBreakOrNUL else { return false }
        append(name)
        append(": ")
        append(value)
        lineEnd()
        return true
    }

    /// Appends a field line with a decimal number, such as Retry-After.
    /// - Parameter value: 0 or more.
    /// - Returns: false, and nothing is written, if the name is no token or the number is negative.
    @discardableResult
    public mutating func field(_ name: StaticString, _ value: Int) -> Bool {
        guard name.isToken, value >= 0 else { return false }
        append(name)
        append(": ")
        appendDecimal(value)
        lineEnd()
        return true
    }

    /// Appends the field that says how the body ends: nothing for `none`, else Content-Length or Transfer-Encoding.
    /// - Returns: false, and nothing is written, if the length is negative.
    @discardableResult
    public mutating func framing(_ framing: BodyFraming) -> Bool {
        switch framing {
        case .none: true
        case .length(let length): field("Content-Length", length)
        case .chunked: field("Transfer-Encoding", literal: "chunked")
        }
    }
}
