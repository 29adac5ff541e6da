/// Character classes of the grammar, each a bit map of the 128 ASCII characters: one shift and one mask per byte.
extension UInt8 {
    /// Whether the byte is allowed in a token (RFC 9110 section 5.6.2).
    @inlinable
    public var isTokenCharacter: Bool { isMember(0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE) }

    /// Whether the byte is allowed in an absolute path: `/`, or a `pchar` that is not a percent-escape (RFC 3986 section 3.3).
    @inlinable
    public var isPathCharacter: Bool { isMember(0x2FFF_FFD2_0000_0000, 0x47FF_FFFE_87FF_FFFF) }

    /// Whether the byte is allowed in a query: any visible ASCII character but `#`, which would begin a fragment, and `%`, which begins
    /// an escape. More than RFC 3986 section 3.4 has: Zuora documents calls with raw brackets (`filter[]=…`), and none of these is
    /// ambiguous.
    @inlinable
    var isQueryCharacter: Bool { self > 0x20 && self < 0x7F && self != .hash && self != .percent }

    /// Whether the byte is allowed in a `reg-name`, except percent-escapes (RFC 3986 section 3.2.2).
    @inlinable
    var isHostCharacter: Bool { isMember(0x2BFF_7FD2_0000_0000, 0x47FF_FFFE_87FF_FFFE) }

    /// Whether the byte is SP or HTAB, the white space that may surround a field value.
    @inlinable
    var isOptionalWhitespace: Bool { self == .space || self == .tab }

    /// Whether the byte is a control character that is not allowed in field values: all except HTAB (RFC 9110 section 5.5).
    @inlinable
    var isForbiddenControl: Bool { self < 0x20 && self != .tab || self == 0x7F }

    @inlinable
    var isDigit: Bool { self &- 0x30 < 10 }

    /// The value of a hexadecimal digit of either case; nil for any other byte.
    @inlinable
    public var hexValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    /// The byte with `A` to `Z` in lower case.
    @inlinable
    public var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// - Parameters:
    ///   - low: a bit for each of the bytes 0 to 63.
    ///   - high: a bit for each of the bytes 64 to 127.
    @inlinable
    func isMember(_ low: UInt64, _ high: UInt64) -> Bool {
        let map = self < 64 ? low : high
        return self < 128 && map &>> UInt64(self) & 1 == 1
    }
}

extension UInt8 {
    @usableFromInline static let tab: UInt8 = 0x09
    @usableFromInline static let lineFeed: UInt8 = 0x0A
    @usableFromInline static let carriageReturn: UInt8 = 0x0D
    @usableFromInline static let space: UInt8 = 0x20
    @usableFromInline static let quote: UInt8 = 0x22
    @usableFromInline static let hash: UInt8 = 0x23
    @usableFromInline static let percent: UInt8 = 0x25
    @usableFromInline static let asterisk: UInt8 = 0x2A
    @usableFromInline static let comma: UInt8 = 0x2C
    @usableFromInline static let hyphen: UInt8 = 0x2D
    @usableFromInline static let slash: UInt8 = 0x2F
    @usableFromInline static let colon: UInt8 = 0x3A
    @usableFromInline static let semicolon: UInt8 = 0x3B
    @usableFromInline static let equals: UInt8 = 0x3D
    @usableFromInline static let questionMark: UInt8 = 0x3F
    @usableFromInline static let at: UInt8 = 0x40
    @usableFromInline static let leftBracket: UInt8 = 0x5B
    @usableFromInline static let backslash: UInt8 = 0x5C
    @usableFromInline static let rightBracket: UInt8 = 0x5D
}
