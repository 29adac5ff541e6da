/// The Content-Encoding field of a message (RFC 9110 section 8.4), all of its lines together.
///
/// A body is taken for what this field says, never for what its bytes look like. A body without the field that begins with
/// gzip's magic number is left alone: the result file of a query whose format is GZIP is such a body, and unpacking it would
/// change the file that the caller asked for.
public struct ContentEncoding: Hashable, Sendable {
    /// What was applied to the body. Codings stacked on each other are `other`, gzip twice too: the gateway never undoes one
    /// and leaves the next.
    public private(set) var coding = ContentCoding.identity

    public init() {}

    /// Adds one field line's value. `identity`, which some senders write though it says nothing, is passed over.
    public mutating func add(_ value: Span<UInt8>) {
        var position = 0
        while let element = FieldText.nextElement(in: value, from: &position) {
            let next = ContentCoding(value, element)
            if next == .identity { continue }
            coding = coding == .identity ? next : .other
        }
    }
}
