import Wire

extension Span<UInt8> {
    /// Whether `self[range]` is `text`, letters compared without case. `text` is lower case.
    func equals(_ range: Range<Int>, ignoringCase text: [UInt8]) -> Bool {
        guard range.count == text.count else { return false }
        for i in 0..<text.count where self[range.lowerBound + i].lowercased != text[i] { return false }
        return true
    }

    /// Whether two ranges are equal, letters compared without case.
    func equals(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
        for i in 0..<a.count where self[a.lowerBound + i].lowercased != self[b.lowerBound + i].lowercased { return false }
        return true
    }

    func contains(_ byte: UInt8, in range: Range<Int>) -> Bool {
        for i in range where self[i] == byte { return true }
        return false
    }

    /// For messages only: the hot path makes no strings.
    func text(_ range: Range<Int>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for i in range { copy.append(self[i]) }
        return String(decoding: copy, as: UTF8.self)
    }
}

extension Sequence<UInt8> {
    /// Two lower-case digits for each byte.
    package var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
