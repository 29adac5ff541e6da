/// Reading of field values, without allocation.
enum FieldText {
    /// The next element of a comma-separated list (RFC 9110 section 5.6.1), without the white space around it. Empty elements
    /// are skipped, and commas within a quoted string are not separators.
    /// - Parameter position: Where to look; moved past the element.
    static func nextElement(in value: Span<UInt8>, from position: inout Int) -> Range<Int>? {
        while position < value.count {
            let end = endOfElement(in: value, from: position)
            let element = trim(value, position..<end)
            position = end + 1
            if !element.isEmpty { return element }
        }
        return nil
    }

    private static func endOfElement(in value: Span<UInt8>, from start: Int) -> Int {
        var quoted = false
        var i = start
        while i < value.count {
            switch value[i] {
            case UInt8(ascii: "\""): quoted.toggle()
            case UInt8(ascii: "\\") where quoted: i += 1
            case UInt8(ascii: ",") where !quoted: return i
            default: break
            }
            i += 1
        }
        return value.count
    }

    /// `range` without the spaces and tabs at both ends.
    static func trim(_ value: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(value[start]) { start += 1 }
        while start < end, isBlank(value[end - 1]) { end -= 1 }
        return start..<end
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func firstIndex(of byte: UInt8, in value: Span<UInt8>, _ range: Range<Int>) -> Int? {
        for i in range where value[i] == byte { return i }
        return nil
    }

    /// Whether the bytes are `text`, whatever their case. `text` is lower-case US-ASCII.
    static func isEqual(_ value: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && begins(value, range, text)
    }

    /// Whether the bytes begin with `text`, whatever their case. `text` is lower-case US-ASCII.
    static func begins(_ value: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count >= text.utf8CodeUnitCount else { return false }
        // In bounds: i is below the count of each.
        for i in 0..<text.utf8CodeUnitCount where unsafe lower(value[range.lowerBound + i]) != text.utf8Start[i] { return false }
        return true
    }

    /// Whether the bytes end with `text`, whatever their case. `text` is lower-case US-ASCII.
    static func ends(_ value: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count >= text.utf8CodeUnitCount else { return false }
        return isEqual(value, range.upperBound - text.utf8CodeUnitCount..<range.upperBound, text)
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
