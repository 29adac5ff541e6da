/// Name and value in one call. Names are static: ASCII that needs no escapes; see `key(_:)`.
extension JSONWriter {
    public mutating func member(_ name: StaticString, _ value: StaticString) {
        key(name)
        self.value(value)
    }

    @_disfavoredOverload
    public mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        self.value(value)
    }

    public mutating func member(_ name: StaticString, _ value: Span<UInt8>) {
        key(name)
        self.value(value)
    }

    public mutating func member(_ name: StaticString, _ value: Int) {
        key(name)
        self.value(value)
    }

    public mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        self.value(value)
    }

    /// See `value(millionths:)`.
    public mutating func member(_ name: StaticString, millionths value: Int64) {
        key(name)
        self.value(millionths: value)
    }
}
