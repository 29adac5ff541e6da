/// How often a field was found in a head, and where its first value stands.
struct FieldOccurrence: Sendable {
    private(set) var count = 0
    /// The first value; nil when the field is absent.
    private(set) var value: Range<Int>?

    mutating func note(_ range: Range<Int>) {
        count += 1
        if value == nil { value = range }
    }
}
