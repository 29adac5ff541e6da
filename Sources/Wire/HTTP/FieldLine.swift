/// One field line of a head, as offsets into the bytes that hold the head. Nothing is copied.
public struct FieldLine: Hashable, Sendable {
    /// What the name is, if it is one that the gateway knows.
    public var name: FieldName
    /// Where the name stands, as it was written.
    public var nameRange: Range<Int>
    /// Where the value stands, without the optional white space around it. May be empty.
    public var valueRange: Range<Int>

    public init(name: FieldName, nameRange: Range<Int>, valueRange: Range<Int>) {
        self.name = name
        self.nameRange = nameRange
        self.valueRange = valueRange
    }
}
