/// Walks the elements of a comma-separated field value (RFC 9110 section 5.6.1) without allocating. Empty elements are
/// skipped, the white space around an element is not part of it, and a comma within a quoted string separates nothing.
///
///     var list = FieldList(value)
///     while let element = list.next() { … value.extracting(element) … }
public struct FieldList: ~Escapable {
    private let value: Span<UInt8>
    private var position = 0

    @_lifetime(copy value)
    public init(_ value: Span<UInt8>) {
        self.value = value
    }

    /// The next element that is not empty, as offsets into the value; nil after the last.
    @_lifetime(self: copy self)
    public mutating func next() -> Range<Int>? {
        while position < value.count {
            let start = position
            let end = elementEnd()
            position = end + 1
            let element = value.trimmed(start..<end)
            if !element.isEmpty { return element }
        }
        return nil
    }

    /// The index of the comma that ends the element at `position`, or the end of the value.
    private func elementEnd() -> Int {
        var isQuoted = false
        var i = position
        while i < value.count {
            switch value[i] {
            case .quote: isQuoted.toggle()
            case .backslash where isQuoted: i += 1
            case .comma where !isQuoted: return i
            default: break
            }
            i += 1
        }
        return value.count
    }
}

extension Span<UInt8> {
    /// Whether a comma-separated value has an element equal to `literal`, ignoring case.
    /// - Parameter literal: in lower case, ASCII.
    public func listContains(_ literal: StaticString) -> Bool {
        var list = FieldList(self)
        while let element = list.next() {
            if extracting(element).equals(ignoringCase: literal) { return true }
        }
        return false
    }
}
