extension Span<UInt8> {
    /// Whether the bytes equal `literal`, ignoring ASCII case.
    /// - Parameter literal: in lower case, ASCII.
    @inlinable
    public func equals(ignoringCase literal: StaticString) -> Bool {
        count == literal.utf8CodeUnitCount && starts(withIgnoringCase: literal)
    }

    /// Whether the bytes begin with `literal`, ignoring ASCII case.
    /// - Parameter literal: in lower case, ASCII.
    @inlinable
    public func starts(withIgnoringCase literal: StaticString) -> Bool {
        guard count >= literal.utf8CodeUnitCount else { return false }
        return literal.withUTF8Buffer { text in
            var i = 0
            // Eight bytes a step. Where the literal has a letter, and only there, the bit that parts the cases is set before comparing.
            while i + 8 <= text.count {
                let expected = unsafe UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: i, as: UInt64.self)
                let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)
                let letters = (expected &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(expected &+ 0x0505_0505_0505_0505) & 0x8080_8080_8080_8080
                guard word | letters >> 2 == expected else { return false }
                i += 8
            }
            while i < text.count {
                guard unsafe self[i].lowercased == text[i] else { return false }
                i += 1
            }
            return true
        }
    }

    /// Whether the bytes are exactly those of `literal`.
    @inlinable
    public func equals(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        return literal.withUTF8Buffer { text in
            var i = 0
            // Eight bytes a step.
            while i + 8 <= text.count {
                let expected = unsafe UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: i, as: UInt64.self)
                guard unsafe bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self) == expected else { return false }
                i += 8
            }
            while i < text.count {
                guard unsafe self[i] == text[i] else { return false }
                i += 1
            }
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
        // Eight bytes per step while none of them matches.
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

    /// Whether there is a byte that would end the line, or the string, for the value's next reader (RFC 9110 section 5.5).
    var hasLineBreakOrNUL: Bool {
        var i = firstForbiddenControl(from: 0, to: count)
        while i < count {
            if self[i] == 0 || self[i] == .lineFeed || self[i] == .carriageReturn { return true }
            i = firstForbiddenControl(from: i + 1, to: count)
        }
        return false
    }

    /// Whether every byte is a visible ASCII character: no control character, no space, nothing above 0x7E.
    var isVisibleASCII: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var i = 0
        while i + 8 <= count {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)
            // A borrow or carry can mark a byte wrongly, but only beside one that is marked rightly.
            if (word | (word &- ones &* 0x21) | (word &+ ones)) & (ones &* 0x80) != 0 { return false }
            i += 8
        }
        while i < count {
            guard 0x21...0x7E ~= self[i] else { return false }
            i += 1
        }
        return true
    }

    /// The first byte at or after `start` that is neither an ASCII letter nor a digit nor a hyphen, which are most of all names and paths:
    /// its index, or `end` if not found.
    /// - Parameter end: at most `count`.
    public func endOfWord(from start: Int, to end: Int) -> Int {
        var i = start
        // The bytes behind `end` may be looked at, but do not count.
        while i < end, i + 16 <= count {
            let chunk = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: i, as: SIMD16<UInt8>.self)
            let first = chunk.isNoWord.first
            if first < 16 { return Swift.min(i + first, end) }
            i += 16
        }
        while i < end, self[i].isDigit || self[i] == .hyphen || (self[i] | 0x20) &- 0x61 < 26 { i += 1 }
        return Swift.min(i, end)
    }

    /// The first control character other than HTAB at or after `start`: its index, or `end` if not found. Sixteen bytes a
    /// step, and eight before the end: this is the only pass over every byte of a head.
    /// - Parameter end: at most `count`.
    func firstForbiddenControl(from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var i = start
        while i + 16 <= end {
            let chunk = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: i, as: SIMD16<UInt8>.self)
            let first = (chunk.isControl .& .!chunk.equals(.tab) .| chunk.equals(0x7F)).first
            if first < 16 { return i + first }
            i += 16
        }
        while i + 8 <= end {
            let word = unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self))
            // The top bit of each ASCII byte that is below 0x20 or is 0x7F. A borrow or carry may add false hits, but hides none.
            let hits = ((word &- 0x2020_2020_2020_2020) | (word &+ ones)) & ~word & tops
            guard hits != 0 else {
                i += 8
                continue
            }
            // A control character, HTAB, or a false hit.
            i += hits.trailingZeroBitCount / 8
            if self[i].isForbiddenControl { return i }
            i += 1
        }
        while i < end {
            if self[i].isForbiddenControl { return i }
            i += 1
        }
        return i
    }
}

/// Sixteen bytes at a time. Compared with vectors, because comparisons with a scalar are compiled to loops.
extension SIMD16<UInt8> {
    @inline(__always)
    func equals(_ byte: UInt8) -> SIMDMask<SIMD16<Int8>> { self .== SIMD16<UInt8>(repeating: byte) }

    @inline(__always)
    var isNoWord: SIMDMask<SIMD16<Int8>> {
        let letters = (self | SIMD16<UInt8>(repeating: 0x20)) &- SIMD16<UInt8>(repeating: 0x61)
        let digits = self &- SIMD16<UInt8>(repeating: 0x30)
        return (letters .>= SIMD16<UInt8>(repeating: 26)) .& (digits .>= SIMD16<UInt8>(repeating: 10)) .& .!equals(.hyphen)
    }

    @inline(__always)
    var isControl: SIMDMask<SIMD16<Int8>> { self .< SIMD16<UInt8>(repeating: 0x20) }

    @inline(__always)
    var isControlOrNotASCII: SIMDMask<SIMD16<Int8>> { SIMD16<Int8>(truncatingIfNeeded: self) .< SIMD16<Int8>(repeating: 0x20) }
}

extension SIMDMask<SIMD16<Int8>> {
    /// The index of the first lane that is set, or 16.
    @inline(__always)
    var first: Int {
        // Each lane is a byte of ones or zeros. A vector's first lane is at the lowest address.
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        let first = UInt64(littleEndian: words[0])
        return first != 0 ? first.trailingZeroBitCount / 8 : 8 + UInt64(littleEndian: words[1]).trailingZeroBitCount / 8
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

    /// Appends `name: value` and a line end, in one step: each append costs more than the bytes that it copies.
    mutating func appendLine(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        append(addingCapacity: name.count + value.count + 4) { line in
            unsafe line.withUnsafeMutableBufferPointer { space, count in
                guard let base = space.baseAddress else { return }
                var end = unsafe UnsafeMutableRawPointer(base + count)
                unsafe name.withUnsafeBytes {
                    unsafe end.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(end), byteCount: $0.count)
                }
                unsafe end += name.count
                unsafe end.storeBytes(of: UInt16(littleEndian: 0x203A), as: UInt16.self)
                unsafe end += 2
                unsafe value.withUnsafeBytes {
                    unsafe end.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(end), byteCount: $0.count)
                }
                unsafe end += value.count
                unsafe end.storeBytes(of: UInt16(littleEndian: 0x0A0D), as: UInt16.self)
                count += name.count + value.count + 4
            }
        }
    }
}

extension StaticString {
    /// Whether the literal is a token (RFC 9110 section 5.6.2).
    var isToken: Bool {
        withUTF8Buffer { text in unsafe !text.isEmpty && text.allSatisfy(\.isTokenCharacter) }
    }

    /// Whether the literal has a byte that is not allowed in field values.
    var hasLineBreakOrNUL: Bool {
        withUTF8Buffer { text in unsafe text.contains { $0 == 0 || $0 == .lineFeed || $0 == .carriageReturn } }
    }
}
