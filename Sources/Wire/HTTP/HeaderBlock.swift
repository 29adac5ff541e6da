/// Field lines in one flat buffer, reusable without allocating: the fields sent upstream.
///
/// Each line is stored as it is sent: `Name: value`, then CRLF (RFC 9112 section 5).
public struct HeaderBlock: Sendable {
    /// All lines, each with its line end.
    public internal(set) var bytes: [UInt8] = []
    /// The lines, in order, as offsets into `bytes`.
    public internal(set) var fields: [FieldLine] = []

    /// Whether there is a line that `RequestWriter.fields` omits.
    public private(set) var hasConnectionFields = false

    public init() {}

    public var isEmpty: Bool { fields.isEmpty }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        hasConnectionFields = false
    }

    /// As `removeAll`, and overwrites the memory: credentials are among the lines.
    public mutating func wipe() {
        bytes.overwrite()
        removeAll()
    }

    /// Appends a line from two ranges of bytes.
    /// - Returns: false, and nothing is added, if the name is empty or has a byte that is not a token character, or the value has
    ///   CR, LF or NUL: the receiver would interpret such a line differently (RFC 9110 section 5.5).
    @discardableResult
    public mutating func append(_ name: FieldName, nameBytes: Span<UInt8>, value: Span<UInt8>) -> Bool {
        nameBytes.isToken && appendLine(name, nameBytes, value)
    }

    /// - Parameter nameBytes: a token.
    private mutating func appendLine(_ name: FieldName, _ nameBytes: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        guard !value.hasLineBreakOrNUL else { return false }
        let nameEnd = bytes.count + nameBytes.count
        fields.append(
            FieldLine(name: name, nameRange: bytes.count..<nameEnd, valueRange: nameEnd + 2..<nameEnd + 2 + value.count))
        bytes.appendLine(nameBytes, value)
        hasConnectionFields = hasConnectionFields || name.belongsToConnection
        return true
    }

    /// Appends a line from strings; see `append(_:nameBytes:value:)`.
    @discardableResult
    public mutating func append(_ name: FieldName, _ nameText: String, _ value: String) -> Bool {
        append(name, nameBytes: nameText.utf8.span, value: value.utf8.span)
    }

    /// Appends a line with the name's usual spelling; see `append(_:nameBytes:value:)`.
    /// - Parameter name: a single name, neither `other` nor `xForwarded`; else false is returned.
    @discardableResult
    public mutating func append(_ name: FieldName, value: Span<UInt8>) -> Bool {
        guard name != .other, name != .xForwarded else { return false }
        return name.text.withUTF8Buffer { unsafe appendLine(name, $0.span, value) }
    }

    /// Removes every line with this name.
    public mutating func remove(_ name: FieldName) {
        guard fields.contains(where: { $0.name == name }) else { return }
        removeAll { field, _ in field == name }
    }

    /// Removes every line for which `isUnwanted` returns true, given the known name and the name as written.
    public mutating func removeAll(where isUnwanted: (FieldName, Span<UInt8>) -> Bool) {
        var kept = HeaderBlock()
        for field in fields where !isUnwanted(field.name, bytes.span.extracting(field.nameRange)) {
            kept.append(
                field.name, nameBytes: bytes.span.extracting(field.nameRange), value: bytes.span.extracting(field.valueRange))
        }
        // A credential may be among the lines.
        bytes.overwrite()
        self = kept
    }

    /// The value of the line at `index`, as text.
    public func value(_ index: Int) -> String { String(decoding: bytes[fields[index].valueRange], as: UTF8.self) }

    /// The index of the first line with this name.
    public func firstIndex(of name: FieldName) -> Int? { fields.firstIndex { $0.name == name } }

    /// The value of the first line with this name, as text.
    public func first(_ name: FieldName) -> String? { firstIndex(of: name).map(value) }
}

extension HeaderBlock {
    /// Appends all lines of another block: two copies of memory, regardless of the number of lines. They were checked when
    /// that block was created.
    public mutating func append(contentsOf block: HeaderBlock) {
        let shift = bytes.count
        bytes.append(contentsOf: block.bytes)
        for field in block.fields {
            fields.append(
                FieldLine(
                    name: field.name,
                    nameRange: field.nameRange.lowerBound + shift..<field.nameRange.upperBound + shift,
                    valueRange: field.valueRange.lowerBound + shift..<field.valueRange.upperBound + shift))
        }
    }

    /// Appends a line whose value is `prefix` and then `value`, such as `Bearer ` and a token, without joining them first.
    /// - Returns: false, and nothing is added, as with `append(_:value:)`.
    @discardableResult
    public mutating func append(_ name: FieldName, prefix: StaticString, value: Span<UInt8>) -> Bool {
        guard !value.hasLineBreakOrNUL, prefix.withUTF8Buffer({ unsafe append(name, value: $0.span) }) else { return false }
        bytes.removeLast(2)
        bytes.append(value)
        fields[fields.count - 1].valueRange = fields[fields.count - 1].valueRange.lowerBound..<bytes.count
        bytes.append("\r\n")
        return true
    }
}

extension [UInt8] {
    /// Overwrites the whole storage with zeros, including spare capacity, and keeps it. Shared storage is copied first, and the
    /// other reference is unchanged.
    mutating func overwrite() {
        append(contentsOf: repeatElement(0, count: capacity - count))
        _ = unsafe withUnsafeMutableBytes { unsafe $0.initializeMemory(as: UInt8.self, repeating: 0) }
    }
}
