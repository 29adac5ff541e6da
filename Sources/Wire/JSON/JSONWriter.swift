/// Writes JSON (RFC 8259) onto the end of a byte array, without white space and without intermediate strings.
///
/// Commas are added automatically; the caller must close containers and write a key before each member's
/// value. One writer can be reused for many lines: `removeAll()` keeps the storage.
///
///     var line = JSONWriter()
///     line.beginObject()
///     line.member("status", 200)
///     line.member("took_ms", millionths: 1_250_000)
///     line.endObject()
public struct JSONWriter: Sendable {
    /// The output so far. Bytes may be appended directly between values, such as a line feed after a line.
    public var bytes: [UInt8]
    /// Whether the previous output is a value, so that the next one needs a comma.
    private var needsComma = false

    public init() { bytes = [] }

    /// Continues after `bytes`, as the beginning of a new text.
    public init(appendingTo bytes: consuming [UInt8]) { self.bytes = bytes }

    /// Discards the output and keeps the storage.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Begins another text: the next value gets no comma.
    public mutating func beginText() { needsComma = false }

    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    public mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    public mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// A member's name that needs no escapes: ASCII without quotation marks, backslashes and control characters.
    public mutating func key(_ name: StaticString) {
        assert(name.needsNoEscapes, "a static key must need no escapes")
        unsafe quote(UnsafeRawBufferPointer(name.buffer), isKey: true)
    }

    /// Appends text that needs no escapes between quotation marks, with the comma before it and the colon after it, in one step: a line of
    /// the access log has twenty members, and each append costs more than the bytes that it copies.
    @inline(__always)
    mutating func quote(_ plain: UnsafeRawBufferPointer, isKey: Bool) {
        let comma = needsComma ? 1 : 0
        let size = plain.count
        bytes.append(addingCapacity: size + 4) { text in
            unsafe text.withUnsafeMutableBufferPointer { space, count in
                guard let base = space.baseAddress else { return }
                var end = unsafe UnsafeMutableRawPointer(base + count)
                unsafe end.storeBytes(of: UInt16(littleEndian: comma == 1 ? 0x222C : 0x22), as: UInt16.self)
                unsafe end += comma + 1
                unsafe end.copyMemory(from: plain.baseAddress ?? UnsafeRawPointer(end), byteCount: size)
                unsafe end += size
                unsafe end.storeBytes(of: UInt16(littleEndian: 0x3A22), as: UInt16.self)
                count += comma + size + (isKey ? 3 : 2)
            }
        }
        needsComma = !isKey
    }

    /// A member's name, escaped.
    @_disfavoredOverload
    public mutating func key(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// An object as an element, or as the member `name`.
    public mutating func object(_ name: StaticString? = nil, _ members: (inout JSONWriter) throws -> Void) rethrows {
        if let name { key(name) }
        beginObject()
        try members(&self)
        endObject()
    }

    /// An array as an element, or as the member `name`.
    public mutating func array(_ name: StaticString? = nil, _ elements: (inout JSONWriter) throws -> Void) rethrows {
        if let name { key(name) }
        beginArray()
        try elements(&self)
        endArray()
    }

    public mutating func null() { literal("null") }

    public mutating func value(_ value: Bool) { literal(value ? "true" : "false") }

    /// Bytes that are JSON already.
    public mutating func raw(_ json: Span<UInt8>) {
        separate()
        appendBytes(json)
    }

    /// A complete tree.
    public mutating func tree(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): self.value(value)
        case .number(let number): raw(number.text.utf8.span)
        case .string(let text): self.value(text)
        case .array(let elements):
            beginArray()
            for element in elements { tree(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                key(member.name)
                tree(member.value)
            }
            endObject()
        }
    }

    mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    mutating func appendBytes(_ span: Span<UInt8>) {
        // The buffer is read within the closure only.
        unsafe span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func literal(_ text: StaticString) {
        separate()
        unsafe bytes.append(contentsOf: text.buffer)
    }
}

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

extension JSONWriter {
    public mutating func value(_ value: Int) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.appendDecimal(value.magnitude)
    }

    /// A fixed decimal given in millionths, such as milliseconds from nanoseconds: `1_250_000` is written `1.25`. Trailing zeros are
    /// omitted, and nothing is rounded.
    public mutating func value(millionths value: Int64) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        bytes.appendDecimal(whole)
        guard rest > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var fraction = rest
        var divisor: UInt64 = 100_000
        while fraction > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / divisor))
            fraction %= divisor
            divisor /= 10
        }
    }

    /// A double in its shortest exact form; infinity and NaN, which JSON cannot represent, are written as `null`.
    @_disfavoredOverload
    public mutating func value(_ value: Double) {
        guard value.isFinite else { return null() }
        raw(String(describing: value).utf8.span)
    }
}
