extension HeaderBlock {
    /// Appends every line of a block made earlier: two copies of memory, however many lines there are. They were checked when
    /// that block was made.
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
    /// - Parameter prefix: not empty.
    /// - Returns: false, and nothing is added, as with `append(_:nameBytes:value:)`.
    @discardableResult
    public mutating func append(
        _ name: FieldName, nameBytes: Span<UInt8>, prefix: Span<UInt8>, value: Span<UInt8>
    ) -> Bool {
        guard !prefix.isEmpty, !value.hasLineBreakOrNUL, append(name, nameBytes: nameBytes, value: prefix) else { return false }
        bytes.removeLast(2)
        bytes.append(value)
        fields[fields.count - 1].valueRange = fields[fields.count - 1].valueRange.lowerBound..<bytes.count
        bytes.append("\r\n")
        return true
    }
}
