extension Span<UInt8> {
    /// Whether the bytes spell `literal`, whatever the case of their ASCII letters.
    /// - Parameter literal: in lower case, ASCII.
    @inlinable
    public func equals(ignoringCase literal: StaticString) -> Bool {
        count == literal.utf8CodeUnitCount && starts(withIgnoringCase: literal)
    }

    /// Whether the bytes begin with `literal`, whatever the case of their ASCII letters.
    /// - Parameter literal: in lower case, ASCII.
    @inlinable
    public func starts(withIgnoringCase literal: StaticString) -> Bool {
        guard count >= literal.utf8CodeUnitCount else { return false }
        return literal.withUTF8Buffer { text in
            for i in text.indices where unsafe self[i].lowercased != text[i] { return false }
            return true
        }
    }

    /// Whether the bytes are exactly those of `literal`.
    @inlinable
    public func equals(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        return literal.withUTF8Buffer { text in
            for i in text.indices where unsafe self[i] != text[i] { return false }
            return true
        }
    }

    /// The bytes in `range`, as an array.
    public func copy(_ range: Range<Int>) -> [UInt8] {
        let part = extracting(range)
        return unsafe part.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// `range` without the SP and HTAB at its ends (the `OWS` of RFC 9110 section 5.6.3).
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start].isOptionalWhitespace { start += 1 }
        while end > start, self[end - 1].isOptionalWhitespace { end -= 1 }
        return start..<end
    }

    /// The index of the first `byte` in `range`, or nil.
    /// - Parameter range: within the span.
    public func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var i = range.lowerBound
        // Eight bytes a step while none of them is it.
        while i + 8 <= range.upperBound {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self) ^ (ones &* UInt64(byte))
            if (word &- ones) & ~word & tops != 0 { break }
            i += 8
        }
        while i < range.upperBound {
            if self[i] == byte { return i }
            i += 1
        }
        return nil
    }

    /// Whether the bytes are a token: not empty, and nothing but token characters (RFC 9110 section 5.6.2).
    public var isToken: Bool { !isEmpty && isToken(indices) }

    func isToken(_ range: Range<Int>) -> Bool {
        for i in range where !self[i].isTokenCharacter { return false }
        return !range.isEmpty
    }

    /// Whether a byte is there that would end the line, or the string, for whoever reads the value next (RFC 9110 section 5.5).
    var hasLineBreakOrNUL: Bool {
        var i = firstForbiddenControl(from: 0, to: count)
        while i < count {
            if self[i] == 0 || self[i] == .lineFeed || self[i] == .carriageReturn { return true }
            i = firstForbiddenControl(from: i + 1, to: count)
        }
        return false
    }

    /// The first control character other than HTAB at or after `start`: its index, or `end` if there is none. Eight bytes a
    /// step: it is the one pass that looks at every byte of a head.
    /// - Parameter end: at most `count`.
    func firstForbiddenControl(from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var i = start
        while i + 8 <= end {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)
            // The top bit of each byte that is below 0x20, and of each that is 0x7F; a false hit can only follow a true one.
            let controls = (word &- 0x2020_2020_2020_2020) & ~word
            let deletes = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let hits = (controls | ((deletes &- ones) & ~deletes)) & tops
            if hits != 0 {
                for j in i..<i + 8 where self[j].isForbiddenControl { return j }
            }
            i += 8
        }
        while i < end {
            if self[i].isForbiddenControl { return i }
            i += 1
        }
        return i
    }
}

extension Array<UInt8> {
    /// Appends the bytes of a span in one copy.
    @inlinable
    public mutating func append(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends a literal's bytes.
    @inlinable
    public mutating func append(_ literal: StaticString) {
        literal.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }
}

extension StaticString {
    /// Whether the literal is a token (RFC 9110 section 5.6.2).
    var isToken: Bool {
        withUTF8Buffer { text in unsafe !text.isEmpty && text.allSatisfy(\.isTokenCharacter) }
    }

    /// Whether the literal has a byte that no field value may have.
    var hasLineBreakOrNUL: Bool {
        withUTF8Buffer { text in unsafe text.contains { $0 == 0 || $0 == .lineFeed || $0 == .carriageReturn } }
    }
}
